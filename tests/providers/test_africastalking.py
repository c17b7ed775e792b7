"""The codec of Africa's Talking against its documentation (pages in its docstring)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx
import pytest

from tests.providers.phone import Bench, PhoneConformance, by_sms
from tests.providers.suite import one, received
from unichannel.core.messaging.content import Sms
from unichannel.core.words.money import Money
from unichannel.errors import BadSignature, ConfigurationError, MalformedWebhook
from unichannel.ports import Outbound, Request
from unichannel.providers import AfricasTalking
from unichannel.providers.africastalking import STATUSES

TO = "+254711000001"
ID = "ATPid_SampleTxnId123"
BENCH = Bench(by_sms(address=TO))
HOOK = "https://app.example.com/hooks/africastalking?token=the-token"


def at(**settings: Any) -> AfricasTalking:
    return AfricasTalking("shop", "the-secret", **{"sender": "20880", "tokens": "the-token", **settings})


def call(url: str = HOOK, **form: str) -> Request:
    return Request("POST", url, {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(form).encode())


def report(status: str, why: str = "") -> Request:
    more = {"failureReason": why} if why else {}
    return call(id=ID, status=status, phoneNumber=TO, networkCode="63902", retryCount="0", **more)


def inbound(text: str) -> Request:
    more = {"id": f"in-{len(text)}", "date": "2026-11-22 12:00:00", "networkCode": "63902"}
    return call(**{"from": TO, "to": "20880", "text": text, **more})


def answer(code: int, status: str, id: str = ID, http: int = 201) -> httpx.Response:
    recipient = {"statusCode": code, "number": TO, "status": status, "cost": "KES 0.8000", "messageId": id}
    data = {"Message": "Sent to 1/1 Total Cost: KES 0.8000", "Recipients": [recipient]}
    return httpx.Response(http, json={"SMSMessageData": data})


class TestConformance(PhoneConformance):
    make = staticmethod(at)
    turned = ("tokens", "the-token", "new")
    signs_body = False
    hidden = ("the-secret", "the-token")

    @pytest.fixture
    def outbound(self) -> Outbound:
        return BENCH.outbound

    @pytest.fixture
    def accepting(self) -> httpx.Response:
        return answer(101, "Success")

    @pytest.fixture
    def refusing(self) -> httpx.Response:
        return answer(403, "InvalidPhoneNumber", "None")

    @pytest.fixture
    def webhooks(self) -> Sequence[tuple[Request, Sequence[str]]]:
        return (
            (report("Submitted"), ["sent"]),
            (report("Buffered"), ["queued"]),
            (report("Success"), ["delivered"]),
            (report("Failed", "UserDoesNotExist"), ["bounced"]),
            (report("SomethingNew"), ["unknown"]),
            (inbound("Hello"), ["inbound"]),
            (inbound("STOP"), ["unsubscribed", "inbound"]),
            (call(senderId="Shop", phoneNumber=TO), ["unsubscribed"]),
            (call(phoneNumber=TO, shortCode="20880", updateType="addition"), ["unknown"]),
        )


def test_the_request_is_the_documented_one() -> None:
    (request,) = BENCH.requests(at())
    assert (request.method, str(request.url)) == ("POST", "https://api.africastalking.com/version1/messaging")
    assert (request.headers["apiKey"], request.headers["Accept"]) == ("the-secret", "application/json")
    form = dict(parse_qsl(request.content.decode(), strict_parsing=True))
    assert form == {"username": "shop", "to": TO, "message": "Good day, Ada", "from": "20880"}


def test_a_message_may_have_its_own_sender_and_none() -> None:
    def sender(provider: AfricasTalking, **changes: Any) -> str | None:
        (request,) = BENCH.requests(provider, **changes)
        return dict(parse_qsl(request.content.decode())).get("from")

    assert sender(at(), content=Sms("Hi", sender="Shop")) == "Shop"
    assert sender(at(sender="")) is None


def test_the_sandbox_is_a_host_of_its_own() -> None:
    (request,) = BENCH.requests(AfricasTalking("sandbox", "key"))
    assert request.url.host == "api.sandbox.africastalking.com"


def test_acceptance_tells_the_cost() -> None:
    outcome = BENCH.sent(at(), answer(102, "Queued"))
    assert (outcome.kind, outcome.provider_id, outcome.cost) == ("accepted", ID, Money("0.8", "KES"))
    assert BENCH.sent(at(), answer(100, "Processed")).kind == "accepted"


def test_refusals_mean_what_the_table_says() -> None:
    nobody = {"SMSMessageData": {"Message": "InvalidSenderId", "Recipients": []}}
    BENCH.outcomes(
        at(),
        {
            "no number": (answer(403, "InvalidPhoneNumber"), "failed", "dead"),
            "opted out": (answer(406, "UserInBlacklist"), "failed", "opted_out"),
            "sender": (answer(402, "InvalidSenderId"), "mend", ""),
            "sender, by words": (httpx.Response(201, json=nobody), "mend", ""),
            "credit": (answer(405, "InsufficientBalance"), "mend", ""),
            "held": (answer(401, "RiskHold"), "mend", ""),
            "landline": (answer(404, "UnsupportedNumberType"), "failed", ""),
            "no route": (answer(407, "CouldNotRoute"), "failed", ""),
            "not to be disturbed": (answer(409, "DoNotDisturbRejection", "None", 409), "failed", ""),
            "rejected": (answer(502, "RejectedByGateway"), "failed", ""),
            "gateway": (answer(501, "GatewayError"), "in_doubt", ""),
            "failed inside": (answer(500, "InternalServerError"), "in_doubt", ""),
            "a new code": (answer(199, "New"), "in_doubt", ""),
            "taken without an id": (answer(101, "Success", "None"), "in_doubt", ""),
            "key": (httpx.Response(401, text="The supplied authentication is invalid"), "mend", ""),
            "broken": (httpx.Response(500), "in_doubt", ""),
            "away": (httpx.Response(503), "retry", ""),
        },
    )
    own = at(errors={"DoNotDisturbRejection": ("retry", "not at this hour.")})
    assert BENCH.sent(own, answer(409, "DoNotDisturbRejection", "None")).kind == "retry"


@pytest.mark.parametrize("status", sorted(STATUSES))
def test_each_status_has_its_kind(status: str) -> None:
    found = one(at(), report(status))
    assert (found.kind, found.provider_id, found.address, found.id) == (STATUSES[status], ID, TO, f"{ID}:{status}")


def test_reports_say_what_the_address_is_worth() -> None:
    dead = one(at(), report("Failed", "UserDoesNotExist"))
    assert (dead.address_dead, dead.refused, dead.code) == (True, False, "UserDoesNotExist")
    listed = one(at(), report("Rejected", "UserInBlackList"))
    assert (listed.address_dead, listed.refused) == (False, True)
    away = one(at(), report("Failed", "DeliveryFailure"))
    assert (away.address_dead, away.refused, away.reason) == (False, False, "the operator gave no reason.")


def test_answers_and_opt_outs() -> None:
    """Who opts out at Africa's Talking is refused by it; who writes STOP to a short code is read by us (P41)."""
    out = one(at(), call(senderId="Shop", phoneNumber=TO))
    assert (out.kind, out.refused, out.address) == ("unsubscribed", True, TO)
    change, said = received(at(), inbound("Stop please")).receipts
    assert (change.kind, change.refused, change.address) == ("unsubscribed", False, TO)
    assert (said.kind, said.text) == ("inbound", "Stop please")
    assert [r.kind for r in received(at(), inbound("don't stop")).receipts] == ["inbound"]
    change, _ = received(at(keywords={"stop": ["acha"]}), inbound("ACHA")).receipts
    assert change.kind == "unsubscribed"


def test_what_is_no_call_of_theirs_is_refused() -> None:
    for form in ({}, {"a": "b"}, {"status": "Success"}):
        with pytest.raises(MalformedWebhook):
            one(at(), call(**form))
    for url in (HOOK[:-1], "https://app.example.com/hooks/africastalking"):
        with pytest.raises(BadSignature):
            one(at(), call(url, id=ID, status="Success"))
    with pytest.raises(BadSignature):
        one(at(tokens=()), report("Success"))


def test_it_reports_what_is_set_up() -> None:
    assert at().abilities.reports == {"delivered", "bounced", "replied"}
    assert at(sender="Shop").abilities.reports == {"delivered", "bounced"}
    assert at(tokens=()).abilities.reports == set()
    for user, key in (("", "k"), ("u", "")):
        with pytest.raises(ConfigurationError):
            AfricasTalking(user, key)

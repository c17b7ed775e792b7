"""The codec of Expo's push service against its documentation (pages in its docstring)."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from tests.providers.phone import Bench, PhoneConformance, by_push
from tests.providers.suite import KEY, context
from unichannel.errors import BadSignature, InvalidInput, MalformedWebhook, UnavailableError
from unichannel.ports import Outbound, Received, Request
from unichannel.providers import Expo
from unichannel.testing.conformance.provider import converse

DEVICE = "ExponentPushToken[xxxxxxxxxxxxxxxxxxxxxx]"
TICKET = "XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX"
OTHER = "ZZZZZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZZZZZZZZZ"
BENCH = Bench(by_push(DEVICE))
GONE = {
    "status": "error",
    "message": f'"{DEVICE}" is not a registered push notification recipient',
    "details": {"error": "DeviceNotRegistered"},
}


def expo(**settings: Any) -> Expo:
    return Expo(**{"access_token": "the-secret", "secrets": "our-own", **settings})


def tickets(*found: Any) -> httpx.Response:
    return httpx.Response(200, json={"data": found[0] if len(found) == 1 else list(found)})


def receipts(**found: Any) -> httpx.Response:
    return httpx.Response(200, json={"data": {name.replace("_", "-"): one for name, one in found.items()}})


def failed(code: str) -> dict[str, Any]:
    return {"status": "error", "message": "about it", "details": {"error": code}}


class TestConformance(PhoneConformance):
    make = staticmethod(expo)
    turned = ("secrets", "our-own", "new")
    signature_headers = ("X-Unichannel-Signature",)
    hidden = ("the-secret", "our-own")

    @pytest.fixture
    def outbound(self) -> Outbound:
        return BENCH.outbound

    @pytest.fixture
    def accepting(self) -> httpx.Response:
        return tickets({"status": "ok", "id": TICKET})

    @pytest.fixture
    def refusing(self) -> httpx.Response:
        return tickets(GONE)

    @pytest.fixture
    def webhooks(self) -> Sequence[tuple[Request, Sequence[str]]]:
        return ((expo().ask([TICKET, OTHER, "later"]), ["sent", "bounced", "unknown"]),)

    def answer(self, request: httpx.Request) -> httpx.Response:
        assert (str(request.url), request.extensions["safe"]) == (
            "https://exp.host/--/api/v2/push/getReceipts",
            True,
        )
        return httpx.Response(200, json={"data": {TICKET: {"status": "ok"}, OTHER: GONE, "new": {"status": "new"}}})


def test_the_request_is_the_documented_one() -> None:
    (request,) = BENCH.requests(expo())
    assert (request.method, str(request.url)) == ("POST", "https://exp.host/--/api/v2/push/send")
    assert request.headers["Authorization"] == "Bearer the-secret"
    assert json.loads(request.content) == {
        "to": DEVICE,
        "title": "Héllo",
        "body": "Your order is on its way",
        "data": {"unichannel_key": KEY, "url": "app://orders/12", "order": 12, "note": "", "tags": ["a"]},
        "sound": "ding",
        "badge": 3,
        "ttl": 86_400,
        "richContent": {"image": "https://example.com/shoe.png"},
        "mutableContent": True,
    }
    (open_request,) = BENCH.requests(Expo())
    assert "Authorization" not in open_request.headers


def test_an_address_of_another_service_is_not_asked_for() -> None:
    """It may well be an address: of a route that goes to FCM itself."""
    outcome = BENCH.sent(expo(), httpx.Response(200), address="bk3RNwTe3H0:CI2k_HHwgIpoDKCIZvvDMExUdFQ3P1")
    assert (outcome.kind, outcome.code, outcome.address) == ("failed", "no_expo_token", "")
    for address in ("ExpoPushToken[a]", "12345678-1234-1234-1234-123456789abc"):
        assert BENCH.asked_json(expo(), address=address)["to"] == address


def test_tickets_mean_what_the_table_says() -> None:
    def refusal(status: int, code: str) -> httpx.Response:
        return httpx.Response(status, json={"errors": [{"code": code, "message": f"about {DEVICE}"}]})

    BENCH.outcomes(
        expo(),
        {
            "taken": (tickets({"status": "ok", "id": TICKET}), "accepted", ""),
            "taken, in a list": (httpx.Response(200, json={"data": [{"status": "ok", "id": "x"}]}), "accepted", ""),
            "gone": (tickets(GONE), "failed", "dead"),
            "too big": (tickets(failed("MessageTooBig")), "failed", ""),
            "too often": (tickets(failed("MessageRateExceeded")), "retry", ""),
            "credentials of the app": (tickets(failed("InvalidCredentials")), "mend", ""),
            "another sender": (tickets(failed("MismatchSenderId")), "mend", ""),
            "a new error": (tickets(failed("SomethingNew")), "failed", ""),
            "without details": (tickets({"status": "error", "message": DEVICE}), "failed", ""),
            "no ticket": (httpx.Response(200, json={"data": []}), "in_doubt", ""),
            "not let in": (refusal(401, "UNAUTHORIZED"), "mend", ""),
            "not let in, by another status": (refusal(400, "UNAUTHORIZED"), "mend", ""),
            "malformed": (refusal(400, "VALIDATION_ERROR"), "failed", ""),
            "too many": (refusal(429, "TOO_MANY_REQUESTS"), "retry", ""),
            "broken": (refusal(500, "INTERNAL"), "in_doubt", ""),
        },
    )
    assert "access_token" in BENCH.sent(expo(), refusal(401, "UNAUTHORIZED")).reason


def asked(request: Request, answer: httpx.Response, **settings: Any) -> Received:
    return converse(expo(**settings).receive(request, context()), lambda _: answer)[0]


def test_asking_gives_what_became_of_tickets() -> None:
    """The receipts of the page: ok is that FCM or APNs has it, and no more."""
    request = expo().ask([TICKET, OTHER])
    assert json.loads(request.body) == {"ids": [TICKET, OTHER]}
    answer = httpx.Response(200, json={"data": {TICKET: {"status": "ok"}, OTHER: GONE}})
    taken, gone = asked(request, answer).receipts
    assert (taken.kind, taken.provider_id, taken.channel, taken.address_dead) == ("sent", TICKET, "push", False)
    assert (gone.kind, gone.provider_id, gone.address, gone.address_dead) == ("bounced", OTHER, DEVICE, True)
    assert (gone.code, gone.id) == ("DeviceNotRegistered", f"{OTHER}:bounced")
    big = httpx.Response(200, json={"data": {TICKET: failed("MessageTooBig")}})
    (receipt,) = asked(request, big).receipts
    assert (receipt.kind, receipt.code, receipt.address_dead) == ("failed", "MessageTooBig", False)
    token = {"status": "error", "details": {"error": "DeviceNotRegistered", "expoPushToken": "ExpoPushToken[b]"}}
    (receipt,) = asked(request, httpx.Response(200, json={"data": {TICKET: token}})).receipts
    assert receipt.address == "ExpoPushToken[b]"
    assert asked(request, httpx.Response(200, json={"data": {}})).receipts == ()


def test_nobody_else_makes_us_ask() -> None:
    request = expo().ask([TICKET])
    with pytest.raises(BadSignature):
        asked(request, httpx.Response(200), secrets="another")
    with pytest.raises(BadSignature):
        asked(request, httpx.Response(200), secrets=())
    with pytest.raises(UnavailableError):
        asked(request, httpx.Response(503))
    with pytest.raises(UnavailableError):
        asked(request, httpx.Response(200, json={"errors": [{"code": "PUSH_TOO_MANY_RECEIPTS"}]}))
    body = b'{"ids": 3}'
    signature = hmac.new(b"our-own", body, hashlib.sha256).hexdigest()
    with pytest.raises(MalformedWebhook):
        asked(Request("POST", "https://x", {"X-Unichannel-Signature": signature}, body), httpx.Response(200))


@pytest.mark.parametrize("found", [[], ["a b"], ["x" * 200], [str(n) for n in range(1001)]])
def test_what_are_no_tickets_is_an_error(found: list[str]) -> None:
    with pytest.raises(InvalidInput):
        expo().ask(found)
    with pytest.raises(InvalidInput):
        Expo().ask([TICKET])


def test_it_reports_what_it_can_be_asked() -> None:
    assert expo().abilities.reports == {"bounced"}
    assert Expo().abilities.reports == set()

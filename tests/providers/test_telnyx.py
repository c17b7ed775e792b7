"""The codec of Telnyx against its documentation (pages in its docstring)."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.providers.phone import MMS, TO, Bench, PhoneConformance, by_sms
from tests.providers.suite import HOOK, KEY, STAMP, one, received
from unichannel.core.messaging.content import Mms, Sms
from unichannel.core.messaging.content.pieces import Media
from unichannel.core.words.money import Money
from unichannel.errors import BadSignature, ConfigurationError, MalformedWebhook
from unichannel.ports import Request
from unichannel.providers import Telnyx

PRIVATE, OTHER = (Ed25519PrivateKey.from_private_bytes(byte * 32) for byte in (b"a", b"b"))
ID = "40385f64-5717-4562-b3fc-2c963f66afa6"
BENCH = Bench(by_sms())


def public(key: Ed25519PrivateKey) -> str:
    return base64.b64encode(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def telnyx(**settings: Any) -> Telnyx:
    return Telnyx("the-secret", **{"sender": "+18445550001", "public_keys": public(PRIVATE), **settings})


def signed(body: bytes, url: str = HOOK) -> Request:
    signature = base64.b64encode(PRIVATE.sign(f"{STAMP}|".encode() + body)).decode()
    return Request("POST", url, {"Telnyx-Signature-Ed25519": signature, "Telnyx-Timestamp": STAMP}, body)


def event(kind: str, payload: dict[str, Any], id: str = "1") -> Request:
    told = {"event_type": kind, "id": f"event-{id}", "occurred_at": "2026-09-10T00:10:00.126+00:00"}
    return signed(json.dumps({"data": {**told, "payload": payload, "record_type": "event"}}).encode())


def status(status: str, *errors: dict[str, str], kind: str = "message.finalized") -> Request:
    """A delivery receipt, as receiving-webhooks shows it."""
    payload = {
        "id": ID,
        "type": "SMS",
        "direction": "outbound",
        "from": {"phone_number": "+18445550001", "carrier": "TELNYX LLC", "line_type": "VoIP"},
        "to": [{"phone_number": TO, "status": status, "carrier": "T-MOBILE USA, INC.", "line_type": "Wireless"}],
        "cost": {"amount": "0.0051", "currency": "USD"},
        "errors": list(errors),
        "parts": 1,
    }
    return event(kind, payload, status)


def inbound(text: str, **more: Any) -> Request:
    payload = {
        "id": "7ee4241c-f127-47e5-9c34-3aac291f8058",
        "type": "SMS",
        "direction": "inbound",
        "from": {"phone_number": TO, "carrier": "T-MOBILE USA, INC.", "line_type": "Wireless"},
        "to": [{"phone_number": "+18445550001", "status": "delivered"}],
        "text": text,
        "media": [],
        "autoresponse_type": None,
    }
    return event("message.received", {**payload, **more}, f"in-{len(text)}-{len(more)}")


def error(status: int, code: int | str, title: str = "about it", detail: str = "") -> httpx.Response:
    return httpx.Response(status, json={"errors": [{"code": str(code), "title": title, "detail": detail}]})


class TestConformance(PhoneConformance):
    make = staticmethod(telnyx)
    turned = ("public_keys", public(PRIVATE), public(OTHER))
    signature_headers = ("telnyx-signature-ed25519", "telnyx-timestamp")
    window = 300

    @pytest.fixture
    def accepting(self) -> httpx.Response:
        return httpx.Response(200, json={"data": {"record_type": "message", "id": ID, "parts": 1}})

    @pytest.fixture
    def refusing(self) -> httpx.Response:
        return error(400, 40310, "Invalid 'to' address", f"{TO} is none")

    @pytest.fixture
    def webhooks(self) -> Sequence[tuple[Request, Sequence[str]]]:
        return (
            (status("delivered"), ["delivered"]),
            (status("delivery_failed", {"code": "40001", "title": "Not routable"}), ["bounced"]),
            (status("something_new"), ["unknown"]),
            (inbound("STOP", autoresponse_type="STOP"), ["unsubscribed", "inbound"]),
        )


def test_the_request_is_the_documented_one() -> None:
    (request,) = BENCH.requests(telnyx(profile="abc85f64-5717-4562-b3fc-2c9600000000"))
    assert (request.method, str(request.url)) == ("POST", "https://api.telnyx.com/v2/messages")
    assert request.headers["Authorization"] == "Bearer the-secret"
    assert json.loads(request.content) == {
        "from": "+18445550001",
        "messaging_profile_id": "abc85f64-5717-4562-b3fc-2c9600000000",
        "to": TO,
        "text": "Good day, Ada",
        "webhook_url": HOOK,
    }


def test_an_mms_carries_its_files() -> None:
    told = BENCH.asked_json(telnyx(), content=MMS, channel="mms")
    del told["from"], told["to"], told["webhook_url"]
    assert told == {
        "text": "Here it is",
        "type": "MMS",
        "subject": "Shoes",
        "media_urls": ["https://example.com/shoe.jpg"],
    }
    captioned = Mms(media=[Media("https://example.com/a.png", caption="One"), Media("https://example.com/b.png")])
    assert BENCH.asked_json(telnyx(), content=captioned, channel="mms")["text"] == "One"


def test_a_message_may_have_its_own_sender_and_a_pool_none() -> None:
    assert BENCH.asked_json(telnyx(), content=Sms("Hi", sender="MyCompany"))["from"] == "MyCompany"
    pool = BENCH.asked_json(telnyx(sender="", profile="abc"))
    assert ("from" in pool, pool["messaging_profile_id"]) == (False, "abc")
    outcome = BENCH.sent(telnyx(sender=""), httpx.Response(200))
    assert (outcome.misconfigured, outcome.code) == (True, "no_sender")


def test_acceptance_tells_parts_and_cost() -> None:
    data = {"id": ID, "parts": 2, "cost": {"amount": "0.0051", "currency": "USD"}}
    outcome = BENCH.sent(telnyx(), httpx.Response(200, json={"data": data}))
    assert (outcome.provider_id, outcome.units, outcome.cost) == (ID, 2, Money("0.0051", "USD"))
    bare = BENCH.sent(telnyx(), httpx.Response(200, json={"data": {"id": ID, "cost": None, "parts": True}}))
    assert (bare.units, bare.cost) == (None, None)


def test_refusals_mean_what_the_table_says() -> None:
    BENCH.outcomes(
        telnyx(),
        {
            "no number": (error(400, 40310), "failed", "dead"),
            "stopped": (error(400, 40300, "Blocked due to STOP message"), "failed", "opted_out"),
            "stopped, by 403": (error(403, 40300, "Blocked", "due to a STOP message"), "failed", "opted_out"),
            "no profile": (error(400, 40300, "The from number is not assigned to a profile"), "mend", ""),
            "key": (error(401, 10009, "Authentication failed"), "mend", ""),
            "key without a code": (httpx.Response(401), "mend", ""),
            "credit": (error(403, 20100, "Insufficient funds"), "mend", ""),
            "sender": (error(400, 40305, "Invalid 'from' address"), "mend", ""),
            "often": (error(429, 10011, "Too many requests"), "retry", ""),
            "full": (error(400, 40318, "Message queue full"), "retry", ""),
            "too long": (error(400, 40302, "Message too large"), "failed", ""),
            "new": (error(422, 49999), "failed", ""),
            "broken": (error(500, 10007, "Unexpected error"), "in_doubt", ""),
            "away": (httpx.Response(503), "retry", ""),
        },
    )
    assert "api_key" in BENCH.sent(telnyx(), error(401, 10009)).reason


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("queued", "queued"),
        ("sending", "queued"),
        ("sent", "sent"),
        ("delivered", "delivered"),
        ("delivery_unconfirmed", "sent"),
        ("delivery_failed", "bounced"),
        ("sending_failed", "failed"),
        ("expired", "failed"),
        ("cancelled", "failed"),
    ],
)
def test_each_status_has_its_kind(said: str, kind: str) -> None:
    assert one(telnyx(), status(said)).kind == kind


def test_receipts_say_which_when_whom_and_what_it_cost() -> None:
    found = one(telnyx(), status("delivered"))
    assert (found.key, found.provider_id, found.address, found.channel) == (KEY, ID, TO, "sms")
    assert (found.id, found.occurred) == ("event-delivered", 1_788_999_000_126_000)
    assert found.cost == "0.0051 USD"
    dead = one(telnyx(), status("delivery_failed", {"code": "40001", "title": "Not routable"}))
    assert (dead.code, dead.address_dead, dead.refused) == ("40001", True, False)
    assert "landline" in dead.reason
    full = one(telnyx(), status("delivery_failed", {"code": "40008", "title": "Undeliverable"}))
    assert (full.address_dead, full.refused) == (False, False)
    stopped = one(telnyx(), status("sending_failed", {"code": "40300", "title": "Blocked due to STOP message"}))
    assert (stopped.refused, stopped.code) == (True, "40300")


def test_answers_and_opt_outs() -> None:
    """What Telnyx took for a STOP it refuses itself; another one is read by our words (P41)."""
    change, said = received(telnyx(), inbound("STOP", autoresponse_type="STOP")).receipts
    assert (change.kind, change.refused, change.address) == ("unsubscribed", True, TO)
    assert (said.kind, said.refused, said.text) == ("inbound", False, "STOP")
    assert change.id != said.id
    change, _ = received(telnyx(), inbound("Stop SMS")).receipts
    assert (change.kind, change.refused) == ("unsubscribed", False)
    change, _ = received(telnyx(), inbound("START", autoresponse_type="START")).receipts
    assert change.kind == "subscribed"
    change, _ = received(telnyx(keywords={"stop": ["genug"]}), inbound("Genug!")).receipts
    assert change.kind == "unsubscribed"
    assert [r.kind for r in received(telnyx(), inbound("don't stop")).receipts] == ["inbound"]
    assert one(telnyx(), status("sent", kind="message.sent")).kind == "sent"
    assert one(telnyx(), inbound("", type="MMS")).channel == "mms"


def test_what_is_signed_and_no_event_is_refused() -> None:
    for body in (b"[]", b'{"data": 3}', b'{"data": {"event_type": "message.sent"}}', b"no json"):
        with pytest.raises(MalformedWebhook):
            one(telnyx(), signed(body))
    with pytest.raises(BadSignature):
        one(telnyx(public_keys=()), status("sent"))


def test_it_reports_what_is_set_up() -> None:
    assert telnyx().abilities.reports == {"delivered", "bounced", "replied"}
    assert telnyx(sender="MyCompany").abilities.reports == {"delivered", "bounced"}
    assert telnyx(public_keys=()).abilities.reports == set()
    for wrong in ({"public_keys": "none"}, {"public_keys": "YWJj"}, {"keywords": {"halt": ["x"]}}):
        with pytest.raises(ConfigurationError):
            telnyx(**wrong)
    with pytest.raises(ConfigurationError):
        Telnyx("")

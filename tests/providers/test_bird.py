"""Bird's codec against its documentation (stored copies read on 2026-11-22; pages in the codec's docstring)."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import pytest
import respx

from tests.providers.suite import KEY, STAMP, context, one, received
from tests.providers.texts import (
    PHONE,
    SENDER,
    TEXT,
    TextConformance,
    asked,
    asked_json,
    delivery,
    is_refused,
    outcomes,
    sent,
)
from unichannel.core.messaging.content import Media, Mms, Sms
from unichannel.errors import ConfigurationError, MalformedWebhook
from unichannel.ports import Request
from unichannel.providers._shared.signing import sign_standard, standard_secret
from unichannel.providers.bird import Bird
from unichannel.testing.conformance.provider import converse

API_KEY = "bk_eu1_the-secret"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEW = "whsec_" + base64.b64encode(b"n" * 24).decode()
ID = "sms_01krdgeqcxet5s8t44vh8rt9mg"
ACCEPTED = {
    "id": ID,
    "status": "accepted",
    "segments": {"count": 2, "encoding": "gsm7", "characters": 15},
    "cost": None,
    "created_at": "2026-09-10T00:10:00Z",
}


def bird(**settings: Any) -> Bird:
    return Bird(settings.pop("api_key", API_KEY), **{"sender": SENDER, "secrets": SECRET, **settings})


def signed(body: bytes, id: str = "msg_1") -> Request:
    signature = sign_standard(standard_secret(SECRET), id, STAMP, body)
    headers = {"webhook-id": id, "webhook-timestamp": STAMP, "webhook-signature": signature}
    return Request("POST", "https://app.example.com/hooks/bird", headers, body)


def event(sort: str, **data: Any) -> Request:
    told = {"sms_id": ID, "workspace_id": "ws_1", "to": PHONE, "from": SENDER, "metadata": {"unichannel_key": KEY}}
    body = {"type": sort, "timestamp": "2026-09-10T00:10:00.5Z", "data": {**told, **data}}
    return signed(json.dumps(body).encode(), f"msg_{sort}")


def error(code: str) -> Mapping[str, Any]:
    return {"error": {"code": code, "description": f"{PHONE} …", "carrier_error_code": None}}


def inbound(text: str, id: str = "msg_in") -> Request:
    body = {"sms_id": "sms_in", "from": PHONE, "to": SENDER, "text": text}
    return signed(json.dumps({"type": "sms.received", "data": body}).encode(), id)


def suppression(**more: Any) -> Request:
    data = {"suppression_id": "sup_1", "destination": PHONE, "originator": SENDER, "reason": "keyword_stop"}
    return signed(json.dumps({"type": "sms_suppression.created", "data": {**data, **more}}).encode(), "msg_sup")


def refusal(status: int, type: str, code: str, name: str) -> httpx.Response:
    told = {"type": type, "code": code, "name": name, "message": f"{PHONE} …", "request_id": "req_1", "param": "to"}
    return httpx.Response(status, json={"error": told})


class TestConformance(TextConformance):
    make = staticmethod(bird)
    turned = ("secrets", SECRET, NEW)
    signature_headers = ("webhook-id", "webhook-timestamp", "webhook-signature")
    window = 300
    hidden = ("the-secret", SECRET)

    @pytest.fixture
    def accepting(self) -> httpx.Response:
        return httpx.Response(202, json=ACCEPTED)

    @pytest.fixture
    def refusing(self) -> httpx.Response:
        return refusal(422, "validation_error", "E01001", "ValidationError")

    @pytest.fixture
    def webhooks(self) -> Sequence[tuple[Request, Sequence[str]]]:
        return (
            (event("sms.accepted"), ["queued"]),
            (event("sms.sent"), ["sent"]),
            (event("sms.delivered", cost={"amount": "0.0075", "currency_code": "EUR"}), ["delivered"]),
            (event("sms.undelivered", **error("unreachable")), ["bounced"]),
            (event("sms.failed", **error("provider_unavailable")), ["failed"]),
            (event("sms.rejected", **error("recipient_opted_out")), ["rejected"]),
            (event("sms.expired"), ["failed"]),
            (inbound("See you at 5"), ["inbound"]),
            (inbound("STOP", "msg_in_2"), ["unsubscribed", "inbound"]),
            (inbound("START", "msg_in_3"), ["subscribed", "inbound"]),
            (suppression(), ["unsubscribed"]),
            (event("email.sent"), ["unknown"]),
        )


def test_an_sms_is_that_of_the_documentation() -> None:
    request = asked(bird())
    assert (request.method, str(request.url)) == ("POST", "https://eu1.platform.bird.com/v1/sms/messages")
    assert request.headers["Authorization"] == f"Bearer {API_KEY}"
    assert request.headers["Idempotency-Key"] == KEY
    assert json.loads(request.content) == {
        "to": PHONE,
        "from": SENDER,
        "text": TEXT,
        "category": "marketing",
        "metadata": {"unichannel_key": KEY},
    }


@pytest.mark.parametrize(
    ("purpose", "category", "shown"),
    [
        ("transactional", "x", "transactional"),
        ("surveys", "x", "marketing"),
        ("surveys", "codes", "authentication"),
        ("alerts", "x", "service"),
    ],
)
def test_the_category_is_bird_s(purpose: str, category: str, shown: str) -> None:
    provider = bird(categories={"codes": "authentication", "alerts": "service"}, extra={"tags": [{"name": "a"}]})
    outbound = delivery(purpose=purpose, category=category)
    (request,) = converse(provider.send(outbound, context()), lambda _: httpx.Response(400))[1]
    body = json.loads(request.content)
    assert (body["category"], body["tags"]) == (shown, [{"name": "a"}])


def test_senders_regions_and_what_is_not_carried() -> None:
    assert asked_json(bird(sender=""), Sms(TEXT, sender="ACME"))["from"] == "ACME"
    assert asked(bird(region="us1")).url.host == "us1.platform.bird.com"
    assert asked(bird(api_key="x", base_url="https://proxy.example.com/")).url.host == "proxy.example.com"
    is_refused(bird(), Mms("x", media=[Media("https://example.com/image.jpg")]))
    assert sent(bird(sender=""), httpx.Response(202)).misconfigured


def test_refusals_mean_what_the_table_says() -> None:
    outcomes(
        bird(),
        {
            "accepted": (httpx.Response(202, json=ACCEPTED), "accepted", ""),
            "key": (refusal(401, "auth_error", "E01006", "Unauthorized"), "mend", ""),
            "permission": (refusal(403, "permission_error", "E01007", "Forbidden"), "mend", ""),
            "credit": (refusal(402, "billing_error", "E01008", "InsufficientBalance"), "mend", ""),
            "sender": (refusal(422, "validation_error", "E05001", "SMSSenderNotConfigured"), "mend", ""),
            "number": (refusal(422, "validation_error", "E05002", "SMSInvalidRecipient"), "failed", ""),
            "wrong": (refusal(422, "validation_error", "E01001", "ValidationError"), "failed", ""),
            "busy": (refusal(429, "rate_limit_error", "E01003", "RateLimited"), "retry", ""),
            "under way": (refusal(409, "conflict_error", "E01004", "RequestInProgress"), "in_doubt", ""),
            "another text": (refusal(409, "conflict_error", "E01005", "IdempotencyKeyReuse"), "in_doubt", ""),
            "broken": (refusal(500, "internal_error", "E01000", "InternalError"), "in_doubt", ""),
            "no id": (httpx.Response(202, json={}), "in_doubt", ""),
        },
    )
    outcome = sent(bird(), httpx.Response(202, json=ACCEPTED))
    assert (outcome.provider_id, outcome.units) == (ID, 2)
    assert "api_key" in sent(bird(), refusal(401, "auth_error", "E01006", "Unauthorized")).reason
    told = {"SMSInvalidRecipient": ("dead", "no number.")}
    assert sent(bird(errors=told), refusal(422, "validation_error", "E1", "SMSInvalidRecipient")).address == "dead"


@respx.mock
def test_it_drives_over_httpx() -> None:
    route = respx.post("https://eu1.platform.bird.com/v1/sms/messages")
    route.mock(return_value=httpx.Response(202, json=ACCEPTED))
    conversation = bird().send(delivery(), context())
    with httpx.Client() as client, pytest.raises(StopIteration) as end:
        conversation.send(client.send(next(conversation)))
    assert end.value.value.provider_id == ID
    assert route.calls.last.request.headers["Idempotency-Key"] == KEY


def test_an_event_has_its_delivery_its_instant_and_its_price() -> None:
    found = one(bird(), event("sms.delivered", cost={"amount": "0.0075", "currency_code": "EUR"}))
    assert (found.key, found.provider_id, found.id) == (KEY, ID, "msg_sms.delivered")
    assert (found.channel, found.address, found.cost) == ("sms", PHONE, "0.0075 EUR")
    assert found.occurred == 1_788_999_000_500_000


@pytest.mark.parametrize(
    ("code", "dead", "refused"),
    [
        ("invalid_destination", True, False),
        ("landline_unreachable", True, False),
        ("recipient_opted_out", False, True),
        ("unreachable", False, False),
        ("sender_unregistered", False, False),
        ("unknown", False, False),
    ],
)
def test_an_error_says_what_of_the_number(code: str, dead: bool, refused: bool) -> None:
    found = one(bird(), event("sms.undelivered", **error(code)))
    assert (found.code, found.address_dead, found.refused) == (code, dead, refused)
    assert PHONE not in found.reason


def test_a_person_s_message_and_bird_s_own_list() -> None:
    """P48: a stop that Bird heard of otherwise is told as well."""
    found = one(bird(), inbound("50 % + 1 😀"))
    assert (found.text, found.address, found.key, found.id) == ("50 % + 1 😀", PHONE, "", "inbound:msg_in")
    stop = received(bird(keywords={"stop": ["basta cosi"]}), inbound("basta cosi")).receipts
    assert [receipt.kind for receipt in stop] == ["unsubscribed", "inbound"]
    listed = one(bird(), suppression(reason="carrier_opted_out"))
    assert (listed.address, listed.code, listed.channel) == (PHONE, "carrier_opted_out", "sms")


def test_what_is_signed_and_unreadable_is_malformed() -> None:
    for body in (b"{", b"\xff", b""):
        with pytest.raises(MalformedWebhook):
            received(bird(), signed(body))
    assert one(bird(), signed(b'{"type": [], "data": 7}')).kind == "unknown"
    assert received(bird(), signed(b"[1]")).receipts == ()


def test_without_secrets_it_reports_nothing() -> None:
    assert bird(secrets=()).abilities.reports == frozenset()
    assert not bird(secrets=()).abilities.inbound


@pytest.mark.parametrize(
    "settings",
    [
        {"api_key": ""},
        {"api_key": "key"},
        {"secrets": "no secret"},
        {"categories": {"news": "newsletter"}},
        {"keywords": {"halt": ["x"]}},
    ],
)
def test_settings_that_cannot_work_are_errors_at_once(settings: Any) -> None:
    with pytest.raises(ConfigurationError):
        bird(**settings)

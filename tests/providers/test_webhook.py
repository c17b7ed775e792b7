"""The generic webhook, by the Standard Webhooks specification (cited in the codec's docstring)."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from tests.providers.mail import TO, UNSUBSCRIBE, delivery, outcomes, requested
from tests.providers.suite import KEY, NOW, STAMP, context, one
from unichannel.core.messaging.delivery import RECEIPT_KINDS
from unichannel.errors import ConfigurationError
from unichannel.ports import Context, Outbound, Provider, Request
from unichannel.providers._shared.signing import sign_standard, standard_secret
from unichannel.providers.webhook import Webhook
from unichannel.testing.conformance.provider import ProviderConformance

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEW = "whsec_" + base64.b64encode(b"n" * 24).decode()
URL = "https://automation.example.com/in"


def webhook(**settings: Any) -> Webhook:
    return Webhook(URL, settings.pop("secrets", SECRET), **{"reports": {"delivered", "replied"}, **settings})


def call(*events: Any) -> Request:
    id = f"msg_{events[0]['type']}_{len(events)}"
    body = json.dumps(events[0] if len(events) == 1 else events).encode()
    signature = sign_standard(standard_secret(SECRET), id, STAMP, body)
    headers = {"Webhook-Id": id, "Webhook-Timestamp": STAMP, "Webhook-Signature": signature}
    return Request("POST", "https://app.example.com/hooks/webhook", headers, body)


def event(kind: str, **data: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "timestamp": "2026-09-10T00:10:00Z",
        "data": {"key": KEY, "address": TO, "channel": "email", **data},
    }


class TestConformance(ProviderConformance):
    signature_headers = ("webhook-id", "webhook-timestamp", "webhook-signature")
    window = 300

    @pytest.fixture
    def provider(self) -> Provider:
        return webhook()

    @pytest.fixture
    def rotated(self) -> Provider:
        return webhook(secrets=[NEW, SECRET])

    @pytest.fixture
    def replaced(self) -> Provider:
        return webhook(secrets=NEW)

    @pytest.fixture
    def outbound(self) -> Outbound:
        return delivery()

    @pytest.fixture
    def ctx(self) -> Context:
        return context()

    @pytest.fixture
    def accepting(self) -> httpx.Response:
        return httpx.Response(202, json={"id": "theirs-1"})

    @pytest.fixture
    def refusing(self) -> httpx.Response:
        return httpx.Response(422)

    @pytest.fixture
    def webhooks(self) -> Sequence[tuple[Request, Sequence[str]]]:
        every = call(*(event(kind) for kind in RECEIPT_KINDS))
        return ((call(event("delivered")), ["delivered"]), (call({"type": "x"}), ["unknown"]), (every, RECEIPT_KINDS))

    @pytest.fixture
    def secrets(self) -> Sequence[str]:
        return (SECRET, SECRET.removeprefix("whsec_"))


def test_the_signature_is_that_of_the_specification() -> None:
    """The example that Svix's documentation gives."""
    signature = sign_standard(
        standard_secret(SECRET), "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}'
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_request_carries_the_delivery_and_is_signed() -> None:
    request = requested(webhook())
    assert (request.method, str(request.url)) == ("POST", URL)
    assert (request.headers["webhook-id"], request.headers["webhook-timestamp"]) == (KEY, STAMP)
    expected = sign_standard(standard_secret(SECRET), KEY, STAMP, request.content)
    assert request.headers["webhook-signature"] == expected
    assert json.loads(request.content) == {
        "type": "message.send",
        "timestamp": "2026-09-10T00:26:40Z",
        "data": {
            "key": KEY,
            "channel": "email",
            "address": TO,
            "message": "hello",
            "category": "news",
            "purpose": "marketing",
            "content": {"subject": "Hello", "text": "Good day", "html": "<p>Good day</p>"},
            "headers": [list(header) for header in UNSUBSCRIBE],
            "callback_url": f"https://app.example.com/hooks/x?key={KEY}",
        },
    }


def test_refusals_mean_what_the_status_says() -> None:
    outcomes(
        webhook(),
        {
            "gone": (httpx.Response(410), "retry", ""),
            "not believed": (httpx.Response(401), "retry", ""),
            "refused": (httpx.Response(400), "failed", ""),
            "busy": (httpx.Response(429), "retry", ""),
            "accepted without a name": (httpx.Response(204), "accepted", ""),
            "broken": (httpx.Response(500), "in_doubt", ""),
        },
    )


def test_an_event_says_all_that_a_receipt_has() -> None:
    more = {"code": "5.1.1", "reason": "gone", "address_dead": True, "link": 2, "url": "https://x", "text": "yes"}
    found = one(webhook(), call(event("bounced", **more)))
    assert (found.key, found.address, found.channel, found.link) == (KEY, TO, "email", 2)
    assert (found.code, found.reason, found.address_dead, found.url, found.text) == (
        "5.1.1",
        "gone",
        True,
        "https://x",
        "yes",
    )
    assert found.occurred == NOW - 1_000_000_000


@pytest.mark.parametrize(
    "settings", [{"secrets": []}, {"secrets": "whsec_short"}, {"secrets": ["", SECRET]}, {"secrets": "%"}]
)
def test_settings_that_cannot_work_are_errors_at_once(settings: Any) -> None:
    with pytest.raises(ConfigurationError):
        webhook(**settings)
    with pytest.raises(ConfigurationError):
        Webhook("http://example.com", SECRET)

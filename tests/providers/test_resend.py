"""Resend's codec against its documentation (sources in the codec's docstring)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import httpx
import pytest

from tests.providers.mail import (
    SENDER,
    TO,
    MailConformance,
    asked_json,
    no_sender_is_kept,
    outcomes,
    reports_what_is_set_up,
    requested,
)
from tests.providers.suite import KEY, STAMP, one
from unichannel.errors import ConfigurationError
from unichannel.ports import Request
from unichannel.providers.resend import Resend

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEW = "whsec_" + base64.b64encode(b"n" * 24).decode()
ID = "56761188-7520-42d8-8898-ff6fc54ce618"


def resend(**settings: Any) -> Resend:
    return Resend("the-secret", **{"sender": SENDER, "secrets": SECRET, **settings})


def signed(body: bytes, id: str = "msg_p5jXN8AQM9LWM0D4loKWxJek", prefix: str = "svix") -> Request:
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    code = hmac.new(key, f"{id}.{STAMP}.".encode() + body, hashlib.sha256).digest()
    signature = "v1," + base64.b64encode(code).decode()
    headers = {f"{prefix}-id": id, f"{prefix}-timestamp": STAMP, f"{prefix}-signature": signature}
    return Request("POST", "https://app.example.com/hooks/resend", headers, body)


def call(kind: str, **more: Any) -> Request:
    data = {"email_id": ID, "created_at": "2026-09-09T20:00:00.000Z", "from": "a@example.org", "to": [TO]}
    told = {
        "type": kind,
        "created_at": "2026-09-10T00:10:00.126Z",
        "data": {**data, "tags": {"unichannel_key": KEY}, **more},
    }
    return signed(json.dumps(told).encode(), id=f"msg_{kind}")


BOUNCE = call("email.bounced", bounce={"message": "…", "type": "Permanent", "subType": "General"})


class TestConformance(MailConformance):
    make = staticmethod(resend)
    turned = ("secrets", SECRET, NEW)
    signature_headers = ("svix-id", "svix-timestamp", "svix-signature")
    window = 300
    hidden = ("the-secret", SECRET)

    @pytest.fixture
    def accepting(self) -> httpx.Response:
        return httpx.Response(200, json={"id": ID})

    @pytest.fixture
    def refusing(self) -> httpx.Response:
        return refusal(422, "missing_required_field")

    @pytest.fixture
    def webhooks(self) -> Sequence[tuple[Request, Sequence[str]]]:
        return (
            (call("email.sent"), ["sent"]),
            (call("email.delivered"), ["delivered"]),
            (call("email.delivery_delayed"), ["deferred"]),
            (BOUNCE, ["bounced"]),
            (call("email.suppressed"), ["rejected"]),
            (call("email.failed", failed={"reason": "reached_daily_quota"}), ["failed"]),
            (call("email.opened"), ["opened"]),
            (call("email.clicked", click={"link": "https://resend.com"}), ["clicked"]),
            (call("email.complained"), ["complained"]),
            (call("contact.created"), ["unknown"]),
        )


def refusal(status: int, name: str) -> httpx.Response:
    return httpx.Response(status, json={"statusCode": status, "name": name, "message": f"about {TO}"})


def test_the_request_is_the_documented_one() -> None:
    request = requested(resend())
    assert (request.method, str(request.url)) == ("POST", "https://api.resend.com/emails")
    assert request.headers["Authorization"] == "Bearer the-secret"
    assert request.headers["Idempotency-Key"] == KEY
    assert asked_json(resend()) == {
        "from": "Café <news@example.org>",
        "to": [TO],
        "subject": "Hello",
        "text": "Good day",
        "html": "<p>Good day</p>",
        "headers": {
            "List-Unsubscribe": "<https://app.example.com/u/token>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
        "tags": [{"name": "unichannel_key", "value": KEY}],
    }


def test_refusals_mean_what_the_table_says() -> None:
    outcomes(
        resend(),
        {
            "key": (refusal(403, "invalid_api_key"), "retry", ""),
            "domain": (refusal(403, "validation_error"), "retry", ""),
            "field": (refusal(400, "validation_error"), "failed", ""),
            "quota": (refusal(429, "daily_quota_exceeded"), "retry", ""),
            "another body": (refusal(409, "invalid_idempotent_request"), "in_doubt", ""),
            "still at it": (refusal(409, "concurrent_idempotent_requests"), "in_doubt", ""),
            "broken": (refusal(500, "application_error"), "in_doubt", ""),
        },
    )
    no_sender_is_kept(resend)


def test_receipts_say_which_when_and_whom() -> None:
    found = one(resend(), BOUNCE)
    assert (found.key, found.provider_id, found.address, found.code) == (KEY, ID, TO, "Permanent/General")
    assert (found.id, found.address_dead, found.occurred) == ("msg_email.bounced", True, 1_788_999_000_126_000)
    soft = one(resend(), call("email.bounced", bounce={"type": "Transient", "subType": "MailboxFull"}))
    assert (soft.address_dead, soft.reason) == (False, "soft bounce")
    listed = call("email.delivered", tags=[{"name": "unichannel_key", "value": KEY}])
    assert one(resend(), listed).key == KEY


def test_one_of_several_signatures_is_enough() -> None:
    """While the sender rotates its secret it signs with both."""
    call_ = call("email.sent")
    both = {**call_.headers, "svix-signature": f"v1,b2xk v1a,x {call_.headers['svix-signature']}"}
    assert one(resend(), replace(call_, headers=both)).kind == "sent"


def test_the_scheme_is_that_of_svix_and_of_standard_webhooks() -> None:
    assert one(resend(), signed(b'{"type": "email.sent"}', prefix="webhook")).kind == "sent"
    with pytest.raises(ConfigurationError):
        resend(secrets="no secret")


def test_it_reports_what_is_set_up() -> None:
    reports_what_is_set_up(resend, secrets=())

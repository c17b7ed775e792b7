"""MailerSend's codec against what is known of its documentation (sources in the codec's docstring)."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
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
from tests.providers.suite import KEY, one, received
from unichannel.ports import Request
from unichannel.providers.mailersend import EVENTS, MailerSend

ID = "63fd1c1d5f010335ed07066b"


def mailersend(**settings: Any) -> MailerSend:
    return MailerSend("the-secret", **{"sender": SENDER, "secrets": "signing", **settings})


def signed(told: Any) -> Request:
    body = json.dumps(told).replace("/", "\\/").encode()  # as MailerSend writes it
    code = hmac.new(b"signing", body, hashlib.sha256).hexdigest()
    return Request("POST", "https://app.example.com/hooks/mailersend", {"Signature": code}, body)


def call(sort: str, **meta: Any) -> Request:
    """An activity of version 2."""
    data = {"id": f"id-{sort}", "type": sort, "message_id": ID, "recipient": TO, "tags": ["a", f"unichannel:{KEY}"]}
    return signed(
        {"type": f"activity.{sort}", "created_at": "2026-09-10T00:10:00.506000Z", "data": {**data, "meta": meta}}
    )


def old(sort: str, morph: Any = None) -> Request:
    """An activity of version 1."""
    email = {"tags": [f"unichannel:{KEY}"], "message": {"id": ID}, "recipient": {"email": TO}}
    data = {"object": "activity", "id": f"old-{sort}", "type": sort, "created_at": "2026-09-10T00:10:00.506000Z"}
    return signed({"type": f"activity.{sort}", "data": {**data, "email": email, "morph": morph}})


INBOUND = signed(
    {
        "type": "inbound.message",
        "data": {
            "id": "in-1",
            "from": {"email": TO, "name": "Ada"},
            "text": "Yes",
            "headers": {"Subject": "Re: Hello"},
        },
    }
)


class TestConformance(MailConformance):
    make = staticmethod(mailersend)
    turned = ("secrets", "signing", "new")
    signature_headers = ("Signature",)

    @pytest.fixture
    def accepting(self) -> httpx.Response:
        return httpx.Response(202, headers={"X-Message-Id": ID})

    @pytest.fixture
    def refusing(self) -> httpx.Response:
        return refusal("to.0.email")

    @pytest.fixture
    def webhooks(self) -> Sequence[tuple[Request, Sequence[str]]]:
        kinds = ("sent", "delivered", "hard_bounced", "opened", "clicked", "spam_complaint", "unsubscribed", "deferred")
        known = tuple((make(name), [EVENTS[name][0]]) for name in kinds for make in (call, old))
        return (*known, (call("levitated"), ["unknown"]), (INBOUND, ["inbound"]))


def refusal(field: str) -> httpx.Response:
    return httpx.Response(
        422, json={"message": "The given data was invalid.", "errors": {field: [f"{TO} is invalid."]}}
    )


def test_the_request_is_the_documented_one() -> None:
    request = requested(mailersend())
    assert (request.method, str(request.url)) == ("POST", "https://api.mailersend.com/v1/email")
    assert request.headers["Authorization"] == "Bearer the-secret"
    assert asked_json(mailersend()) == {
        "from": {"email": "news@example.org", "name": "Café"},
        "to": [{"email": TO}],
        "subject": "Hello",
        "text": "Good day",
        "html": "<p>Good day</p>",
        "headers": [
            {"name": "List-Unsubscribe", "value": "<https://app.example.com/u/token>"},
            {"name": "List-Unsubscribe-Post", "value": "List-Unsubscribe=One-Click"},
        ],
        "tags": [f"unichannel:{KEY}"],
    }


def test_refusals_mean_what_the_table_says() -> None:
    suppressed = {"message": "…", "warnings": [{"type": "ALL_SUPPRESSED", "recipients": [{"email": TO}]}]}
    outcomes(
        mailersend(),
        {
            "token": (httpx.Response(401, json={"message": "Unauthenticated."}), "retry", ""),
            "sender": (refusal("from.email"), "retry", ""),
            "address": (refusal("to.0.email"), "failed", "dead"),
            "list": (httpx.Response(202, json=suppressed), "failed", "opted_out"),
            "field": (refusal("subject"), "failed", ""),
            "busy": (httpx.Response(429, headers={"Retry-After": "59"}), "retry", ""),
            "broken": (httpx.Response(500), "in_doubt", ""),
        },
    )
    no_sender_is_kept(mailersend)


@pytest.mark.parametrize("make", [call, old])
def test_both_versions_say_the_same(make: Any) -> None:
    found = one(mailersend(), make("hard_bounced"))
    assert (found.kind, found.key, found.provider_id, found.address) == ("bounced", KEY, ID, TO)
    assert (found.address_dead, found.occurred) == (True, 1_788_999_000_506_000)


def test_a_click_says_which_and_a_trial_tells_nothing() -> None:
    assert one(mailersend(), call("clicked", url="https://example.com/a")).url == "https://example.com/a"
    assert received(mailersend(), signed({"type": "webhook.test"})).receipts == ()
    assert one(mailersend(), INBOUND).text == "Yes"


def test_it_reports_what_is_set_up() -> None:
    reports_what_is_set_up(mailersend, secrets=())
    on = asked_json(mailersend(reports=["opened", "clicked"]))
    assert on == asked_json(mailersend()) | {"settings": {"track_opens": True, "track_clicks": True}}

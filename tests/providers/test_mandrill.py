"""Mandrill's codec against what is known of its documentation (sources in the codec's docstring)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

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
from unichannel.errors import MalformedWebhook
from unichannel.ports import Request
from unichannel.providers.mandrill import EVENTS, Mandrill

URL = "https://app.example.com/hooks/mandrill?x=1"
ID = "exampleaaaaaaaaaaaaaaaaaaaaaaaaa2"


def mandrill(**settings: Any) -> Mandrill:
    return Mandrill("the-secret", **{"sender": SENDER, "webhook_key": "hook-key", **settings})


def signed(form: dict[str, str], method: str = "POST") -> Request:
    text = URL + "".join(name + value for name, value in sorted(form.items()))
    code = base64.b64encode(hmac.new(b"hook-key", text.encode(), hashlib.sha1).digest()).decode()
    return Request(method, URL, {"X-Mandrill-Signature": code}, urlencode(form).encode())


def event(name: str, **more: Any) -> dict[str, Any]:
    # The sample in influxdata/telegraf, mandrill/testdata/hard_bounce_event.json.
    message = {
        "ts": 1365109999,
        "subject": "This an example webhook message",
        "email": TO,
        "sender": "example.sender@mandrillapp.com",
        "tags": ["webhook-example"],
        "state": "bounced",
        "metadata": {"unichannel_key": KEY},
        "_id": ID,
        "_version": "exampleaaaaaaaaaaaaaaa",
        "bounce_description": "bad_mailbox",
        "bgtools_code": 10,
    }
    return {"event": name, "msg": message, "_id": ID, "ts": 1788999000, **more}


def call(*events: Any) -> Request:
    return signed({"mandrill_events": json.dumps(events)})


INBOUND = {"event": "inbound", "ts": 1788999000, "msg": {"from_email": TO, "text": "Yes", "headers": {"To": "x"}}}


class TestConformance(MailConformance):
    make = staticmethod(mandrill)
    turned = ("webhook_key", "hook-key", "new")
    signature_headers = ("X-Mandrill-Signature",)

    @pytest.fixture
    def accepting(self) -> httpx.Response:
        return httpx.Response(200, json=[{"email": TO, "status": "sent", "_id": ID, "reject_reason": None}])

    @pytest.fixture
    def refusing(self) -> httpx.Response:
        return rejection("hard-bounce")

    @pytest.fixture
    def webhooks(self) -> Sequence[tuple[Request, Sequence[str]]]:
        known = tuple((call(event(name)), [kind]) for name, (kind, _) in EVENTS.items())
        return (
            *known,
            (call(event("click", url="https://x"), {"type": "blacklist"}, INBOUND), ["clicked", "unknown", "inbound"]),
        )


def rejection(why: str) -> httpx.Response:
    return httpx.Response(200, json=[{"email": TO, "status": "rejected", "_id": ID, "reject_reason": why}])


def error(name: str, status: int = 400) -> httpx.Response:
    return httpx.Response(status, json={"status": "error", "code": -1, "name": name, "message": f"about {TO}"})


def test_the_request_is_the_documented_one() -> None:
    request = requested(mandrill())
    assert (request.method, str(request.url)) == ("POST", "https://mandrillapp.com/api/1.0/messages/send")
    assert asked_json(mandrill()) == {
        "key": "the-secret",
        "message": {
            "from_email": "news@example.org",
            "from_name": "Café",
            "to": [{"email": TO, "type": "to"}],
            "subject": "Hello",
            "text": "Good day",
            "html": "<p>Good day</p>",
            "headers": {
                "List-Unsubscribe": "<https://app.example.com/u/token>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
            "metadata": {"unichannel_key": KEY},
        },
    }


def test_refusals_mean_what_the_table_says() -> None:
    invalid = httpx.Response(200, json=[{"email": TO, "status": "invalid", "_id": ID, "reject_reason": None}])
    outcomes(
        mandrill(),
        {
            "key": (error("Invalid_Key", 401), "retry", ""),
            "payment": (error("PaymentRequired", 402), "retry", ""),
            "field": (error("ValidationError"), "failed", ""),
            "bounced before": (rejection("hard-bounce"), "failed", "dead"),
            "complained before": (rejection("spam"), "failed", "opted_out"),
            "unheard of": (rejection("gravity"), "failed", ""),
            "unsigned": (rejection("unsigned"), "retry", ""),
            "invalid": (invalid, "failed", "dead"),
            "broken": (error("GeneralError", 500), "in_doubt", ""),
        },
    )
    no_sender_is_kept(mandrill)


def test_receipts_say_which_when_and_whom() -> None:
    found = one(mandrill(), call(event("hard_bounce")))
    assert (found.key, found.provider_id, found.address, found.code) == (KEY, ID, TO, "bad_mailbox")
    assert (found.address_dead, found.occurred) == (True, 1_788_999_000_000_000)
    assert one(mandrill(), call(INBOUND)).text == "Yes"


def test_a_look_at_the_url_is_answered_and_a_form_without_events_is_not() -> None:
    """Mandrill looks by HEAD when a webhook is made."""
    assert received(mandrill(), Request("HEAD", URL)).answer.status == 200
    with pytest.raises(MalformedWebhook):
        received(mandrill(), signed({"other": "1"}))


def test_it_reports_what_is_set_up() -> None:
    reports_what_is_set_up(mandrill, webhook_key=())
    on = asked_json(mandrill(reports=["opened", "clicked"]))["message"]
    assert on == asked_json(mandrill())["message"] | {"track_opens": True, "track_clicks": True}

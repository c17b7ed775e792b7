"""Brevo's codec against its documentation (sources in the codec's docstring)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.providers.mail import (
    SENDER,
    TO,
    MailConformance,
    asked_json,
    basic,
    no_sender_is_kept,
    outcomes,
    posted,
    reports_what_is_set_up,
    requested,
)
from tests.providers.suite import KEY, one
from unichannel.ports import Request
from unichannel.providers.brevo import EVENTS, Brevo

LOGIN = "hook:the-secret"
ID = "201798300811.5787683@relay.domain.com"


def brevo(**settings: Any) -> Brevo:
    return Brevo("the-secret", **{"sender": SENDER, "logins": LOGIN, **settings})


def call(event: str, **more: Any) -> Request:
    # /docs/transactional-webhooks, "Sent", shortened to what is read.
    told = {
        "event": event,
        "email": TO,
        "id": 7,
        "date": "2020-10-09 00:00:00",
        "ts": 1788999000,
        "message-id": f"<{ID}>",
        "ts_event": 1788999000,
        "subject": "My first Transactional",
        "X-Mailin-custom": KEY,
        "ts_epoch": 1788999000,
        "tags": ["transac_messages"],
    }
    return posted({**told, **more}, Authorization=basic(LOGIN))


INBOUND = posted(
    {
        "items": [
            {
                "Uuid": ["d9d99a37-410a-4ae5-8fef-50bd6e3d4d3f"],
                "From": {"Name": "Ada", "Address": TO},
                "Headers": {"Subject": "Re: Hello", "Received": ["a", "b"]},
                "RawTextBody": "Yes\n> Hello",
                "ExtractedMarkdownMessage": "Yes",
            }
        ]
    },
    Authorization=basic(LOGIN),
)


class TestConformance(MailConformance):
    make = staticmethod(brevo)
    turned = ("logins", LOGIN, "hook:new")
    signature_headers = ("Authorization",)
    signs_body = False

    @pytest.fixture
    def accepting(self) -> httpx.Response:
        return httpx.Response(201, json={"messageId": f"<{ID}>"})

    @pytest.fixture
    def refusing(self) -> httpx.Response:
        return refusal(400, "invalid_parameter")

    @pytest.fixture
    def webhooks(self) -> Sequence[tuple[Request, Sequence[str]]]:
        known = tuple((call(name), [kind]) for name, (kind, _) in EVENTS.items())
        return (*known, (call("levitated"), ["unknown"]), (INBOUND, ["inbound"]))


def refusal(status: int, code: str) -> httpx.Response:
    return httpx.Response(status, json={"code": code, "message": f"about {TO}"})


def test_the_request_is_the_documented_one() -> None:
    request = requested(brevo())
    assert (request.method, str(request.url)) == ("POST", "https://api.brevo.com/v3/smtp/email")
    assert request.headers["api-key"] == "the-secret"
    body = asked_json(brevo())
    key = body["headers"].pop("idempotencyKey")
    assert body == {
        "sender": {"email": "news@example.org", "name": "Café"},
        "to": [{"email": TO}],
        "subject": "Hello",
        "textContent": "Good day",
        "htmlContent": "<p>Good day</p>",
        "headers": {
            "List-Unsubscribe": "<https://app.example.com/u/token>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "X-Mailin-custom": KEY,
        },
    }
    assert UUID(key).version == 4
    assert key == asked_json(brevo(), attempt=2)["headers"]["idempotencyKey"], "each attempt has the same key"
    assert key != asked_json(brevo(), key="x" * 24)["headers"]["idempotencyKey"]


def test_refusals_mean_what_the_table_says() -> None:
    outcomes(
        brevo(),
        {
            "key": (refusal(401, "unauthorized"), "retry", ""),
            "credits": (refusal(402, "not_enough_credits"), "retry", ""),
            "field": (refusal(400, "missing_parameter"), "failed", ""),
            "a second copy": (refusal(400, "duplicate_parameter"), "in_doubt", ""),
            "busy": (refusal(429, "too_many_requests"), "retry", ""),
            "broken": (httpx.Response(500), "in_doubt", ""),
        },
    )
    no_sender_is_kept(brevo)


def test_receipts_say_when_whatever_unit_it_is_in() -> None:
    for more in ({}, {"ts_epoch": 1788999000000}, {"ts_epoch": None}):
        found = one(brevo(), call("delivered", **more))
        assert (found.key, found.provider_id, found.occurred) == (KEY, ID, 1_788_999_000_000_000)


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_says_what_it_is_of_the_address(name: str) -> None:
    found, (_, more) = one(brevo(), call(name)), EVENTS[name]
    assert found.address_dead == more.get("address_dead", False)
    assert found.refused == more.get("refused", False)
    assert found.machine == more.get("machine", False)
    assert one(brevo(), INBOUND).text == "Yes"


def test_it_reports_what_is_set_up() -> None:
    reports_what_is_set_up(brevo, logins=())

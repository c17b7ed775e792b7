"""Mailgun's codec against what is known of its documentation (sources in the codec's docstring)."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from tests.providers.mail import (
    SENDER,
    TO,
    MailConformance,
    basic,
    no_sender_is_kept,
    outcomes,
    posted,
    reports_what_is_set_up,
    requested,
)
from tests.providers.suite import KEY, NOW, STAMP, context, one
from unichannel.errors import BadSignature
from unichannel.ports import Request
from unichannel.providers.mailgun import REASONS, Mailgun
from unichannel.testing.conformance.provider import converse

ID = "20260203192638.000be97f99f8cea1@sample.mailgun.com"


def mailgun(**settings: Any) -> Mailgun:
    return Mailgun("mg.example.org", "the-secret", **{"sender": SENDER, "signing_key": "the-signing-key", **settings})


def call(event: str, token: str = "t" * 50, stamp: str = STAMP, **more: Any) -> Request:
    # /user-manual/webhooks/webhook-payloads, shortened to what is read.
    data = {
        "event": event,
        "id": "CCXMjJ7nQi2N3BPigGOdgQ",
        "timestamp": 1788999000.530521,
        "recipient": TO,
        "message": {"headers": {"message-id": ID, "to": TO, "subject": "Sample webhook payload"}},
        "user-variables": {"unichannel_key": KEY},
        **more,
    }
    code = hmac.new(b"the-signing-key", (stamp + token).encode(), hashlib.sha256).hexdigest()
    return posted({"signature": {"timestamp": stamp, "token": token, "signature": code}, "event-data": data})


FAILED = call(
    "failed",
    severity="permanent",
    reason="bounce",
    **{"delivery-status": {"code": 550, "enhanced-code": "5.1.1", "description": "user unknown"}},
)


class TestConformance(MailConformance):
    make = staticmethod(mailgun)
    turned = ("signing_key", "the-signing-key", "a-new-key")
    signs_body = False  # a token is signed, not the body: see below
    window = 43_200

    @pytest.fixture
    def accepting(self) -> httpx.Response:
        return httpx.Response(200, json={"id": f"<{ID}>", "message": "Queued. Thank you."})

    @pytest.fixture
    def refusing(self) -> httpx.Response:
        return httpx.Response(400, json={"message": f"to parameter is not a valid address: {TO}"})

    @pytest.fixture
    def webhooks(self) -> Sequence[tuple[Request, Sequence[str]]]:
        kinds = {"accepted": "queued", "rejected": "rejected", "levitated": "unknown"}
        same = ("delivered", "opened", "clicked", "complained", "unsubscribed")
        calls = [(name, kind) for name, kind in (*kinds.items(), *((name, name) for name in same))]
        told = [(call(name, token=f"{n}" * 50), [kind]) for n, (name, kind) in enumerate(calls)]
        return (*told, (FAILED, ["bounced"]), (call("failed", token="x", severity="temporary"), ["deferred"]))


def test_the_request_is_the_documented_one() -> None:
    request = requested(mailgun())
    assert (request.method, str(request.url)) == ("POST", "https://api.mailgun.net/v3/mg.example.org/messages")
    assert request.headers["Authorization"] == basic("api:the-secret")
    assert parse_qsl(request.content.decode()) == [
        ("from", "Café <news@example.org>"),
        ("to", TO),
        ("subject", "Hello"),
        ("text", "Good day"),
        ("html", "<p>Good day</p>"),
        ("h:List-Unsubscribe", "<https://app.example.com/u/token>"),
        ("h:List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("v:unichannel_key", KEY),
    ]


def test_refusals_mean_what_the_table_says() -> None:
    outcomes(
        mailgun(),
        {
            "key": (httpx.Response(401, text="Forbidden"), "retry", ""),
            "domain": (httpx.Response(404, json={"message": "Domain not found"}), "retry", ""),
            "field": (httpx.Response(400, json={"message": "from parameter is missing"}), "failed", ""),
            "busy": (httpx.Response(429), "retry", ""),
            "no id": (httpx.Response(200, json={}), "in_doubt", ""),
            "broken": (httpx.Response(500), "in_doubt", ""),
        },
    )
    no_sender_is_kept(mailgun)


def test_a_bounce_says_what_it_is() -> None:
    found = one(mailgun(), FAILED)
    assert (found.key, found.provider_id, found.address, found.code) == (KEY, ID, TO, "5.1.1")
    assert (found.address_dead, found.occurred) == (True, 1_788_999_000_530_521)


@pytest.mark.parametrize("reason", REASONS)
def test_a_permanent_failure_has_its_reason(reason: str) -> None:
    found = one(mailgun(), call("failed", severity="permanent", reason=reason))
    kind, more = REASONS[reason]
    assert (found.kind, found.address_dead) == (kind, more.get("address_dead", False))
    assert found.refused == more.get("refused", False)


def test_a_token_is_believed_for_one_body_only() -> None:
    """P46: the signature does not cover the body, so one that was overheard would prove anything."""
    ctx = context()
    first, forged = call("delivered"), call("unsubscribed")
    for _ in range(2):
        assert converse(mailgun().receive(first, ctx), lambda _: httpx.Response(200))[0].receipts
    with pytest.raises(BadSignature):
        converse(mailgun().receive(forged, ctx), lambda _: httpx.Response(200))


def test_tokens_of_long_ago_are_let_go() -> None:
    ctx = context(tokens={f"old{n}": ("x", NOW - 1) for n in range(10_001)})
    converse(mailgun().receive(call("delivered"), ctx), lambda _: httpx.Response(200))
    assert len(ctx.tokens) == 1


@pytest.mark.parametrize("name", ["timestamp", "token", "signature"])
def test_each_part_of_the_signature_counts(name: str) -> None:
    body = json.loads(call("delivered").body)
    for wrong in ("", body["signature"][name][:-1] + "0x", None, 7):
        with pytest.raises(BadSignature):
            one(mailgun(), posted({**body, "signature": {**body["signature"], name: wrong}}))


def test_it_reports_what_is_set_up() -> None:
    reports_what_is_set_up(mailgun, signing_key=())
    form = parse_qsl(requested(mailgun(reports=["opened", "clicked"])).content.decode())
    assert form[-2:] == [("o:tracking-opens", "yes"), ("o:tracking-clicks", "yes")]

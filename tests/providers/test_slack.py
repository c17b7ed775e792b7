"""Slack's codec against its documentation (stored copies read on 2026-11-22; pages in the codec's docstring)."""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from tests.providers.suite import STAMP, one, received
from tests.providers.talk import (
    TalkConformance,
    asked,
    asked_json,
    delivery,
    kinds,
    outcomes,
    reports_what_it_hears,
    unfit,
)
from unichannel.core.messaging.content import Chat
from unichannel.core.words.instant import SECOND
from unichannel.errors import MalformedWebhook
from unichannel.ports import Outbound, Request
from unichannel.providers.slack import ERRORS, Slack

ADA = "U061F7AUR"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
SECTION = {"type": "section", "text": {"type": "plain_text", "text": "Hello world"}, "fields": []}


def slack(**settings: Any) -> Slack:
    return Slack("the-token", **{"signing_secret": "the-secret", **settings})


def to_ada(content: Chat | None = None) -> Outbound:
    return delivery(content, ADA)


def signed(body: bytes, kind: str = JSON, stamp: str = STAMP, secret: bytes = b"the-secret") -> Request:
    mark = hmac.digest(secret, f"v0:{stamp}:".encode() + body, "sha256").hex()
    headers = {"Content-Type": kind, "X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={mark}"}
    return Request("POST", "https://app.example.com/hooks/slack", headers, body)


def event(id: str, **said: Any) -> Request:
    given = {"type": "message", "channel": "D024BE91L", "user": ADA, "ts": f"1355517523.{id}", "channel_type": "im"}
    call = {"token": "XXYYZZ", "team_id": "T123ABC456", "api_app_id": "A123ABC456", "event": {**given, **said}}
    more = {"type": "event_callback", "event_id": f"Ev{id}", "event_time": 1355517523}
    return signed(json.dumps({**call, **more}).encode())


def tap(label: str) -> Request:
    action = {"type": "button", "action_id": "go", "value": "7", "action_ts": "1548426417.840180"}
    said = {"type": "block_actions", "user": {"id": ADA}, "actions": [{**action, "text": {"text": label}}]}
    return signed(urlencode({"payload": json.dumps(said)}).encode(), FORM)


def refusal(error: str, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json={"ok": False, "error": error})


class TestConformance(TalkConformance):
    make = staticmethod(slack)
    turned = ("signing_secret", "the-secret", "new")
    signature_headers = ("X-Slack-Signature", "X-Slack-Request-Timestamp")
    window = 300

    @pytest.fixture
    def outbound(self) -> Outbound:
        return to_ada()

    @pytest.fixture
    def accepting(self) -> httpx.Response:
        message = {"text": "Here's a message for you", "bot_id": "B19LU7CSY", "type": "message"}
        answer = {"ok": True, "channel": "C1H9RESGL", "ts": "1503435956.000247", "message": message}
        return httpx.Response(200, json=answer)

    @pytest.fixture
    def refusing(self) -> httpx.Response:
        return refusal("too_many_attachments")

    @pytest.fixture
    def webhooks(self) -> Sequence[tuple[Request, Sequence[str]]]:
        return (
            (event("1", text="Live long and prospect"), ["inbound"]),
            (event("2", text="Unsubscribe"), ["unsubscribed", "inbound"]),
            (event("3", type="app_mention", channel_type="", text="<@U0LAN0Z89> is it everything?"), ["inbound"]),
            (event("4", channel_type="channel", text="stop"), ["unknown"]),
            (event("5", bot_id="B1", text="stop"), ["unknown"]),
            (event("6", subtype="message_changed"), ["unknown"]),
            (event("7", type="reaction_added"), ["unknown"]),
            (tap("Approve"), ["inbound"]),
        )


def test_the_signature_is_that_of_the_documentation() -> None:
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name="
        b"foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2F"
        b"hooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015."
        b"47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    request = signed(body, FORM, "1531420618", b"8f742231b10e8888abcd99yyyzzz85a5")
    assert request.header("X-Slack-Signature") == "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    with pytest.raises(MalformedWebhook, match="JSON"):  # it is Slack's, and no event
        received(slack(signing_secret="8f742231b10e8888abcd99yyyzzz85a5"), request, now=1_531_420_618 * SECOND)


def test_a_text_with_blocks_is_the_documented_one() -> None:
    (request,) = asked(slack(), to_ada())
    assert (request.method, str(request.url)) == ("POST", "https://slack.com/api/chat.postMessage")
    assert request.headers["Authorization"] == "Bearer the-token"
    assert request.headers["Content-Type"] == "application/json; charset=utf-8"
    assert json.loads(request.content) == {"channel": ADA, "text": "Hello"}
    blocks = asked_json(slack(), to_ada(Chat("Hello", blocks=[SECTION])))
    assert blocks == {"channel": ADA, "text": "Hello", "blocks": [SECTION]}
    long = Chat("x")
    object.__setattr__(long, "text", "x" * 40_001)  # past the content's own limit
    unfit(slack(), to_ada(long))


def test_refusals_mean_what_the_table_says() -> None:
    """Slack says no with 200."""
    outcomes(
        slack(),
        to_ada(),
        {
            "token": (refusal("invalid_auth"), "retry", ""),
            "scope": (refusal("missing_scope"), "retry", ""),
            "busy": (refusal("rate_limited"), "retry", ""),
            "busy, as 429": (refusal("ratelimited", 429), "retry", ""),
            "nobody": (refusal("user_not_found"), "failed", "dead"),
            "no channel": (refusal("channel_not_found"), "failed", ""),
            "unheard of": (refusal("something_new"), "failed", ""),
            "half done": (refusal("fatal_error"), "in_doubt", ""),
            "broken": (httpx.Response(500, text="oops"), "in_doubt", ""),
            "no name": (httpx.Response(200, json={"ok": True}), "in_doubt", ""),
        },
    )
    assert ERRORS["invalid_auth"].meaning == "configuration"


def test_who_says_what_and_when() -> None:
    said = one(slack(), event("1", text="Hello"))
    assert (said.address, said.text, said.occurred) == (ADA, "Hello", 1_355_517_523 * SECOND)
    mention = event("1", type="app_mention", text="<@U0LAN0Z89> Hello")
    assert one(slack(), mention).id == said.id, "one message, told twice"
    assert one(slack(), mention).text == "Hello"


def test_a_tap_is_an_answer() -> None:
    found = one(slack(), tap("Cancel"))
    assert (found.kind, found.text, found.code, found.address) == ("inbound", "Cancel", "", ADA)
    assert found.occurred == 1_548_426_417_840_180
    assert kinds(slack(), tap("Unsubscribe")) == ["unsubscribed", "inbound"]


def test_the_handshake_gets_its_challenge_back() -> None:
    said = {"token": "Jhj5dZrVaK7ZwHHjRyZWjbDl", "challenge": "3eZbrw1aBm2rZgRNFdxV", "type": "url_verification"}
    found = received(slack(), signed(json.dumps(said).encode()))
    assert found.receipts == ()
    assert json.loads(found.answer.body) == {"challenge": "3eZbrw1aBm2rZgRNFdxV"}  # type: ignore[union-attr]


@pytest.mark.parametrize("body", [b"{}", b"[]", b"7", b'{"type": {}}'])
def test_what_is_no_call_is_malformed(body: bytes) -> None:
    for kind, sent in ((JSON, body), (FORM, urlencode({"payload": body}).encode()), (FORM, b"\xff")):
        with pytest.raises(MalformedWebhook):
            received(slack(), signed(sent, kind))


def test_settings_that_cannot_work_are_errors_at_once() -> None:
    reports_what_it_hears(slack, "signing_secret")

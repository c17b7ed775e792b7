"""LINE's codec against the Messaging API (stored copies read on 2026-11-22; the page is in the codec's docstring)."""

from __future__ import annotations

import base64
import hmac
import json
import uuid
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from tests.providers.suite import one, received
from tests.providers.talk import (
    TalkConformance,
    asked,
    asked_json,
    delivery,
    kinds,
    outcomes,
    reports_what_it_hears,
    sent,
    unfit,
)
from unichannel.core.messaging.content import Chat
from unichannel.errors import MalformedWebhook
from unichannel.ports import Outbound, Request
from unichannel.providers.line import ERRORS, Line

ADA = "U4af4980629"
QUICK = {"quickReply": {"items": [{"type": "action", "action": {"type": "message", "label": "Red", "text": "Red"}}]}}
FLEX = {"type": "flex", "contents": {"type": "bubble", "body": {"type": "box", "layout": "vertical", "contents": []}}}
STICKER = {"type": "sticker", "packageId": "446", "stickerId": "1988"}


def line(**settings: Any) -> Line:
    return Line("the-token", **{"channel_secret": "the-secret", **settings})


def to_ada(content: Chat | None = None) -> Outbound:
    return delivery(content, ADA)


def signed(body: bytes) -> Request:
    mark = base64.b64encode(hmac.digest(b"the-secret", body, "sha256")).decode()
    return Request("POST", "https://app.example.com/hooks/line", {"X-Line-Signature": mark}, body)


def event(sort: str, source: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "type": sort,
        "timestamp": 1625665242211,
        "source": source or {"type": "user", "userId": ADA},
        "replyToken": "757913772c4646b784d4b7ce46d12671",
        "mode": "active",
        "webhookEventId": f"01FZ74A0TDDPYRVKNK77XKC3ZR{sort}",
        "deliveryContext": {"isRedelivery": False},
        **more,
    }


def said(words: str) -> dict[str, Any]:
    return event("message", message={"type": "text", "id": "14353798921116", "text": words})


def call(*events: Any) -> Request:
    return signed(json.dumps({"destination": "xxxxxxxxxx", "events": events}).encode())


def refusal(status: int, message: str = "No", **more: Any) -> httpx.Response:
    return httpx.Response(status, json={"message": message, **more})


class TestConformance(TalkConformance):
    make = staticmethod(line)
    turned = ("channel_secret", "the-secret", "new")
    signature_headers = ("X-Line-Signature",)

    @pytest.fixture
    def outbound(self) -> Outbound:
        return to_ada()

    @pytest.fixture
    def accepting(self) -> httpx.Response:
        return httpx.Response(200, json={"sentMessages": [{"id": "461230966842064897", "quoteToken": "IStG5h1Tz7b"}]})

    @pytest.fixture
    def refusing(self) -> httpx.Response:
        return refusal(400, "The property, 'to', in the request body is invalid (line: -, column: -)")

    @pytest.fixture
    def webhooks(self) -> Sequence[tuple[Request, Sequence[str]]]:
        return (
            (call(said("Hello, world"), event("follow")), ["inbound", "subscribed"]),
            (call(event("message", message={"type": "text", "text": "停止 STOP", "id": "1"})), ["inbound"]),
            (call(said("Unsubscribe")), ["unsubscribed", "inbound"]),
            (call(event("unfollow")), ["unsubscribed"]),
            (call(event("postback", postback={"data": "storeId=12345"})), ["inbound"]),
            (
                call(event("message", {"type": "group", "groupId": "Ca56f94637c"}, message={"text": "stop"})),
                ["unknown"],
            ),
            (call(event("videoPlayComplete")), ["unknown"]),
            (call(), []),
        )


def test_a_text_is_the_documented_one() -> None:
    (request,) = asked(line(), to_ada())
    assert (request.method, str(request.url)) == ("POST", "https://api.line.me/v2/bot/message/push")
    assert request.headers["Authorization"] == "Bearer the-token"
    assert json.loads(request.content) == {"to": ADA, "messages": [{"type": "text", "text": "Hello"}]}


def test_each_attempt_has_the_same_key_and_each_delivery_its_own() -> None:
    """The key is what LINE knows a second copy by; it takes UUIDs only."""
    first, again = (asked(line(), delivery(address=ADA, attempt=n))[0] for n in (1, 2))
    assert first.headers["X-Line-Retry-Key"] == again.headers["X-Line-Retry-Key"]
    assert uuid.UUID(first.headers["X-Line-Retry-Key"]).version == 4
    assert asked(line(), delivery(address=ADA, key="other"))[0].headers != first.headers
    assert line().abilities.takes_key == 86_400


def test_a_second_copy_is_the_first_one_s_acceptance_where_line_names_it() -> None:
    known = httpx.Response(409, headers={"X-Line-Accepted-Request-Id": "accepted-1"}, json={"message": "already"})
    assert (sent(line(), to_ada(), known).kind, sent(line(), to_ada(), known).provider_id) == ("accepted", "accepted-1")
    named = httpx.Response(409, headers=known.headers, json={"sentMessages": [{"id": "461"}]})
    assert sent(line(), to_ada(), named).provider_id == "461"
    assert sent(line(), to_ada(), refusal(409)).kind == "in_doubt"


def test_blocks_are_messages_or_parts_of_the_last_one() -> None:
    def messages(*blocks: Any) -> Any:
        return asked_json(line(), to_ada(Chat("Hello", blocks=blocks)))["messages"]

    assert messages(QUICK) == [{"type": "text", "text": "Hello", **QUICK}]
    assert messages(STICKER, QUICK) == [{"type": "text", "text": "Hello"}, {**STICKER, **QUICK}]
    assert messages(FLEX) == [{**FLEX, "altText": "Hello"}]
    unfit(line(), to_ada(Chat("x" * 5_001)), to_ada(Chat("x", blocks=[STICKER] * 5)))


def test_refusals_mean_what_the_table_says() -> None:
    invalid = "The request body has 1 error(s)"
    outcomes(
        line(),
        to_ada(),
        {
            "token": (refusal(401, "Authentication failed"), "retry", ""),
            "plan": (refusal(403), "retry", ""),
            "nobody": (refusal(400, "The property, 'to', in the request body is invalid"), "failed", "dead"),
            "invalid": (refusal(400, invalid, details=[{"property": "messages[0].text"}]), "failed", ""),
            "limit": (refusal(429, "You have reached your monthly limit."), "retry", ""),
            "broken": (refusal(500), "in_doubt", ""),
            "no name": (httpx.Response(200, json={}), "in_doubt", ""),
        },
    )
    assert ERRORS["http_401"].meaning == "configuration"


def test_who_says_what_and_when() -> None:
    found = one(line(), call(said("Hello")))
    assert (found.address, found.text, found.occurred) == (ADA, "Hello", 1_625_665_242_211_000)
    left, back = one(line(), call(event("unfollow"))), one(line(), call(event("follow")))
    assert (left.refused, left.address, back.refused, back.kind) == (True, ADA, False, "subscribed")
    assert kinds(line(), call(event("postback", postback={"data": "cancel"}))) == ["inbound"]
    assert one(line(), call(event("message", {"type": "group", "userId": ADA}))).address == ""


@pytest.mark.parametrize("body", [b"{}", b"[]", b"7", b'{"events": 7}'])
def test_what_is_no_call_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedWebhook):
        received(line(), signed(body))


def test_settings_that_cannot_work_are_errors_at_once() -> None:
    reports_what_it_hears(line, "channel_secret")

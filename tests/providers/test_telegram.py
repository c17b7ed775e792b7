"""Telegram's codec against the Bot API (stored copies read on 2026-11-22; the page is in the codec's docstring)."""

from __future__ import annotations

import json
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
from unichannel.core.words.instant import SECOND
from unichannel.errors import ConfigurationError, MalformedWebhook
from unichannel.ports import Outbound, Request
from unichannel.providers.telegram import DESCRIPTIONS, ERRORS, Telegram

ADA = "1111111"
HEADER = "X-Telegram-Bot-Api-Secret-Token"
PERSON = {"id": 1111111, "is_bot": False, "first_name": "Ada"}
CHAT = {"id": 1111111, "type": "private", "first_name": "Ada"}
KEYBOARD = {"inline_keyboard": [[{"text": "Cancel", "callback_data": "no-7"}, {"text": "Keep", "callback_data": "k"}]]}


def telegram(**settings: Any) -> Telegram:
    return Telegram("the-token", **{"secret_token": "the-secret", **settings})


def to_ada(content: Chat | None = None) -> Outbound:
    return delivery(content, ADA)


def call(body: Any, secret: str = "the-secret") -> Request:  # noqa: S107
    return Request("POST", "https://app.example.com/hooks/telegram", {HEADER: secret}, json.dumps(body).encode())


def message(n: int, **more: Any) -> Request:
    return call(
        {"update_id": n, "message": {"date": 1441645532, "chat": CHAT, "message_id": 9, "from": PERSON, **more}}
    )


def member(n: int, status: str) -> Request:
    event = {"chat": CHAT, "from": PERSON, "date": 1441645532, "new_chat_member": {"user": {"id": 7}, "status": status}}
    return call({"update_id": n, "my_chat_member": event})


def tap(n: int, data: str = "no-7") -> Request:
    shown = {"message_id": 9, "date": 1441645532, "chat": CHAT, "reply_markup": KEYBOARD}
    return call(
        {"update_id": n, "callback_query": {"id": "4382bfdwdsb323b2d9", "from": PERSON, "message": shown, "data": data}}
    )


def problem(status: int, said: str, http: int | None = None, **more: Any) -> httpx.Response:
    return httpx.Response(http or status, json={"ok": False, "error_code": status, "description": said, **more})


class TestConformance(TalkConformance):
    make = staticmethod(telegram)
    turned = ("secret_token", "the-secret", "new")
    signature_headers = (HEADER,)
    signs_body = False

    @pytest.fixture
    def outbound(self) -> Outbound:
        return to_ada()

    @pytest.fixture
    def accepting(self) -> httpx.Response:
        result = {"message_id": 365, "date": 1441645532, "chat": CHAT, "text": "Hello"}
        return httpx.Response(200, json={"ok": True, "result": result})

    @pytest.fixture
    def refusing(self) -> httpx.Response:
        return problem(403, "Forbidden: bot was blocked by the user")

    @pytest.fixture
    def webhooks(self) -> Sequence[tuple[Request, Sequence[str]]]:
        return (
            (message(1, text="Hello, world"), ["inbound"]),
            (message(2, text="/stop"), ["unsubscribed", "inbound"]),
            (message(3, photo=[{"file_id": "x"}], caption="Look"), ["inbound"]),
            (tap(4), ["inbound"]),
            (member(5, "kicked"), ["unsubscribed"]),
            (member(6, "member"), ["subscribed"]),
            (member(7, "administrator"), ["unknown"]),
            (call({"update_id": 8, "poll": {"id": "1"}}), ["unknown"]),
        )


def test_a_text_is_the_documented_one() -> None:
    (request,) = asked(telegram(), to_ada())
    assert (request.method, str(request.url)) == ("POST", "https://api.telegram.org/botthe-token/sendMessage")
    assert json.loads(request.content) == {"chat_id": ADA, "text": "Hello"}
    assert "the-token" not in repr(request)


def test_blocks_are_parameters_and_a_file_has_its_text_below() -> None:
    buttons = asked_json(telegram(), to_ada(Chat("Hi", blocks=[{"reply_markup": KEYBOARD}, {"parse_mode": "HTML"}])))
    assert buttons == {"chat_id": ADA, "text": "Hi", "reply_markup": KEYBOARD, "parse_mode": "HTML"}
    picture = {"photo": "https://x.org/a.jpg", "chat_id": "somebody else"}
    (request,) = asked(telegram(), to_ada(Chat("Hi", blocks=[picture])))
    assert request.url.path.endswith("/sendPhoto")
    assert json.loads(request.content) == {"photo": "https://x.org/a.jpg", "chat_id": ADA, "caption": "Hi"}
    unfit(telegram(), to_ada(Chat("x" * 4_097)), to_ada(Chat("x" * 1_025, blocks=[picture])))


def test_refusals_mean_what_the_table_says() -> None:
    outcomes(
        telegram(),
        to_ada(),
        {
            "token": (problem(401, "Unauthorized"), "retry", ""),
            "no bot": (problem(404, "Not Found"), "retry", ""),
            "blocked": (problem(403, "Forbidden: bot was blocked by the user"), "failed", "opted_out"),
            "blocked, as 200": (problem(403, "Forbidden: bot was blocked by the user", 200), "failed", "opted_out"),
            "gone": (problem(403, "Forbidden: user is deactivated"), "failed", "dead"),
            "unknown chat": (problem(400, "Bad Request: chat not found"), "failed", "dead"),
            "not begun": (problem(403, "Forbidden: bot can't initiate conversation with a user"), "failed", ""),
            "too long": (problem(400, "Bad Request: message is too long"), "failed", ""),
            "unheard of": (problem(400, f"Bad Request: {ADA} and all that"), "failed", ""),
            "busy": (problem(429, "Too Many Requests", parameters={"retry_after": 14}), "retry", ""),
            "broken": (problem(500, "Internal"), "in_doubt", ""),
            "no name": (httpx.Response(200, json={"ok": True}), "in_doubt", ""),
        },
    )
    assert ERRORS["http_401"].meaning == "configuration"
    assert set(DESCRIPTIONS.values()) <= set(ERRORS)


def test_what_the_host_knows_better_goes_before_the_table() -> None:
    kicked = problem(403, "Forbidden: bot was kicked from the group chat")
    assert sent(telegram(), to_ada(), kicked).address == "opted_out"
    known = telegram(errors={"kicked": ("configuration", "the group needs the bot back.")})
    assert sent(known, to_ada(), kicked).misconfigured


def test_a_wait_is_heard_from_the_body_too() -> None:
    as_200 = problem(403, "Forbidden: not enough rights", 200, parameters={"retry_after": 14})
    assert sent(telegram(), to_ada(), as_200).retry_after == 14


def test_who_says_what_and_when() -> None:
    said = one(telegram(), message(1, text="Hello"))
    assert (said.address, said.text, said.occurred, said.id) == (ADA, "Hello", 1_441_645_532 * SECOND, "inbound:1")
    sign = {"chat": CHAT, "user": PERSON, "date": 1441645532, "new_reaction": [{"type": "emoji", "emoji": "👍"}]}
    assert one(telegram(), call({"update_id": 2, "message_reaction": sign})).text == "👍"
    assert one(telegram(), call({"update_id": 3, "message_reaction": {**sign, "new_reaction": []}})).kind == "unknown"
    by_bot = message(4, text="STOP", **{"from": {"id": 7, "is_bot": True}})
    assert one(telegram(), by_bot).kind == "unknown"


def test_a_tap_says_what_its_button_says_and_is_answered() -> None:
    """Cancel on a button of ours is an answer, and no opt-out."""
    found = received(telegram(), tap(4))
    (receipt,) = found.receipts
    assert (receipt.kind, receipt.text, receipt.code, receipt.address) == ("inbound", "Cancel", "", ADA)
    answer = json.loads(found.answer.body)  # type: ignore[union-attr]
    assert answer == {"method": "answerCallbackQuery", "callback_query_id": "4382bfdwdsb323b2d9"}
    assert one(telegram(), tap(5, "gone")).text == "gone"


def test_who_blocks_the_bot_is_refused_until_it_is_unblocked() -> None:
    blocked, back = one(telegram(), member(5, "kicked")), one(telegram(), member(6, "member"))
    assert (blocked.refused, blocked.address, back.refused, back.kind) == (True, ADA, False, "subscribed")


@pytest.mark.parametrize("body", [{}, [], {"message": {}}, None, 7])
def test_what_is_no_update_is_malformed(body: Any) -> None:
    with pytest.raises(MalformedWebhook):
        received(telegram(), call(body))


def test_settings_that_cannot_work_are_errors_at_once() -> None:
    reports_what_it_hears(telegram, "secret_token")
    assert kinds(telegram(channel="bot"), message(1, text="x")) == ["inbound"]
    assert telegram(channel="bot").channels == {"bot"}
    with pytest.raises(ConfigurationError):
        telegram(secret_token="a b")
    with pytest.raises(ConfigurationError):
        Telegram("")

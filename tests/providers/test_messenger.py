"""Messenger's codec against Meta's documentation (stored copies read on 2026-11-22; pages in the docstring)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from tests.providers.suite import KEY, one, received
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
from tests.providers.test_whatsapp import signed
from unichannel.core.messaging.content import Chat
from unichannel.errors import BadSignature, ConfigurationError, MalformedWebhook
from unichannel.ports import Outbound, Request
from unichannel.providers.messenger import ERRORS, Messenger

PAGE, PSID = "1517776481860111", "254459191"
MID = "mid.1458668856218:ed81099e15d3f4f233"
REPLIES = {"quick_replies": [{"content_type": "text", "title": "Red", "payload": "red"}]}
CARD = {"attachment": {"type": "template", "payload": {"template_type": "generic", "elements": []}}}


def messenger(**settings: Any) -> Messenger:
    return Messenger(PAGE, "the-token", **{"app_secret": "the-secret", "verify_token": "vibecoding", **settings})


def to_ada(content: Chat | None = None) -> Outbound:
    return delivery(content, PSID)


def call(page: str = PAGE, **event: Any) -> Request:
    said = {"sender": {"id": PSID}, "recipient": {"id": PAGE}, "timestamp": 1458692752478, **event}
    return signed({"object": "page", "entry": [{"id": page, "time": 1458692752478, "messaging": [said]}]})


ECHO = call(
    sender={"id": PAGE},
    recipient={"id": PSID},
    message={"is_echo": True, "app_id": 1517776481860111, "metadata": KEY, "mid": MID, "text": "Hello"},
)
DELIVERED = call(delivery={"mids": [MID], "watermark": 1458668856253})
READ = call(read={"watermark": 1458668856253})


def refusal(code: int, subcode: int | None = None, http: int = 400) -> httpx.Response:
    error = {"message": f"(#{code}) {PSID}", "type": "OAuthException", "code": code, "fbtrace_id": "BLBz/WZt8dN"}
    return httpx.Response(http, json={"error": {**error, **({"error_subcode": subcode} if subcode else {})}})


class TestConformance(TalkConformance):
    make = staticmethod(messenger)
    turned = ("app_secret", "the-secret", "new")
    signature_headers = ("X-Hub-Signature-256",)

    @pytest.fixture
    def outbound(self) -> Outbound:
        return to_ada()

    @pytest.fixture
    def accepting(self) -> httpx.Response:
        return httpx.Response(200, json={"recipient_id": PSID, "message_id": MID})

    @pytest.fixture
    def refusing(self) -> httpx.Response:
        return refusal(10, 2018278, 403)

    @pytest.fixture
    def webhooks(self) -> Sequence[tuple[Request, Sequence[str]]]:
        return (
            (ECHO, ["sent"]),
            (DELIVERED, ["delivered"]),
            (READ, ["unknown"]),
            (call(message={"mid": "m_1", "text": "hello, world!"}), ["inbound"]),
            (call(message={"mid": "m_2", "text": "STOP"}), ["unsubscribed", "inbound"]),
            (call(postback={"mid": "m_3", "title": "Get started", "payload": "START"}), ["inbound"]),
            (call(reaction={"mid": MID, "action": "react", "emoji": "❤"}), ["inbound"]),
            (call(optin={"ref": "x"}), ["unknown"]),
        )


def test_a_text_is_the_documented_one() -> None:
    (request,) = asked(messenger(), to_ada())
    assert (request.method, str(request.url)) == ("POST", f"https://graph.facebook.com/v25.0/{PAGE}/messages")
    assert request.headers["Authorization"] == "Bearer the-token"
    assert json.loads(request.content) == {
        "recipient": {"id": PSID},
        "messaging_type": "UPDATE",
        "message": {"text": "Hello", "metadata": KEY},
    }


def test_blocks_are_parts_of_the_message_and_a_tag_says_why() -> None:
    replies = asked_json(messenger(), to_ada(Chat("Pick one", blocks=[REPLIES])))["message"]
    assert replies == {"text": "Pick one", **REPLIES, "metadata": KEY}
    card = asked_json(messenger(tag="HUMAN_AGENT"), to_ada(Chat("Look", blocks=[CARD])))
    assert card["message"] == {**CARD, "metadata": KEY}, "a block goes out as it is, empty lists too"
    assert (card["messaging_type"], card["tag"]) == ("MESSAGE_TAG", "HUMAN_AGENT")
    unfit(messenger(), to_ada(Chat("x" * 2_001)))


def test_refusals_mean_what_the_table_says() -> None:
    outcomes(
        messenger(),
        to_ada(),
        {
            "token": (refusal(190, http=401), "retry", ""),
            "permission": (refusal(10, http=403), "retry", ""),
            "restricted": (refusal(10, 1893063, 403), "retry", ""),
            "too late": (refusal(10, 2018278, 403), "failed", ""),
            "nobody": (refusal(100, 2018001), "failed", "dead"),
            "blocked": (refusal(551), "failed", ""),
            "an old tag": (refusal(100), "failed", ""),
            "busy": (refusal(613), "retry", ""),
            "broken": (refusal(2, http=500), "in_doubt", ""),
            "no name": (httpx.Response(200, json={"recipient_id": PSID}), "in_doubt", ""),
        },
    )
    assert ERRORS["190"].meaning == "configuration"


def test_an_echo_brings_our_key_and_a_delivery_names_its_message() -> None:
    echo, arrived = one(messenger(), ECHO), one(messenger(), DELIVERED)
    assert (echo.key, echo.provider_id, echo.address, echo.occurred) == (KEY, MID, PSID, 1_458_692_752_478_000)
    assert (arrived.provider_id, arrived.address, arrived.occurred) == (MID, PSID, 1_458_668_856_253_000)
    by_hand = call(sender={"id": PAGE}, recipient={"id": PSID}, message={"is_echo": True, "mid": "m_9", "text": "STOP"})
    assert one(messenger(), by_hand).kind == "unknown", "what the page says is no wish of the person's"


def test_a_tap_is_an_answer() -> None:
    tap = one(messenger(), call(message={"mid": "m_4", "text": "Yes", "quick_reply": {"payload": "y"}}))
    assert (tap.kind, tap.text, tap.code, tap.id) == ("inbound", "Yes", "", "inbound:m_4")


def test_another_page_of_the_app_is_not_this_one() -> None:
    """P46: the signature says that it is Meta's, not that it is for us."""
    assert kinds(messenger(), call(page="7", message={"mid": "m_5", "text": "STOP"})) == ["unknown"]


def test_the_handshake_gives_the_challenge_back() -> None:
    url = "https://app.example.com/hooks/messenger?hub.mode=subscribe&hub.challenge=7&hub.verify_token="
    assert received(messenger(), Request("GET", url + "vibecoding")).answer.body == b"7"  # type: ignore[union-attr]
    with pytest.raises(BadSignature):
        received(messenger(), Request("GET", url + "guess"))


@pytest.mark.parametrize("body", [{}, [], {"entry": 7}, None])
def test_what_is_no_call_is_malformed(body: Any) -> None:
    with pytest.raises(MalformedWebhook):
        received(messenger(), signed(body))


def test_settings_that_cannot_work_are_errors_at_once() -> None:
    reports_what_it_hears(messenger, "app_secret")
    with pytest.raises(ConfigurationError):
        Messenger("my page", "the-token")

"""Viber's codec against the REST Bot API (stored copies read on 2026-11-22; the page is in the codec's docstring)."""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from tests.providers.suite import KEY, one, received
from tests.providers.talk import TalkConformance, asked, asked_json, delivery, kinds, outcomes, unfit
from unichannel.core.messaging.content import Chat
from unichannel.errors import ConfigurationError, MalformedWebhook
from unichannel.ports import Outbound, Request
from unichannel.providers.viber import ERRORS, Viber

ADA = "01234567890A="
TOKEN = 4912661846655238145
KEYBOARD = {"Type": "keyboard", "Buttons": [{"ActionType": "reply", "ActionBody": "Cancel", "Text": "Cancel"}]}
SENDER = {"id": ADA, "name": "Ada", "country": "UK", "language": "en", "api_version": 1}


def viber(**settings: Any) -> Viber:
    return Viber(settings.pop("token", "the-token"), **{"sender": "The shop", **settings})


def to_ada(content: Chat | None = None) -> Outbound:
    return delivery(content, ADA)


def signed(body: bytes) -> Request:
    headers = {"X-Viber-Content-Signature": hmac.digest(b"the-token", body, "sha256").hex()}
    return Request("POST", "https://app.example.com/hooks/viber", headers, body)


def call(event: str, **more: Any) -> Request:
    return signed(json.dumps({"event": event, "timestamp": 1457764197627, "message_token": TOKEN, **more}).encode())


def said(words: str) -> Request:
    return call("message", sender=SENDER, message={"type": "text", "text": words, "tracking_data": KEY})


def refusal(status: int, http: int = 200) -> httpx.Response:
    return httpx.Response(http, json={"status": status, "status_message": f"no {ADA}"})


class TestConformance(TalkConformance):
    make = staticmethod(viber)
    turned = ("token", "the-token", "new")
    signature_headers = ("X-Viber-Content-Signature",)

    @pytest.fixture
    def outbound(self) -> Outbound:
        return to_ada()

    @pytest.fixture
    def accepting(self) -> httpx.Response:
        answer = {"status": 0, "status_message": "ok", "message_token": 5741311803571721087, "billing_status": 1}
        return httpx.Response(200, json=answer)

    @pytest.fixture
    def refusing(self) -> httpx.Response:
        return refusal(6)

    @pytest.fixture
    def webhooks(self) -> Sequence[tuple[Request, Sequence[str]]]:
        return (
            (call("delivered", user_id=ADA), ["delivered"]),
            (call("seen", user_id=ADA), ["opened"]),
            (call("failed", user_id=ADA, desc="failure description"), ["failed"]),
            (call("subscribed", user=SENDER), ["subscribed"]),
            (call("unsubscribed", user_id=ADA), ["unsubscribed"]),
            (call("conversation_started", user=SENDER, subscribed=False), ["unknown"]),
            (call("webhook"), ["unknown"]),
            (said("a message to the service"), ["inbound"]),
            (said("STOP"), ["unsubscribed", "inbound"]),
        )


def test_a_text_is_the_documented_one() -> None:
    (request,) = asked(viber(avatar="https://x.org/a.png"), to_ada())
    assert (request.method, str(request.url)) == ("POST", "https://chatapi.viber.com/pa/send_message")
    assert request.headers["X-Viber-Auth-Token"] == "the-token"
    assert json.loads(request.content) == {
        "receiver": ADA,
        "min_api_version": 1,
        "sender": {"name": "The shop", "avatar": "https://x.org/a.png"},
        "tracking_data": KEY,
        "type": "text",
        "text": "Hello",
    }


def test_blocks_are_parts_of_the_message() -> None:
    blocks = [{"keyboard": KEYBOARD, "min_api_version": 6}, {"receiver": "somebody else"}]
    body = asked_json(viber(), to_ada(Chat("Pick one", blocks=blocks)))
    assert (body["keyboard"], body["min_api_version"], body["receiver"]) == (KEYBOARD, 6, ADA)
    picture = asked_json(viber(), to_ada(Chat("Look", blocks=[{"type": "picture", "media": "https://x.org/a.jpg"}])))
    assert (picture["type"], picture["media"], picture["text"]) == ("picture", "https://x.org/a.jpg", "Look")
    unfit(viber(), to_ada(Chat("x" * 7_001)))


def test_refusals_mean_what_the_table_says() -> None:
    """Viber says no with 200."""
    outcomes(
        viber(),
        to_ada(),
        {
            "token": (refusal(2), "retry", ""),
            "suspended": (refusal(9), "retry", ""),
            "busy": (refusal(12), "retry", ""),
            "not on Viber": (refusal(5), "failed", "dead"),
            "not subscribed": (refusal(6), "failed", "opted_out"),
            "an old device": (refusal(13), "failed", ""),
            "unheard of": (refusal(99), "failed", ""),
            "broken": (refusal(2, 500), "in_doubt", ""),
            "no name": (httpx.Response(200, json={"status": 0}), "in_doubt", ""),
        },
    )
    assert ERRORS["2"].meaning == "configuration"


def test_receipts_say_which_when_and_whom() -> None:
    arrived = one(viber(), call("delivered", user_id=ADA))
    assert (arrived.provider_id, arrived.address, arrived.occurred) == (str(TOKEN), ADA, 1_457_764_197_627_000)
    left, back = one(viber(), call("unsubscribed", user_id=ADA)), one(viber(), call("subscribed", user=SENDER))
    assert (left.refused, left.address, left.provider_id) == (True, ADA, "")
    assert (back.refused, back.address) == (False, ADA)


def test_what_may_be_a_tap_is_an_answer() -> None:
    answer = one(viber(), said("Cancel"))
    assert (answer.kind, answer.text, answer.code, answer.key) == ("inbound", "Cancel", "", KEY)
    assert kinds(viber(), said("STOP")) == ["unsubscribed", "inbound"]


@pytest.mark.parametrize("body", [b"{}", b"[]", b"7", b'{"event": {}}'])
def test_what_is_no_callback_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedWebhook):
        received(viber(), signed(body))


@pytest.mark.parametrize(
    "settings", [{"token": ""}, {"token": []}, {"sender": ""}, {"sender": "x" * 29}, {"base_url": "http://x.org"}]
)
def test_settings_that_cannot_work_are_errors_at_once(settings: Any) -> None:
    with pytest.raises(ConfigurationError):
        viber(**settings)

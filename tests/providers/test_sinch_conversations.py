"""Sinch's codec for RCS against its documentation (stored copies read on 2026-11-22; pages in its docstring)."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

import httpx
import pytest
import respx

from tests.providers.suite import HOOK, KEY, NOW, context, one, received
from tests.providers.test_sinch import call
from tests.providers.texts import BARE, PHONE, TextConformance, asked, asked_json, delivery, is_refused, kinds, sent
from unichannel.core.messaging.content import Card, Dial, Media, OpenUrl, Rcs, Reply, Sms
from unichannel.core.words.instant import HOUR, MINUTE
from unichannel.errors import BadSignature, ConfigurationError
from unichannel.ports import Outbound, Outcome, Provider, Request
from unichannel.providers.sinch_conversations import STATUSES, SinchConversations
from unichannel.testing.conformance.provider import converse

PROJECT, APP = "c36f3d3d-1513-4edd-ae42-11995557ff61", "01EKHWVV2VJQEF0SA1GZFZ04RF"
SEND = f"https://us.conversation.api.sinch.com/v1/projects/{PROJECT}/messages:send"
TOKENS = "https://auth.sinch.com/oauth2/token"
MESSAGE = "01EKJWGGMA53D91CS7GTDW0BAE"
AT = "2026-09-10T00:10:00Z"
HELLO = Rcs("Hello")
IMAGE = Media("https://example.com/image.jpg")
ACCEPTED = httpx.Response(200, json={"message_id": MESSAGE, "accepted_time": AT})
LOGIN = "Basic " + base64.b64encode(b"key-id:the-secret").decode()
RCS = {"channel": "RCS", "identity": BARE, "app_id": ""}
EVENT = {"app_id": APP, "accepted_time": "2026-09-10T00:09:59.208Z", "event_time": AT, "project_id": PROJECT}


def sinch(**settings: Any) -> SinchConversations:
    given = {"app": APP, "secrets": "foo_secret1234", "basic": True, **settings}
    return SinchConversations(PROJECT, "key-id", "the-secret", **given)


def report(status: str, code: str = "", **more: Any) -> dict[str, Any]:
    """As channel-support/rcs has a receipt, with our metadata."""
    reason = {"reason": {"code": code, "description": f"about {BARE}"}} if code else {}
    told = {"message_id": MESSAGE, "status": status, "channel_identity": RCS, "metadata": KEY, **reason, **more}
    return {**EVENT, "message_delivery_report": told}


def inbound(said: Any, id: str = "01EKJVHPW7M6E50FAN02B91CW3", **more: Any) -> dict[str, Any]:
    told = {"id": id, "direction": "TO_APP", "contact_message": said, "channel_identity": RCS, **more}
    return {**EVENT, "message": told}


def wish(way: str, status: str, **more: Any) -> dict[str, Any]:
    told = {"request_id": f"01{way}", "channel": "RCS", "identity": BARE, "status": status, **more}
    return {**EVENT, "trigger": way.upper(), f"{way}_notification": told}


def tapped(postback: str) -> dict[str, Any]:
    return inbound({"choice_response_message": {"message_id": MESSAGE, "postback_data": postback}}, "3")


class TestConformance(TextConformance):
    make = staticmethod(sinch)
    turned = ("secrets", "foo_secret1234", "new")
    signature_headers = tuple(f"x-sinch-webhook-signature{part}" for part in ("", "-nonce", "-timestamp"))
    window = 90_000

    @pytest.fixture
    def outbound(self) -> Outbound:
        return delivery(HELLO)

    @pytest.fixture
    def accepting(self) -> httpx.Response:
        return ACCEPTED

    @pytest.fixture
    def refusing(self) -> httpx.Response:
        return httpx.Response(400, json={"error": {"code": 400, "status": "INVALID_ARGUMENT", "message": "wrong"}})

    @pytest.fixture
    def webhooks(self) -> Sequence[tuple[Request, Sequence[str]]]:
        return (
            (call(report("QUEUED_ON_CHANNEL")), ["sent"]),
            (call(report("DELIVERED")), ["delivered"]),
            (call(report("READ")), ["opened"]),
            (call(report("FAILED", "CHANNEL_FAILURE")), ["failed"]),
            (call(report("SWITCHING_CHANNEL")), ["unknown"]),
            (call(inbound({"text_message": {"text": "Hello"}})), ["inbound"]),
            (call(inbound({"text_message": {"text": "STOP"}}, "2")), ["unsubscribed", "inbound"]),
            (call(tapped("yes please")), ["inbound"]),
            (call(wish("opt_out", "OPT_OUT_SUCCEEDED")), ["unsubscribed"]),
            (call(wish("opt_in", "OPT_IN_SUCCEEDED")), ["subscribed"]),
        )

    def test_what_cannot_be_sent_asks_nothing(self, provider: Provider) -> None:
        is_refused(provider, Sms("a text"))
        is_refused(provider, Rcs("half \ud83d"), "content")

    def test_a_repeated_request_is_not_safe(self, provider: Provider, accepting: httpx.Response) -> None:
        """A repeated message is a second message (P33)."""
        assert "safe" not in asked(provider, HELLO).extensions


def test_a_message_is_that_of_the_documentation() -> None:
    request = asked(sinch(validity=3600), HELLO)
    assert (request.method, str(request.url), request.headers["Authorization"]) == ("POST", SEND, LOGIN)
    assert json.loads(request.content) == {
        "app_id": APP,
        "recipient": {"identified_by": {"channel_identities": [{"channel": "RCS", "identity": BARE}]}},
        "channel_priority_order": ["RCS"],
        "message": {"text_message": {"text": "Hello"}},
        "message_metadata": KEY,
        "callback_url": HOOK,
        "ttl": "3600s",
    }
    more = sinch(region="eu", extra={"channel_properties": {"RCS_WEBVIEW_MODE": "TALL"}})
    assert str(asked(more, HELLO).url).startswith("https://eu.conversation.api.sinch.com/")
    assert asked_json(more, HELLO)["channel_properties"] == {"RCS_WEBVIEW_MODE": "TALL"}


def test_a_message_in_each_of_its_forms() -> None:
    def shown(content: Rcs) -> Any:
        return asked_json(sinch(), content)["message"]

    actions = [OpenUrl("More info", "https://www.sinch.com"), Dial("Call", "+46732000000"), Reply("No", postback="n")]
    choices = [
        {"url_message": {"title": "More info", "url": "https://www.sinch.com"}, "postback_data": "More info"},
        {"call_message": {"title": "Call", "phone_number": "+46732000000"}, "postback_data": "Call"},
        {"text_message": {"text": "No"}, "postback_data": "n"},
    ]
    asking = shown(Rcs("What do you want to do?", suggestions=actions))
    assert asking == {"choice_message": {"text_message": {"text": "What do you want to do?"}, "choices": choices}}
    card = Card("Title", "Text", media=IMAGE, height="tall", suggestions=[Reply("Yes")])
    content = {
        "title": "Title",
        "description": "Text",
        "media_message": {"url": IMAGE.url},
        "height": "TALL",
        "choices": [{"text_message": {"text": "Yes"}, "postback_data": "Yes"}],
    }
    assert shown(Rcs(cards=[card])) == {"card_message": content}
    both = shown(Rcs(cards=[card, Card("Second")], suggestions=actions))
    assert both == {"carousel_message": {"cards": [content, {"title": "Second"}], "choices": choices}}
    assert shown(Rcs(file=IMAGE)) == {"media_message": {"url": IMAGE.url}}


def test_what_has_no_place_is_refused() -> None:
    many = [Reply(str(place)) for place in range(11)]
    captioned = Media(IMAGE.url, caption="below")
    for content in (
        Rcs("Hello", suggestions=many),
        Rcs(cards=[Card("A"), Card("B")], suggestions=many[:4]),
        Rcs(cards=[Card("A")], suggestions=many[:1]),
        Rcs(file=IMAGE, suggestions=many[:1]),
        Rcs(file=captioned),
        Rcs(cards=[Card("A", media=captioned)]),
    ):
        is_refused(sinch(), content)
    assert len(asked_json(sinch(), Rcs("Hello", suggestions=many[:10]))["message"]["choice_message"]["choices"]) == 10


def test_the_key_is_exchanged_for_a_token_that_is_kept() -> None:
    ctx, asked_for = context(), []

    def answer(request: httpx.Request) -> httpx.Response:
        asked_for.append(request)
        is_token = str(request.url) == TOKENS
        return httpx.Response(200, json={"access_token": "ey.token", "expires_in": 3599}) if is_token else ACCEPTED

    for _ in range(2):
        outcome, _ = converse(sinch(basic=False).send(delivery(HELLO), ctx), answer)
        assert (outcome.kind, outcome.provider_id) == ("accepted", MESSAGE)
    token, *messages = asked_for
    assert (str(token.url), token.headers["Authorization"], token.content) == (
        TOKENS,
        LOGIN,
        b"grant_type=client_credentials",
    )
    assert token.extensions["safe"]
    assert [(str(each.url), each.headers["Authorization"]) for each in messages] == [(SEND, "Bearer ey.token")] * 2
    ctx.now += HOUR - MINUTE
    converse(sinch(basic=False).send(delivery(HELLO), ctx), answer)
    assert str(asked_for[3].url) == TOKENS, "a token at its end is got anew"


def test_a_token_that_is_refused_is_forgotten_and_no_token_sends_nothing() -> None:
    ctx = context()
    ctx.tokens["sinch_conversations:key-id"] = ("ey.old", NOW + HOUR)
    outcome, requests = converse(sinch(basic=False).send(delivery(HELLO), ctx), lambda _: httpx.Response(401))
    assert (outcome.kind, outcome.misconfigured, len(requests)) == ("retry", True, 1)
    for status, is_ours in ((401, True), (503, False), (429, False)):

        def refuse(_: httpx.Request, status: int = status) -> httpx.Response:
            return httpx.Response(status, json={"error": "invalid_client"})

        outcome, requests = converse(sinch(basic=False).send(delivery(HELLO), ctx), refuse)
        assert (outcome.kind, outcome.misconfigured, len(requests)) == ("retry", is_ours, 1)
        assert str(requests[0].url) == TOKENS


def test_refusals_mean_what_the_table_says() -> None:
    def refused(status: int, code: str) -> httpx.Response:
        return httpx.Response(status, json={"error": {"code": status, "status": code, "message": f"About {BARE}"}})

    def told(answer: httpx.Response) -> tuple[str, str]:
        outcome: Outcome = sent(sinch(), answer, HELLO)
        assert BARE not in outcome.reason + outcome.code + str(outcome.raw)
        return "mend" if outcome.misconfigured else outcome.kind, outcome.address

    assert told(ACCEPTED) == ("accepted", "")
    assert told(refused(400, "INVALID_ARGUMENT")) == ("failed", "")
    assert told(refused(401, "UNAUTHENTICATED")) == ("mend", "")
    assert told(refused(403, "PERMISSION_DENIED")) == ("mend", "")
    assert told(refused(404, "NOT_FOUND")) == ("mend", "")
    assert told(refused(429, "RESOURCE_EXHAUSTED")) == ("retry", "")
    assert told(httpx.Response(200, json={})) == ("in_doubt", "")
    assert told(httpx.Response(500)) == ("in_doubt", "")
    own = sinch(errors={"INVALID_ARGUMENT": ("dead", "no number.")})
    assert sent(own, refused(400, "INVALID_ARGUMENT"), HELLO).address == "dead"


@respx.mock
def test_it_drives_over_httpx() -> None:
    respx.post(SEND).mock(return_value=ACCEPTED)
    conversation = sinch().send(delivery(HELLO), context())
    with httpx.Client() as client, pytest.raises(StopIteration) as end:
        conversation.send(client.send(next(conversation)))
    assert end.value.value.provider_id == MESSAGE


@pytest.mark.parametrize(("status", "kind"), [*STATUSES.items(), ("NEW", "unknown")])
def test_a_receipt_finds_its_delivery(status: str, kind: str) -> None:
    found = one(sinch(), call(report(status)))
    assert (found.kind, found.key, found.provider_id, found.id) == (kind, KEY, MESSAGE, f"{MESSAGE}:{status}")
    assert (found.channel, found.address, found.occurred) == ("rcs", PHONE, NOW - 1_000_000_000)
    assert one(sinch(), call(report(status, metadata=""))).key == KEY, "the URL has it too"


def test_why_it_failed_is_told() -> None:
    """Who cannot be reached by RCS may well be by SMS; only a number that is none is dead."""
    said = {
        code: one(sinch(), call(report("FAILED", code)))
        for code in (
            "RECIPIENT_NOT_REACHABLE",
            "RECIPIENT_INVALID_CHANNEL_IDENTITY",
            "RECIPIENT_NOT_OPTED_IN",
            "DELIVERY_TIMED_OUT",
            "FUTURE_CODE",
        )
    }
    assert {code: (found.kind, found.address_dead, found.refused) for code, found in said.items()} == {
        "RECIPIENT_NOT_REACHABLE": ("bounced", False, False),
        "RECIPIENT_INVALID_CHANNEL_IDENTITY": ("bounced", True, False),
        "RECIPIENT_NOT_OPTED_IN": ("failed", False, True),
        "DELIVERY_TIMED_OUT": ("failed", False, False),
        "FUTURE_CODE": ("failed", False, False),
    }
    assert said["DELIVERY_TIMED_OUT"].reason
    assert not one(sinch(), call(report("DELIVERED", "RECIPIENT_NOT_OPTED_IN"))).refused


def test_what_a_person_says_and_taps() -> None:
    found = one(sinch(), call(inbound({"text_message": {"text": "Thanks 😀"}})))
    assert (found.text, found.address, found.channel, found.key) == ("Thanks 😀", PHONE, "rcs", "")
    assert one(sinch(), call(tapped("n"))).text == "n"
    assert kinds(received(sinch(), call(tapped("Stop")))) == ["unsubscribed", "inbound"]
    assert kinds(received(sinch(), call(tapped("Cancel")))) == ["inbound"], "a button of ours, below an appointment"
    card = {"media_card_message": {"url": IMAGE.url, "caption": "Look"}}
    assert one(sinch(), call(inbound(card))).text == "Look"
    sms = inbound({"text_message": {"text": "Hi"}}, channel_identity={"channel": "SMS", "identity": BARE})
    assert one(sinch(), call(sms)).channel == "sms", "an app may have other channels"
    line = inbound({"text_message": {"text": "Hi"}}, channel_identity={"channel": "LINE", "identity": "U1"})
    assert one(sinch(), call(line)).kind == "unknown"


def test_an_opt_out_at_sinch_is_heard() -> None:
    found = one(sinch(), call(wish("opt_out", "OPT_OUT_SUCCEEDED")))
    assert (found.kind, found.address, found.channel, found.id) == (
        "unsubscribed",
        PHONE,
        "rcs",
        "unsubscribed:01opt_out",
    )
    for way, status in (("opt_out", "OPT_OUT_FAILED"), ("opt_in", "OPT_IN_FAILED"), ("opt_in", "OPT_OUT_SUCCEEDED")):
        assert one(sinch(), call(wish(way, status))).kind == "unknown"


def test_without_a_secret_nothing_is_believed() -> None:
    """P46."""
    assert sinch(secrets=()).abilities.reports == set()
    with pytest.raises(BadSignature):
        received(sinch(secrets=()), call(report("DELIVERED")))
    both = sinch(secrets=["the webhook's", "the app's"])
    for secret in ("the webhook's", "the app's"):
        assert one(both, call(report("DELIVERED"), secret)).kind == "delivered"


@pytest.mark.parametrize("settings", [{"app": ""}, {"validity": 0}, {"secrets": [""]}])
def test_settings_that_cannot_work_are_errors_at_once(settings: Any) -> None:
    with pytest.raises(ConfigurationError):
        sinch(**settings)
    with pytest.raises(ConfigurationError):
        SinchConversations(PROJECT, "key-id", "", app=APP)

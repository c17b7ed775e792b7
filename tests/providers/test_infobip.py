"""Infobip's codec against its documentation (stored copies read on 2026-11-22; pages in the codec's docstring)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
import respx

from tests.providers.suite import HOOK, KEY, context, one, received
from tests.providers.texts import (
    BARE,
    PHONE,
    SENDER,
    TEXT,
    TextConformance,
    asked,
    asked_json,
    delivery,
    is_refused,
    kinds,
    outcomes,
    sent,
)
from unichannel.core.messaging.content import (
    Card,
    Content,
    Dial,
    Media,
    Mms,
    OpenUrl,
    Rcs,
    Reply,
    Voice,
    WhatsApp,
    WhatsAppTemplate,
)
from unichannel.core.words.instant import HOUR
from unichannel.errors import BadSignature, ConfigurationError, MalformedWebhook
from unichannel.ports import Outcome, Request
from unichannel.providers._shared.signing import basic_login
from unichannel.providers.infobip import KEPT, SETTLING, Infobip
from unichannel.testing.conformance.provider import converse

BASE = "https://xxxxx.api.infobip.com"
ID = f"{KEY}-1"
IMAGE = Media("https://example.com/image.jpg")
FILM = Media("https://example.com/film.mp4")
PAPER = Media("https://example.com/paper.pdf?v=1")
SOUND = Media("https://example.com/sound.mp3")


def infobip(**settings: Any) -> Infobip:
    given = {"sender": SENDER, "logins": "hook:the-secret", **settings}
    return Infobip(given.pop("base_url", BASE), given.pop("api_key", "the-key"), **given)


def state(group: str, name: str, id: int = 1) -> Mapping[str, Any]:
    return {"groupId": 1, "groupName": group, "id": id, "name": name, "description": f"about {BARE}"}


def answer(group: str = "PENDING", name: str = "PENDING_ACCEPTED") -> httpx.Response:
    """As the answer to sms/3/messages, which is that of messages-api/1/messages as well."""
    told = {"messageId": ID, "status": state(group, name), "destination": BARE}
    return httpx.Response(200, json={"bulkId": "2034072219640523072", "messages": [told]})


def refusal(status: int, code: str) -> httpx.Response:
    told = {"messageId": code, "text": f"about {BARE}"}
    return httpx.Response(status, json={"requestError": {"serviceException": told}})


def call(*events: Mapping[str, Any], login: str = "hook:the-secret") -> Request:
    headers = {"Authorization": basic_login(*login.split(":"))}
    return Request("POST", HOOK.partition("?")[0], headers, json.dumps({"results": events}).encode())


def report(group: str, name: str, error: str = "NO_ERROR", **more: Any) -> Mapping[str, Any]:
    """MessagesApiDeliveryResult."""
    return {
        "event": "DELIVERY",
        "channel": "RCS",
        "sender": "447700900001",
        "destination": BARE,
        "sentAt": "2026-09-10T00:10:00.000+0000",
        "doneAt": "2026-09-10T02:10:00.500+0200",
        "bulkId": "bulk",
        "messageId": ID,
        "callbackData": KEY,
        "messageCount": 1,
        "status": state(group, name),
        "error": {"groupId": 1, "groupName": "HANDSET_ERRORS", "id": 1, "name": error, "permanent": True},
        **more,
    }


def seen() -> Mapping[str, Any]:
    """MessagesApiSeenResult."""
    head = {"event": "SEEN", "channel": "WHATSAPP", "sender": "447700900001", "destination": BARE, "messageId": ID}
    return {**head, "sentAt": "2026-09-10T00:10:00.000+0000", "seenAt": "2026-09-10T00:20:00.000+0000", "bulkId": "b"}


def sms_report(group: str, name: str) -> Mapping[str, Any]:
    """SmsDeliveryReport."""
    told = {
        "bulkId": "b",
        "sender": "447700900001",
        "to": BARE,
        "messageId": ID,
        "callbackData": KEY,
        "messageCount": 1,
    }
    price = {"pricePerMessage": 0.01, "currency": "EUR"}
    return {**told, "price": price, "status": state(group, name), "doneAt": "2026-09-10T00:10:00.000+0000"}


def heard(*content: Mapping[str, Any], id: str = "in-1") -> Mapping[str, Any]:
    """MessagesApiWebhookEvent."""
    head = {"event": "MO", "channel": "WHATSAPP", "sender": BARE, "destination": "447700900001", "messageCount": 1}
    return {**head, "content": content, "receivedAt": "2026-09-10T00:10:00.500+0000", "messageId": id}


def call_report(group: str, name: str, **more: Any) -> Mapping[str, Any]:
    """CallsReport."""
    told = {"bulkId": "b", "messageId": f"{KEY}-2", "from": "447700900001", "to": BARE, "callbackData": KEY}
    when = {"sentAt": "2026-09-10T00:10:00.000+0000", "voiceCall": {"duration": 9, **more}}
    return {**told, **when, "status": state(group, name), "error": {"name": "NO_ERROR", "permanent": False}}


def said(text: str) -> Mapping[str, Any]:
    return {"type": "TEXT", "text": text, "cleanText": text, "keyword": None}


def sms_heard(text: str, id: str = "in-2") -> Mapping[str, Any]:
    """SmsInboundMessage."""
    return {"messageId": id, "from": BARE, "to": "447700900001", "text": text, "receivedAt": "2026-09-10T00:10:00.500Z"}


class TestConformance(TextConformance):
    make = staticmethod(infobip)
    turned = ("logins", "hook:the-secret", "hook:new")
    hidden = ("the-secret", "the-key")
    signature_headers = ("Authorization",)
    signs_body = False

    @pytest.fixture
    def accepting(self) -> httpx.Response:
        return answer()

    @pytest.fixture
    def refusing(self) -> httpx.Response:
        return refusal(400, "BAD_REQUEST")

    @pytest.fixture
    def finding(self) -> httpx.Response | None:
        return logs({"messageId": ID, "status": state("PENDING", "PENDING_ENROUTE")})

    @pytest.fixture
    def webhooks(self) -> Sequence[tuple[Request, Sequence[str]]]:
        return (
            (call(report("PENDING", "PENDING_ACCEPTED")), ["queued"]),
            (call(report("PENDING", "PENDING_ENROUTE")), ["sent"]),
            (call(report("DELIVERED", "DELIVERED_TO_OPERATOR")), ["sent"]),
            (call(report("DELIVERED", "DELIVERED_TO_HANDSET")), ["delivered"]),
            (call(report("UNDELIVERABLE", "UNDELIVERABLE_NOT_DELIVERED", "EC_UNKNOWN_SUBSCRIBER")), ["bounced"]),
            (call(report("EXPIRED", "EXPIRED_EXPIRED")), ["failed"]),
            (call(report("EXPIRED", "EXPIRED_DLR_UNKNOWN")), ["sent"]),
            (call(report("REJECTED", "REJECTED_DND")), ["rejected"]),
            (call(report("TELEPORTED", "TELEPORTED_HOME")), ["unknown"]),
            (call(seen()), ["opened"]),
            (call(call_report("DELIVERED", "DELIVERED_TO_HANDSET", answerTime="2026-09-10T00:10:05Z")), ["opened"]),
            (call(call_report("UNDELIVERABLE", "NO_ANSWER")), ["bounced"]),
            (call(call_report("REJECTED", "REJECTED")), ["bounced"]),
            (call(heard(said("See you at 5"))), ["inbound"]),
            (call(sms_heard("Stop!")), ["unsubscribed", "inbound"]),
            (call(sms_heard("START", "in-3")), ["subscribed", "inbound"]),
            (call({"event": "TYPING_STARTED"}), ["unknown"]),
        )


def test_an_sms_is_that_of_the_documentation() -> None:
    request = asked(infobip())
    assert (request.method, str(request.url)) == ("POST", f"{BASE}/sms/3/messages")
    assert request.headers["Authorization"] == "App the-key"
    assert json.loads(request.content) == {
        "messages": [
            {
                "sender": "447700900001",
                "destinations": [{"to": BARE, "messageId": ID}],
                "content": {"text": TEXT},
                "webhooks": {"callbackData": KEY},
            }
        ]
    }


def message(content: Content, **settings: Any) -> Any:
    (told,) = asked_json(infobip(**settings), content)["messages"]
    return told


def test_other_channels_go_by_the_messages_api() -> None:
    request = asked(infobip(validity=600, extra={"entityId": "e"}), Mms("Here", media=[IMAGE]))
    assert str(request.url) == f"{BASE}/messages-api/1/messages"
    (told,) = json.loads(request.content)["messages"]
    assert told == {
        "channel": "MMS",
        "sender": "447700900001",
        "destinations": [{"to": BARE, "messageId": ID}],
        "content": {"body": {"type": "IMAGE", "url": IMAGE.url, "text": "Here"}},
        "options": {"adaptationMode": False, "validityPeriod": {"amount": 600, "timeUnit": "SECONDS"}},
        "webhooks": {"callbackData": KEY},
        "entityId": "e",
    }


def test_a_call_says_a_text_or_plays_a_recording() -> None:
    request = asked(infobip(language="fr"), Voice("Bonjour", voice="Lea"))
    assert str(request.url) == f"{BASE}/tts/3/advanced"
    assert json.loads(request.content) == {
        "messages": [
            {
                "from": "447700900001",
                "destinations": [{"to": BARE, "messageId": ID}],
                "text": "Bonjour",
                "language": "fr",
                "voice": {"name": "Lea"},
                "callbackData": KEY,
            }
        ]
    }
    assert message(Voice("Hi", language="en-GB"))["language"] == "en-gb"
    assert message(Voice("Ciao", language="it-IT"))["language"] == "it"
    assert message(Voice(audio=SOUND.url))["audioFileUrl"] == SOUND.url
    is_refused(infobip(), Voice("x" * 1401))


def test_a_machine_that_answers_opens_nothing() -> None:
    answered = {"answerTime": "2026-09-10T00:10:05.000+0000", "answeredBy": "MACHINE"}
    found = one(infobip(), call(call_report("DELIVERED", "DELIVERED_TO_HANDSET", **answered)))
    assert (found.kind, found.channel, found.address) == ("delivered", "voice", PHONE)
    declined = one(infobip(), call(call_report("REJECTED", "REJECTED")))
    assert (declined.code, declined.address_dead) == ("REJECTED", False)


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (
            Rcs("Hi", suggestions=[Reply("Yes", postback="y"), OpenUrl("See", "https://a.ee"), Dial("Call", PHONE)]),
            {
                "body": {"type": "TEXT", "text": "Hi"},
                "buttons": [
                    {"type": "REPLY", "text": "Yes", "postbackData": "y"},
                    {"type": "OPEN_URL", "text": "See", "url": "https://a.ee"},
                    {"type": "DIAL_PHONE", "text": "Call", "phoneNumber": PHONE},
                ],
            },
        ),
        (Rcs(file=PAPER), {"body": {"type": "DOCUMENT", "url": PAPER.url, "filename": "paper.pdf"}}),
        (
            Rcs(cards=[Card("One", "1", media=FILM, height="tall"), Card("Two", suggestions=[Reply("No")])]),
            {
                "body": {
                    "type": "CAROUSEL",
                    "cards": [
                        {
                            "body": {
                                "title": "One",
                                "text": "1",
                                "url": FILM.url,
                                "isVideo": True,
                                "cardOptions": {"height": "TALL"},
                            }
                        },
                        {
                            "body": {"title": "Two"},
                            "buttons": [{"type": "REPLY", "text": "No", "postbackData": "No"}],
                        },
                    ],
                }
            },
        ),
        (WhatsApp("Hi", header="H", footer="F"), {"body": {"type": "TEXT", "text": "H\n\nHi\n\nF"}}),
        (
            WhatsApp("Hi", header="H", footer="F", buttons=[Reply("Yes")]),
            {
                "header": {"type": "TEXT", "text": "H"},
                "body": {"type": "TEXT", "text": "Hi"},
                "footer": {"text": "F"},
                "buttons": [{"type": "REPLY", "text": "Yes", "postbackData": "Yes"}],
            },
        ),
        (
            WhatsApp("Hi", media=Media(FILM.url, caption="A film")),
            {"body": {"type": "VIDEO", "url": FILM.url, "text": "Hi\n\nA film"}},
        ),
    ],
)
def test_contents_in_infobip_s_form(content: Content, shown: Any) -> None:
    told = message(content)
    assert (told["channel"], told["content"]) == (content.channel.upper(), shown)


def test_a_template_goes_by_its_name() -> None:
    template = WhatsAppTemplate("order", "en_GB", parameters=["Ada", "7"], header="Hello", buttons=["", "a7", "C7"])
    told = message(WhatsApp(template=template), buttons={"order": ["url", "quick_reply", "copy_code"]})
    assert told["template"] == {"templateName": "order", "language": "en_GB"}
    assert told["content"] == {
        "header": {"type": "TEXT", "1": "Hello"},
        "body": {"type": "TEXT", "1": "Ada", "2": "7"},
        "buttons": [{"type": "QUICK_REPLY", "postbackData": "a7"}, {"type": "COPY_CODE", "code": "C7"}],
    }
    named = WhatsAppTemplate("order", "en", named={"name": "Ada"}, media=PAPER, buttons=["a7"])
    assert message(WhatsApp(template=named))["content"] == {
        "header": {"type": "DOCUMENT", "url": PAPER.url, "filename": "paper.pdf"},
        "body": {"type": "TEXT", "name": "Ada"},
        "buttons": [{"type": "OPEN_URL", "suffix": "a7"}],
    }


@pytest.mark.parametrize(
    "content",
    [
        Mms("x", media=[IMAGE, FILM]),
        Mms("x", media=[IMAGE], subject="S"),
        Mms("x", media=[SOUND]),
        Rcs(cards=[Card("One")]),
        Rcs(file=Media(IMAGE.url, caption="below")),
        Rcs(cards=[Card("One"), Card("Two", media=PAPER)]),
        WhatsApp("x", media=IMAGE, buttons=[Reply("Yes")]),
        WhatsApp(template=WhatsAppTemplate("order", "en", named={"type": "x"})),
    ],
)
def test_what_cannot_be_carried_whole_is_refused(content: Content) -> None:
    is_refused(infobip(), content)


def test_refusals_mean_what_the_table_says() -> None:
    outcomes(
        infobip(),
        {
            "accepted": (answer(), "accepted", ""),
            "key": (refusal(401, "UNAUTHORIZED"), "mend", ""),
            "scope": (refusal(403, "FORBIDDEN"), "mend", ""),
            "wrong": (refusal(400, "BAD_REQUEST"), "failed", ""),
            "newer form": (httpx.Response(400, json={"errorCode": "E400", "description": BARE}), "failed", ""),
            "busy": (refusal(429, "TOO_MANY_REQUESTS"), "retry", ""),
            "broken": (refusal(500, "GENERAL_ERROR"), "in_doubt", ""),
            "no id": (httpx.Response(200, json={"messages": []}), "in_doubt", ""),
            "credit": (answer("REJECTED", "REJECTED_NOT_ENOUGH_CREDITS"), "mend", ""),
            "flood": (answer("REJECTED", "REJECTED_FLOODING_FILTER"), "retry", ""),
            "number": (answer("REJECTED", "REJECTED_DESTINATION"), "failed", "dead"),
            "blocklist": (answer("REJECTED", "REJECTED_DESTINATION_BLOCKLISTED"), "failed", "opted_out"),
            "again": (answer("REJECTED", "REJECTED_DUPLICATE_MESSAGE_ID"), "in_doubt", ""),
            "new": (answer("REJECTED", "REJECTED_BY_A_NEW_RULE"), "failed", ""),
            "nameless": (answer("REJECTED", ""), "failed", ""),
        },
    )
    assert sent(infobip(), answer()).provider_id == ID
    assert "api_key" in sent(infobip(), refusal(401, "UNAUTHORIZED")).reason
    own = {"REJECTED_DND": ("opted_out", "the person's list.")}
    assert sent(infobip(errors=own), answer("REJECTED", "REJECTED_DND")).address == "opted_out"
    assert sent(infobip(sender=""), answer()).misconfigured


def logs(*entries: Mapping[str, Any]) -> httpx.Response:
    return httpx.Response(200, json={"results": entries, "cursor": {"limit": 50}})


def looked(answered: httpx.Response, since: int = SETTLING, **changes: Any) -> Outcome | None:
    outbound = delivery(since=context().now - since, **changes)
    return converse(infobip().look_up(outbound, context()), lambda _: answered)[0]


def test_a_doubtful_sms_is_looked_up_by_the_ids_of_its_attempts() -> None:
    """P33: only a log that is read, at a time when it is whole, proves absence."""
    outbound = delivery(attempt=2)
    (request,) = converse(infobip().look_up(outbound, context()), lambda _: logs())[1]
    assert (request.method, request.url.path) == ("GET", "/sms/3/logs")
    assert parse_qs(request.url.query.decode()) == {"messageId": [f"{KEY}-1,{KEY}-2"]}
    refused = {"messageId": ID, "status": state("REJECTED", "REJECTED_NOT_ENOUGH_CREDITS")}
    there = {"messageId": f"{KEY}-2", "status": state("DELIVERED", "DELIVERED_TO_HANDSET")}
    found = looked(logs(refused, there), attempt=2)
    assert found is not None
    assert (found.kind, found.provider_id) == ("accepted", f"{KEY}-2")
    assert looked(logs()) is None
    assert looked(logs(refused)) is None
    assert looked(logs({"messageId": "another's"})) is None
    for doubtful in (
        looked(logs(), SETTLING - 1),
        looked(logs(), KEPT + HOUR),
        looked(httpx.Response(404, json={"results": []})),
        looked(httpx.Response(200, json={})),
        looked(logs(), content=Rcs("x"), channel="rcs"),
    ):
        assert doubtful is not None
        assert doubtful.kind == "in_doubt"


@respx.mock
def test_it_drives_over_httpx() -> None:
    route = respx.post(f"{BASE}/sms/3/messages").mock(return_value=answer())
    conversation = infobip().send(delivery(), context())
    with httpx.Client() as client, pytest.raises(StopIteration) as end:
        conversation.send(client.send(next(conversation)))
    assert end.value.value.provider_id == ID
    assert json.loads(route.calls.last.request.content)["messages"][0]["content"] == {"text": TEXT}


def test_reports_have_their_delivery_and_their_instant() -> None:
    found = one(infobip(), call(report("DELIVERED", "DELIVERED_TO_HANDSET")))
    assert (found.key, found.provider_id, found.id) == (KEY, ID, f"{ID}:DELIVERED_TO_HANDSET")
    assert (found.channel, found.address, found.code) == ("rcs", PHONE, "")
    assert found.occurred == 1_788_999_000_500_000
    read = one(infobip(), call(seen()))
    assert (read.provider_id, read.channel, read.id, read.occurred) == (
        ID,
        "whatsapp",
        f"{ID}:opened",
        1_788_999_600_000_000,
    )
    older = one(infobip(), call(sms_report("DELIVERED", "DELIVERED_TO_HANDSET")))
    assert (older.channel, older.address, older.key, older.cost) == ("sms", PHONE, KEY, "")
    several = received(infobip(), call(seen(), report("EXPIRED", "EXPIRED_EXPIRED"), heard(said("Hi"))))
    assert kinds(several) == ["opened", "failed", "inbound"]


@pytest.mark.parametrize(
    ("group", "name", "error", "code", "dead", "refused"),
    [
        ("UNDELIVERABLE", "UNDELIVERABLE_NOT_DELIVERED", "EC_UNKNOWN_SUBSCRIBER", "EC_UNKNOWN_SUBSCRIBER", True, False),
        ("REJECTED", "REJECTED_DESTINATION", "NO_ERROR", "REJECTED_DESTINATION", True, False),
        ("UNDELIVERABLE", "X", "EC_SC_BLOCKED_BY_END_USER", "EC_SC_BLOCKED_BY_END_USER", False, True),
        ("UNDELIVERABLE", "X", "EC_ABSENT_SUBSCRIBER", "EC_ABSENT_SUBSCRIBER", False, False),
        ("UNDELIVERABLE", "X", "EC_NEW", "X", False, False),
        ("DELIVERED", "DELIVERED_TO_HANDSET", "EC_UNKNOWN_SUBSCRIBER", "", False, False),
    ],
)
def test_an_error_says_what_of_the_number(
    group: str, name: str, error: str, code: str, dead: bool, refused: bool
) -> None:
    found = one(infobip(), call(report(group, name, error)))
    assert (found.code, found.address_dead, found.refused) == (code, dead, refused)


def test_a_person_s_message_of_either_api() -> None:
    picture = {"type": "IMAGE", "url": IMAGE.url, "text": "50 % + 1 😀"}
    found = one(infobip(), call({**heard(picture, {"type": "URL", "url": "x"}), "pairedMessageId": ID}))
    assert (found.text, found.address, found.channel, found.provider_id) == ("50 % + 1 😀", PHONE, "whatsapp", ID)
    tapped = {"type": "BUTTON_REPLY", "text": "Cancel", "id": "c", "payload": "c"}
    assert kinds(received(infobip(), call(heard(tapped)))) == ["inbound"]
    assert kinds(received(infobip(), call(heard({**tapped, "text": "Stop"})))) == ["unsubscribed", "inbound"]
    older = one(infobip(), call(sms_heard("Hi")))
    assert (older.text, older.address, older.channel, older.id) == ("Hi", PHONE, "sms", "inbound:in-2")
    own = infobip(keywords={"stop": ["basta cosi"]})
    assert kinds(received(own, call(sms_heard("basta cosi")))) == ["unsubscribed", "inbound"]


def test_another_login_is_not_believed_and_what_is_no_report_is_malformed() -> None:
    """P46: both logins are compared in constant time."""
    with pytest.raises(BadSignature):
        received(infobip(), call(seen(), login="hook:other"))
    with pytest.raises(BadSignature):
        received(infobip(logins=()), call(seen()))
    headers = {"Authorization": basic_login("hook", "the-secret")}
    for body in (b"{", b"\xff", b""):
        with pytest.raises(MalformedWebhook):
            received(infobip(), Request("POST", HOOK, headers, body))
    assert received(infobip(), Request("POST", HOOK, headers, b"[1]")).receipts == ()
    odd = Request("POST", HOOK, headers, b'{"results": [{"content": 7, "receivedAt": {}}, {"status": []}]}')
    assert kinds(received(infobip(), odd)) == ["inbound", "unknown"]


@pytest.mark.parametrize(
    "settings",
    [
        {"api_key": ""},
        {"base_url": "xxxxx.api.infobip.com"},
        {"validity": 172_801},
        {"sender": {"push": "x"}},
        {"keywords": {"halt": ["x"]}},
        {"logins": ""},
    ],
)
def test_settings_that_cannot_work_are_errors_at_once(settings: Any) -> None:
    with pytest.raises(ConfigurationError):
        infobip(**settings)

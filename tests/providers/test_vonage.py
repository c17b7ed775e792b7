"""Vonage's codec against its documentation (stored copies read on 2026-11-22; pages in the codec's docstring)."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import Any

import httpx
import pytest
import respx

from tests.providers.suite import HOOK, KEY, NOW, STAMP, context, one, received
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
    Dial,
    Media,
    Mms,
    OpenUrl,
    Rcs,
    Reply,
    Sms,
    Voice,
    WhatsApp,
    WhatsAppTemplate,
)
from unichannel.errors import BadSignature, ConfigurationError
from unichannel.ports import Request
from unichannel.providers._shared.jws import hs256, jws
from unichannel.providers.vonage import ERRORS, Vonage

SECRET = "signature-secret"
UUID = "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab"
ACCEPTED = {"message_uuid": UUID}
AT = "2026-09-10T00:10:00.000Z"
IMAGE = Media("https://example.com/image.jpg")


def vonage(**settings: Any) -> Vonage:
    given = {"account": ("abcd1234", "the-secret"), "sender": SENDER, "signature_secret": SECRET, **settings}
    return Vonage(**given)


@cache
def pem() -> str:
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def call(event: Any, secret: str = SECRET, url: str = HOOK, **claims: Any) -> Request:
    """A signed webhook (messages/concepts/signed-webhooks)."""
    body = json.dumps(event, separators=(",", ":")).encode()
    named = {"iat": int(STAMP), "jti": "1", "iss": "Vonage", "payload_hash": hashlib.sha256(body).hexdigest()}
    token = jws("HS256", {**named, "api_key": "abcd1234", **claims}, partial(hs256, secret))
    return Request("POST", url, {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}, body)


def status(kind: str, **more: Any) -> dict[str, Any]:
    """The example of api/messages, "Message Status"."""
    told = {"message_uuid": UUID, "to": BARE, "from": "447700900001", "timestamp": AT, "status": kind}
    return {**told, "client_ref": KEY, "channel": "sms", **more}


def problem(code: Any) -> dict[str, Any]:
    """An error of a status, as the documentation's example has it."""
    kind = f"https://developer.vonage.com/api-errors/messages#{code}"
    return {"error": {"type": kind, "title": code, "detail": f"About {BARE}", "instance": "bf0ca0bf"}}


def inbound(text: str, **more: Any) -> dict[str, Any]:
    told = {"channel": "sms", "message_uuid": "bbbbbbbb", "to": "447700900001", "from": BARE, "timestamp": AT}
    return {**told, "message_type": "text", "text": text, **more}


def phoned(kind: str, **more: Any) -> dict[str, Any]:
    """An event of a call (voice/voice-api/webhook-reference)."""
    told = {"from": "447700900001", "to": BARE, "uuid": "cccccccc", "conversation_uuid": "CON-1", "status": kind}
    return {**told, "direction": "outbound", "timestamp": AT, **more}


def refusal(status: int, code: str) -> httpx.Response:
    kind = f"https://developer.vonage.com/api-errors/messages#{code}"
    return httpx.Response(status, json={"type": kind, "title": "x", "detail": f"About {BARE}", "instance": "i"})


class TestConformance(TextConformance):
    make = staticmethod(vonage)
    turned = ("signature_secret", SECRET, "new")
    signature_headers = ("Authorization",)
    window = 90_000

    @pytest.fixture
    def accepting(self) -> httpx.Response:
        return httpx.Response(202, json=ACCEPTED)

    @pytest.fixture
    def refusing(self) -> httpx.Response:
        return refusal(422, "1430")

    @pytest.fixture
    def webhooks(self) -> Sequence[tuple[Request, Sequence[str]]]:
        return (
            (call(status("submitted", usage={"currency": "EUR", "price": "0.0333"})), ["sent"]),
            (call(status("delivered")), ["delivered"]),
            (call(status("rejected", **problem(1190))), ["bounced"]),
            (call(status("teleported")), ["unknown"]),
            (call(inbound("See you at 5")), ["inbound"]),
            (call(inbound("STOP", message_uuid="d")), ["unsubscribed", "inbound"]),
            (call(phoned("ringing")), ["sent"]),
            (call(phoned("answered")), ["opened"]),
            (call(phoned("completed")), ["delivered"]),
        )


class TestRequest:
    def test_an_sms_is_that_of_the_documentation(self) -> None:
        request = asked(vonage())
        assert (request.method, str(request.url)) == ("POST", "https://api.nexmo.com/v1/messages")
        assert request.headers["Authorization"] == "Basic " + base64.b64encode(b"abcd1234:the-secret").decode()
        assert json.loads(request.content) == {
            "channel": "sms",
            "to": BARE,
            "from": "447700900001",
            "message_type": "text",
            "text": TEXT,
            "client_ref": KEY,
            "webhook_url": HOOK,
            "webhook_version": "v1",
        }

    def test_an_application_signs_a_token_for_each_request(self) -> None:
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        request = asked(vonage(account=None, application=("app-id", pem())))
        signed, _, signature = request.headers["Authorization"].removeprefix("Bearer ").rpartition(".")
        header, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in signed.split("."))
        assert header == {"alg": "RS256", "typ": "JWT"}
        seconds = int(STAMP)
        assert claims == {"application_id": "app-id", "iat": seconds, "exp": seconds + 900, "jti": "78" * 16}
        public: Any = load_pem_private_key(pem().encode(), None).public_key()
        public.verify(base64.urlsafe_b64decode(signature + "=="), signed.encode(), PKCS1v15(), SHA256())

    def test_validity_extra_and_another_sender(self) -> None:
        provider = vonage(validity=600, extra={"sms": {"entity_id": "7"}})
        body = asked_json(provider, Sms(TEXT, sender="Acme"))
        assert (body["ttl"], body["sms"], body["from"]) == (600, {"entity_id": "7"}, "Acme")
        assert "webhook_url" not in asked_json(vonage(), callback_url="")

    def test_an_mms_has_one_file_or_several(self) -> None:
        body = asked_json(vonage(), Mms("Here", media=[IMAGE]))
        assert (body["channel"], body["message_type"]) == ("mms", "image")
        assert body["image"] == {"url": IMAGE.url, "caption": "Here"}
        card = Media("https://example.com/ada.vcf")
        several = asked_json(
            vonage(), Mms("Here", media=[IMAGE, Media("https://example.com/a.pdf", caption="A"), card])
        )
        assert several["message_type"] == "content"
        assert several["content"] == [
            {"type": "image", "url": IMAGE.url, "caption": "Here"},
            {"type": "file", "url": "https://example.com/a.pdf", "caption": "A"},
            {"type": "vcard", "url": card.url},
        ]

    def test_rcs_in_each_of_its_forms(self) -> None:
        assert asked_json(vonage(), Rcs("Hello"))["text"] == "Hello"
        tapped = [Dial("Call us", "+447900000000"), OpenUrl("Visit site", "http://example.com/")]
        help = asked_json(vonage(), Rcs("Need some help?", suggestions=[*tapped, Reply("No", postback="n")]))
        assert help["message_type"] == "custom"
        assert help["custom"]["contentMessage"] == {
            "text": "Need some help?",
            "suggestions": [
                {
                    "action": {
                        "text": "Call us",
                        "postbackData": "Call us",
                        "dialAction": {"phoneNumber": "+447900000000"},
                    }
                },
                {
                    "action": {
                        "text": "Visit site",
                        "postbackData": "Visit site",
                        "openUrlAction": {"url": "http://example.com/"},
                    }
                },
                {"reply": {"text": "No", "postbackData": "n"}},
            ],
        }
        card = Card("Quick question", "Do you like it?", media=IMAGE, height="tall", suggestions=[Reply("Yes")])
        content = {
            "title": "Quick question",
            "description": "Do you like it?",
            "media": {"height": "TALL", "contentInfo": {"fileUrl": IMAGE.url}},
            "suggestions": [{"reply": {"text": "Yes", "postbackData": "Yes"}}],
        }
        alone = asked_json(vonage(), Rcs(cards=[card]))["custom"]["contentMessage"]
        assert alone == {"richCard": {"standaloneCard": {"cardOrientation": "VERTICAL", "cardContent": content}}}
        both = asked_json(vonage(), Rcs(cards=[card, Card("Second")]))["custom"]["contentMessage"]
        assert both["richCard"]["carouselCard"] == {
            "cardWidth": "MEDIUM",
            "cardContents": [content, {"title": "Second"}],
        }
        file = asked_json(vonage(), Rcs(file=IMAGE))["custom"]["contentMessage"]
        assert file == {"contentInfo": {"fileUrl": IMAGE.url}}

    def test_a_whatsapp_template_with_all_its_places(self) -> None:
        place = {"parameters": ["Anand", "Quest"], "media": IMAGE, "buttons": ["1Z99", ""]}
        body = asked_json(vonage(), WhatsApp(template=WhatsAppTemplate("shipped", "en", **place)))
        assert (body["channel"], body["message_type"]) == ("whatsapp", "custom")
        assert body["custom"] == {
            "type": "template",
            "template": {
                "name": "shipped",
                "language": {"policy": "deterministic", "code": "en"},
                "components": [
                    {"type": "header", "parameters": [{"type": "image", "image": {"link": IMAGE.url}}]},
                    {
                        "type": "body",
                        "parameters": [{"type": "text", "text": "Anand"}, {"type": "text", "text": "Quest"}],
                    },
                    {
                        "type": "button",
                        "sub_type": "url",
                        "index": "0",
                        "parameters": [{"type": "text", "text": "1Z99"}],
                    },
                ],
            },
        }
        named = asked_json(vonage(), WhatsApp(template=WhatsAppTemplate("t", "en", named={"name": "Ada"}, header="H")))
        assert named["custom"]["template"]["components"] == [
            {"type": "header", "parameters": [{"type": "text", "text": "H"}]},
            {"type": "body", "parameters": [{"type": "text", "text": "Ada", "parameter_name": "name"}]},
        ]

    def test_whatsapp_free_form(self) -> None:
        text = asked_json(vonage(validity=600), WhatsApp("Hello", header="Hi", footer="Bye"))
        assert (text["message_type"], text["text"]) == ("text", "Hi\n\nHello\n\nBye")
        assert "ttl" not in text
        file = asked_json(vonage(), WhatsApp("Read it", media=Media("https://example.com/a.pdf")))
        assert file["file"] == {"url": "https://example.com/a.pdf", "caption": "Read it", "name": "a.pdf"}
        replies = asked_json(
            vonage(), WhatsApp("Coming?", footer="F", buttons=[Reply("Yes", postback="y"), Reply("No")])
        )
        assert replies["custom"] == {
            "type": "interactive",
            "interactive": {
                "body": {"text": "Coming?"},
                "footer": {"text": "F"},
                "type": "button",
                "action": {
                    "buttons": [
                        {"type": "reply", "reply": {"id": "y", "title": "Yes"}},
                        {"type": "reply", "reply": {"id": "No", "title": "No"}},
                    ]
                },
            },
        }
        link = asked_json(vonage(), WhatsApp("Look", media=IMAGE, buttons=[OpenUrl("See", "https://example.com")]))
        assert link["custom"]["interactive"]["header"] == {"type": "image", "image": {"link": IMAGE.url}}
        assert link["custom"]["interactive"]["action"] == {
            "name": "cta_url",
            "parameters": {"display_text": "See", "url": "https://example.com"},
        }

    def test_a_call_says_a_text_or_plays_a_recording(self) -> None:
        provider = vonage(account=None, application=("app-id", pem()))
        request = asked(provider, Voice("Bonjour", language="fr-FR", voice="2"))
        assert str(request.url) == "https://api.nexmo.com/v1/calls"
        assert json.loads(request.content) == {
            "to": [{"type": "phone", "number": BARE}],
            "from": {"type": "phone", "number": "447700900001"},
            "ncco": [{"action": "talk", "text": "Bonjour", "language": "fr-FR", "style": 2}],
            "event_url": [HOOK],
            "event_method": "POST",
        }
        played = asked_json(provider, Voice(audio="https://example.com/a.mp3"))
        assert played["ncco"] == [{"action": "stream", "streamUrl": ["https://example.com/a.mp3"]}]
        assert (
            sent(provider, httpx.Response(201, json={"uuid": "u", "status": "started"}), Voice("Hi")).provider_id == "u"
        )

    def test_what_cannot_be_carried_whole_is_refused(self) -> None:
        calls = vonage(account=None, application=("app-id", pem()))
        for provider, content in (
            (vonage(), Sms("x" * 1001)),
            (vonage(), Mms("x", media=[IMAGE], subject="S")),
            (vonage(), Rcs(file=Media(IMAGE.url, caption="below"))),
            (vonage(), Rcs(cards=[Card("A", media=Media(IMAGE.url, caption="below"))])),
            (vonage(), WhatsApp("words", media=Media("https://example.com/a.mp3"))),
            (calls, Voice("x", voice="Amy")),
            (calls, Voice("x" * 1501)),
        ):
            is_refused(provider, content)

    def test_senders_by_channel_say_what_is_served(self) -> None:
        provider = vonage(sender={"sms": "Acme", "rcs": "AcmeAgent"})
        assert provider.channels == {"sms", "rcs"}
        assert asked_json(provider, Rcs("Hello"))["from"] == "AcmeAgent"
        assert "replied" not in provider.abilities.reports
        assert vonage().abilities.reports == {"delivered", "opened", "bounced", "replied"}
        assert vonage(signature_secret=()).abilities.reports == set()
        assert "voice" not in vonage().channels
        assert sent(vonage(sender=""), httpx.Response(202)).misconfigured

    @pytest.mark.parametrize(
        "settings",
        [
            {"account": None},
            {"application": ("a", "b")},
            {"account": ("a", "")},
            {"account": None, "application": ("id", "no pem")},
            {"validity": 60},
            {"sender": {"email": "x"}},
            {"sender": {"voice": SENDER}},
            {"keywords": {"halt": ["x"]}},
            {"signature_secret": ["", "x"]},
        ],
    )
    def test_settings_that_cannot_work_are_errors_at_once(self, settings: Any) -> None:
        with pytest.raises(ConfigurationError):
            vonage(**settings)


class TestAnswer:
    def test_refusals_mean_what_the_table_says(self) -> None:
        outcomes(
            vonage(),
            {
                "accepted": (httpx.Response(202, json=ACCEPTED), "accepted", ""),
                "login": (refusal(401, "unauthorized"), "mend", ""),
                "credit": (refusal(402, "low-balance"), "mend", ""),
                "sender": (refusal(422, "1120"), "mend", ""),
                "busy": (refusal(429, "throttled"), "retry", ""),
                "opted out": (refusal(422, "1240"), "failed", "opted_out"),
                "no number": (refusal(422, "1170"), "failed", "dead"),
                "not in this network": (refusal(422, "1430"), "failed", ""),
                "new": (refusal(422, "9999"), "failed", ""),
                "no id": (httpx.Response(202, json={}), "in_doubt", ""),
                "broken": (httpx.Response(500), "in_doubt", ""),
            },
        )

    def test_wrong_credentials_are_told_as_what_to_mend(self) -> None:
        outcome = sent(vonage(), refusal(401, "unauthorized"))
        assert (outcome.code, outcome.kind) == ("unauthorized", "retry")
        assert ERRORS["unauthorized"].meaning == "configuration"
        assert "application or account" in outcome.reason

    def test_the_host_knows_better(self) -> None:
        provider = vonage(errors={"1430": ("dead", "no number.")})
        assert sent(provider, refusal(422, "1430")).address == "dead"

    @respx.mock
    def test_it_drives_over_httpx(self) -> None:
        route = respx.post("https://api.nexmo.com/v1/messages").mock(return_value=httpx.Response(202, json=ACCEPTED))
        conversation = vonage().send(delivery(), context())
        with httpx.Client() as client, pytest.raises(StopIteration) as end:
            conversation.send(client.send(next(conversation)))
        assert end.value.value.provider_id == UUID
        assert json.loads(route.calls.last.request.content)["text"] == TEXT


class TestReceipts:
    @pytest.mark.parametrize(
        ("told", "kind"),
        [("submitted", "sent"), ("delivered", "delivered"), ("read", "opened"), ("undeliverable", "failed")],
    )
    def test_a_status_finds_its_delivery(self, told: str, kind: str) -> None:
        found = one(vonage(), call(status(told, channel="whatsapp")))
        assert (found.kind, found.key, found.provider_id, found.id) == (kind, KEY, UUID, f"{UUID}:{told}")
        assert (found.channel, found.address, found.occurred) == ("whatsapp", PHONE, NOW - 1_000_000_000)

    @pytest.mark.parametrize(
        ("code", "kind", "dead", "refused"),
        [
            (1190, "bounced", True, False),
            (1240, "rejected", False, True),
            (1360, "rejected", False, False),
            (9999, "rejected", False, False),
        ],
    )
    def test_an_error_says_what_of_the_number(self, code: Any, kind: str, dead: bool, refused: bool) -> None:
        for written in (code, str(code)):
            found = one(vonage(), call(status("rejected", **problem(written))))
            assert (found.kind, found.address_dead, found.refused, found.code) == (kind, dead, refused, str(code))

    @pytest.mark.parametrize(
        ("usage", "cost"),
        [
            ({"currency": "EUR", "price": "0.0333"}, "0.0333 EUR"),
            ({"currency": "EUR", "price": ""}, ""),
            ({"currency": "?", "price": "1"}, ""),
            ("free", ""),
        ],
    )
    def test_the_price_is_told(self, usage: Any, cost: str) -> None:
        assert one(vonage(), call(status("submitted", usage=usage))).cost == cost

    @pytest.mark.parametrize(
        ("told", "kind"),
        [("started", "queued"), ("busy", "bounced"), ("machine", "delivered"), ("failed", "failed"), ("x", "unknown")],
    )
    def test_a_call_is_known_by_its_url(self, told: str, kind: str) -> None:
        found = one(vonage(), call(phoned(told)))
        assert (found.kind, found.key, found.channel, found.provider_id) == (kind, KEY, "voice", "cccccccc")
        assert one(vonage(), call(phoned(told, direction="inbound"))).kind == "unknown"

    def test_what_a_person_says_and_taps(self) -> None:
        found = one(vonage(), call(inbound("Thanks 😀")))
        assert (found.text, found.address, found.channel, found.key) == ("Thanks 😀", PHONE, "sms", "")
        tapped = inbound("", message_type="reply", channel="whatsapp", reply={"id": "y", "title": "Later"})
        assert one(vonage(), call(tapped)).text == "Later"

    def test_stop_and_start_and_the_hosts_words(self) -> None:
        def read(words: str, **settings: Any) -> list[str]:
            return kinds(received(vonage(**settings), call(inbound(words))))

        assert read("Stop!") == ["unsubscribed", "inbound"]
        assert read("START") == ["subscribed", "inbound"]
        assert read("don't stop") == ["inbound"]
        assert read("basta cosi", keywords={"stop": ["basta cosi"]}) == ["unsubscribed", "inbound"]
        (first, _) = received(vonage(), call(inbound("STOP"))).receipts
        assert not first.refused, "whether Vonage keeps the opt-out is not told"


class TestSignature:
    def test_without_a_secret_nothing_is_believed(self) -> None:
        """P46: naming the account is no signature."""
        with pytest.raises(BadSignature):
            received(vonage(signature_secret=()), call(status("delivered")))

    @pytest.mark.parametrize(
        "claims", [{"payload_hash": "0" * 64}, {"payload_hash": None}, {"iat": None}, {"iat": int(STAMP) - 90_001}]
    )
    def test_a_token_for_something_else_is_refused(self, claims: Mapping[str, Any]) -> None:
        with pytest.raises(BadSignature):
            received(vonage(), call(status("delivered"), **claims))

    def test_only_the_one_algorithm_is_believed(self) -> None:
        body = b"{}"
        claims = {"iat": int(STAMP), "payload_hash": hashlib.sha256(body).hexdigest()}
        for algorithm in ("none", "HS512", "RS256"):
            token = jws(algorithm, claims, partial(hs256, SECRET))
            for given in (token, token.rpartition(".")[0] + "."):
                with pytest.raises(BadSignature):
                    received(vonage(), Request("POST", HOOK, {"Authorization": f"Bearer {given}"}, body))

    def test_an_unsigned_look_is_answered(self) -> None:
        assert received(vonage(), Request("GET", HOOK)).answer.status == 200  # type: ignore[union-attr]

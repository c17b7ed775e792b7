"""Twilio's other channels: MMS, WhatsApp, RCS and calls (pages in the codec's docstring)."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from tests.providers.test_twilio import (
    HOOK,
    KEY,
    NUMBER,
    SENDER,
    SERVICE,
    SID,
    TEXT,
    call,
    context,
    delivery,
    problem,
    receive,
    twilio,
)
from unichannel.core.messaging.content import Content, Media, Mms, Rcs, Reply, Sms, Voice, WhatsApp, WhatsAppTemplate
from unichannel.errors import ConfigurationError
from unichannel.ports import Outcome, Receipt
from unichannel.providers._shared.twilio_words import CALLS
from unichannel.providers.twilio import ERRORS, Twilio
from unichannel.testing.conformance.provider import converse

PICTURE = Media("https://x.org/a.jpg")
SOUND = Media("https://x.org/a.mp3")
CALL_SID = "CA" + "f" * 32
HELLO = WhatsApp(template=WhatsAppTemplate("hello", "en_GB", parameters=["Ada", "7"]))


def asked(channel: str, content: Content, **settings: Any) -> tuple[httpx.Request, dict[str, list[str]]]:
    """The request of a send and its form."""
    provider: Twilio = twilio(**settings)
    _, requests = converse(provider.send(delivery(channel=channel, content=content), context()), lambda _: problem(1))
    return requests[0], parse_qs(requests[0].content.decode(), keep_blank_values=True)


def sent(channel: str, content: Content, answer: httpx.Response, **settings: Any) -> tuple[Outcome, int]:
    outcome, requests = converse(
        twilio(**settings).send(delivery(channel=channel, content=content), context()), lambda _: answer
    )
    return outcome, len(requests)


class TestMessages:
    def test_files_repeat_and_what_is_said_of_them_is_the_text(self) -> None:
        content = Mms("Here it is", subject="Shoes", media=[PICTURE, Media("https://x.org/b.png", caption="Red")])
        _, form = asked("mms", content)
        assert form["MediaUrl"] == ["https://x.org/a.jpg", "https://x.org/b.png"]
        assert (form["Body"], form["To"], form["From"]) == (["Shoes\n\nHere it is\n\nRed"], [NUMBER], [SENDER])
        assert "Body" not in asked("mms", Mms(media=[PICTURE], sender="+15550001111"))[1]

    def test_whatsapp_has_its_name_before_both_numbers_and_a_sender_of_its_own(self) -> None:
        _, form = asked("whatsapp", WhatsApp("Hi", media=PICTURE), senders={"whatsapp": "+14155238886"})
        assert (form["To"], form["From"]) == ([f"whatsapp:{NUMBER}"], ["whatsapp:+14155238886"])
        assert (form["Body"], form["MediaUrl"], form["StatusCallback"]) == (["Hi"], [PICTURE.url], [HOOK])
        assert asked("sms", Sms(TEXT), senders={"whatsapp": "+14155238886"})[1]["From"] == [SENDER]
        assert asked("whatsapp", WhatsApp("Hi"), sender=SERVICE)[1]["MessagingServiceSid"] == [SERVICE]

    def test_a_template_goes_by_twilio_s_id(self) -> None:
        _, form = asked("whatsapp", HELLO, templates={"hello": "HX1", "hello/en_GB": "HX2"})
        assert form["ContentSid"] == ["HX2"]
        assert json.loads(form["ContentVariables"][0]) == {"1": "Ada", "2": "7"}
        named = WhatsApp(template=WhatsAppTemplate("hello", "fr", named={"first_name": "Zoé"}))
        _, form = asked("whatsapp", named, templates={"hello": "HX1"})
        assert (form["ContentSid"], json.loads(form["ContentVariables"][0])) == (["HX1"], {"first_name": "Zoé"})

    def test_rcs_carries_texts_and_files(self) -> None:
        _, form = asked("rcs", Rcs("Hi"), senders={"rcs": "brand_agent"})
        assert (form["To"], form["From"], form["Body"]) == ([f"rcs:{NUMBER}"], ["rcs:brand_agent"], ["Hi"])
        assert asked("rcs", Rcs(file=PICTURE))[1]["MediaUrl"] == [PICTURE.url]

    @pytest.mark.parametrize(
        ("channel", "content"),
        [
            ("whatsapp", WhatsApp("Coming?", buttons=[Reply("Yes")])),
            ("whatsapp", WhatsApp("Listen", media=SOUND)),
            ("whatsapp", HELLO),
            ("whatsapp", WhatsApp(template=WhatsAppTemplate("known", "en_GB", header="Tonight"))),
            ("rcs", Rcs("Hi", suggestions=[Reply("Yes")])),
            ("voice", Voice("x" * 4_000)),
            ("voice", Sms("not said")),
            ("sms", Voice("said")),
        ],
    )
    def test_what_twilio_cannot_carry_is_refused_before_anything_is_asked(self, channel: str, content: Content) -> None:
        outcome, requests = sent(channel, content, httpx.Response(201), templates={"known": "HX1"})
        assert (outcome.kind, outcome.code, requests) == ("failed", "unsupported_content", 0)

    def test_what_was_said_on_whatsapp_is_found_there(self) -> None:
        outbound = delivery(channel="whatsapp", content=WhatsApp("Hello"))
        _, requests = converse(twilio().look_up(outbound, context()), lambda _: httpx.Response(200, json={}))
        assert requests[0].url.params["To"] == f"whatsapp:{NUMBER}"
        for content, channel in ((HELLO, "whatsapp"), (Mms(media=[PICTURE]), "mms"), (Voice("Hello"), "voice")):
            doubtful = delivery(channel=channel, content=content)
            outcome, requests = converse(twilio().look_up(doubtful, context()), lambda _: httpx.Response(200))
            assert outcome is not None
            assert (outcome.kind, requests) == ("in_doubt", [])

    @pytest.mark.parametrize(
        ("code", "kind"), [(63016, "failed"), (63024, "failed"), (21655, "misconfigured"), (63018, "retry")]
    )
    def test_refusals_of_whatsapp_blame_no_address(self, code: int, kind: str) -> None:
        outcome, _ = sent("whatsapp", WhatsApp("Hi"), problem(code))
        assert (outcome.address, ERRORS[str(code)].kind, outcome.kind == "failed") == ("", kind, kind == "failed")
        assert outcome.misconfigured == (kind == "misconfigured")

    def test_settings_that_cannot_work_are_errors_at_once(self) -> None:
        with pytest.raises(ConfigurationError):
            twilio(senders={"pigeon": "+1"})
        assert "replied" in twilio(sender="ACME", senders={"whatsapp": "whatsapp:+14155238886"}).abilities.reports


class TestCalls:
    def test_a_text_is_said_and_a_recording_played(self) -> None:
        request, form = asked("voice", Voice("1 < 2 & 3", language="en-GB", voice="Polly.Amy"))
        assert str(request.url) == f"https://api.twilio.com/2010-04-01/Accounts/{SID}/Calls.json"
        assert form == {
            "To": [NUMBER],
            "From": [SENDER],
            "Twiml": ['<Response><Say language="en-GB" voice="Polly.Amy">1 &lt; 2 &amp; 3</Say></Response>'],
            "StatusCallback": [HOOK],
            "StatusCallbackEvent": ["initiated", "ringing", "answered", "completed"],
        }
        _, form = asked("voice", Voice(audio="https://x.org/a.mp3?x=1&y=2"), calling={"MachineDetection": "Enable"})
        assert form["Twiml"] == ["<Response><Play>https://x.org/a.mp3?x=1&amp;y=2</Play></Response>"]
        assert form["MachineDetection"] == ["Enable"]

    def test_what_a_person_is_called_cannot_be_a_mark(self) -> None:
        content = Voice("Hello </Say><Dial>+19005550000</Dial>\x07")
        assert "<Dial>" not in asked("voice", content)[1]["Twiml"][0]
        assert "\x07" not in asked("voice", content)[1]["Twiml"][0]

    def test_messages_own_parameters_are_not_the_calls(self) -> None:
        assert "ValidityPeriod" not in asked("voice", Voice("Hi"), validity=60)[1]

    @pytest.mark.parametrize("sender", [SERVICE, "ACME", ""])
    def test_a_call_is_from_a_number(self, sender: str) -> None:
        assert sent("voice", Voice("Hi"), httpx.Response(201), sender=sender)[0].kind == "retry"
        assert asked("voice", Voice("Hi"), sender=sender, senders={"voice": "+15550001111"})[1]["From"] == [
            "+15550001111"
        ]

    def test_201_is_acceptance(self) -> None:
        answer = {
            "sid": CALL_SID,
            "status": "queued",
            "to": NUMBER,
            "from": SENDER,
            "price": None,
            "date_created": None,
        }
        outcome, _ = sent("voice", Voice("Hi"), httpx.Response(201, json=answer))
        assert (outcome.kind, outcome.provider_id) == ("accepted", CALL_SID)


def called(status: str, **more: str) -> tuple[Receipt, ...]:
    given = {"CallSid": CALL_SID, "CallStatus": status, "Direction": "outbound-api", "To": NUMBER, "From": SENDER}
    return receive(call({"AccountSid": SID, **given, **more})).receipts


@pytest.mark.parametrize("status", CALLS)
def test_each_status_of_a_call_is_told(status: str) -> None:
    found = called(status)
    assert tuple(one.kind for one in found) == CALLS[status]
    assert len({one.id for one in found}) == len(found)
    assert {(one.key, one.provider_id, one.channel, one.address) for one in found} == {(KEY, CALL_SID, "voice", NUMBER)}


def test_a_machine_that_answers_is_no_person() -> None:
    """P34: an answering machine would stop the ladder that was to reach somebody."""
    told = {one.kind: one.machine for one in called("completed", AnsweredBy="machine_start")}
    assert told == {"delivered": False, "opened": True}
    assert not called("in-progress", AnsweredBy="human")[0].machine


def test_who_calls_us_is_unknown() -> None:
    (found,) = called("ringing", Direction="inbound", To=SENDER, From=NUMBER)
    assert (found.kind, found.address) == ("unknown", NUMBER)
    assert [one.kind for one in called("dancing")] == ["unknown"]


def test_yes_on_whatsapp_is_an_answer_and_on_sms_a_wish() -> None:
    def said(text: str, sender: str, **more: str) -> list[str]:
        given = {"MessageSid": "SM" + "b" * 32, "SmsStatus": "received", "From": sender, "Body": text, **more}
        return [one.kind for one in receive(call(given)).receipts]

    assert said("Yes", f"whatsapp:{NUMBER}") == ["inbound"]
    assert said("Yes", NUMBER) == ["subscribed", "inbound"]
    assert said("Cancel", f"whatsapp:{NUMBER}", ButtonPayload="c") == ["inbound"]
    assert said("Stop", f"whatsapp:{NUMBER}", ButtonPayload="s") == ["unsubscribed", "inbound"]

"""The way out that each channel has: STOP and START, as each service tells of them, through an engine (G2, G3).

A STOP belongs to the address in the family of its channel: RCS shares one with texts, WhatsApp has its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
from tests.providers import test_bird as bird
from tests.providers import test_brevo as brevo
from tests.providers import test_d360 as d360
from tests.providers import test_infobip as infobip
from tests.providers import test_line as line
from tests.providers import test_mandrill as mandrill
from tests.providers import test_messenger as messenger
from tests.providers import test_postmark as postmark
from tests.providers import test_sinch as sinch_sms
from tests.providers import test_sinch_conversations as sinch
from tests.providers import test_slack as slack
from tests.providers import test_telegram as telegram
from tests.providers import test_twilio as twilio
from tests.providers import test_viber as viber
from tests.providers import test_vonage as vonage
from tests.providers import test_whatsapp as whatsapp
from tests.providers.suite import NOW

from unichannel import Category, Email, Engine, MemoryStore, Message, Profile, Request, Sms, consent
from unichannel.channels import Chat, Content, Rcs, WhatsApp, WhatsAppTemplate
from unichannel.ports import Context, Provider
from unichannel.providers._shared.letters import inbound
from unichannel.testing import ManualClock, RecordingTransport

CATEGORIES = [Category("news", quiet_hours=False), Category("order", purpose="transactional")]
CONTENTS: dict[str, Content] = {
    "email": Email("New shoes", text="New shoes"),
    "chat": Chat("New shoes"),
    "rcs": Rcs("New shoes"),
    "sms": Sms("New shoes"),
    "whatsapp": WhatsApp(template=WhatsAppTemplate("hello", "en_GB")),
}


@dataclass(frozen=True)
class Service:
    """A codec on a channel, and a person's message of its."""

    make: Callable[[], Provider]
    said: Callable[[str], Request]
    channel: str
    address: str
    hears_start: bool = True


def _vonage(channel: str) -> Callable[[str], Request]:
    return lambda words: vonage.call(vonage.inbound(words, channel=channel, message_uuid=words))


def _infobip(channel: str) -> Callable[[str], Request]:
    return lambda words: infobip.call({**infobip.heard(infobip.said(words), id=words), "channel": channel})


def _twilio(channel: str) -> Callable[[str], Request]:
    given = {"From": f"{channel}:{twilio.NUMBER}", "To": f"{channel}:{twilio.SENDER}"}
    return lambda words: twilio.text_call(words, MessageSid=f"SM{words}", **given)


def _mailed(request: Request) -> Callable[[str], Request]:
    return lambda words: replace(request, body=request.body.replace(b'"Yes', f'"{words}'.encode()))


PHONE = f"+{vonage.BARE}"
SERVICES = {
    "WhatsApp by Meta": Service(
        whatsapp.whatsapp,
        lambda words: whatsapp.message("text", id=words, text={"body": words}),
        "whatsapp",
        whatsapp.TO,
    ),
    "WhatsApp by 360dialog": Service(
        d360.d360,
        lambda words: d360.call(whatsapp.message("text", id=words, text={"body": words})),
        "whatsapp",
        whatsapp.TO,
    ),
    "WhatsApp by Twilio": Service(
        lambda: twilio.twilio(senders={"whatsapp": twilio.SENDER}), _twilio("whatsapp"), "whatsapp", twilio.NUMBER
    ),
    "WhatsApp by Infobip": Service(infobip.infobip, _infobip("WHATSAPP"), "whatsapp", PHONE),
    "WhatsApp by Vonage": Service(vonage.vonage, _vonage("whatsapp"), "whatsapp", PHONE),
    "RCS by Infobip": Service(infobip.infobip, _infobip("RCS"), "rcs", PHONE),
    "RCS by Vonage": Service(vonage.vonage, _vonage("rcs"), "rcs", PHONE),
    "RCS by Sinch": Service(
        sinch.sinch,
        lambda words: sinch_sms.call(sinch.inbound({"text_message": {"text": words}}, words)),
        "rcs",
        PHONE,
    ),
    "RCS by Twilio": Service(twilio.twilio, _twilio("rcs"), "rcs", twilio.NUMBER),
    "SMS by Bird": Service(bird.bird, lambda words: bird.inbound(words, words), "sms", PHONE),
    "Telegram": Service(
        telegram.telegram, lambda words: telegram.message(len(words), text=words), "chat", telegram.ADA
    ),
    "LINE": Service(line.line, lambda words: line.call(line.said(words)), "chat", line.ADA),
    "Viber": Service(viber.viber, viber.said, "chat", viber.ADA, hears_start=False),  # a tap may say the same
    "Messenger": Service(
        messenger.messenger,
        lambda words: messenger.call(message={"mid": words, "text": words}),
        "chat",
        messenger.PSID,
    ),
    "e-mail by Postmark": Service(
        postmark.postmark, _mailed(postmark.INBOUND), "email", postmark.TO, hears_start=False
    ),
    "e-mail by Brevo": Service(brevo.brevo, _mailed(brevo.INBOUND), "email", brevo.TO, hears_start=False),
    "e-mail by Mandrill": Service(
        mandrill.mandrill,
        lambda words: mandrill.call({**mandrill.INBOUND, "msg": {**mandrill.INBOUND["msg"], "text": words}}),
        "email",
        mandrill.TO,
        hears_start=False,
    ),
    "Slack": Service(slack.slack, lambda words: slack.event(words, text=words), "chat", slack.ADA),
}


def engine(service: Service) -> Engine:
    """What goes out goes into a recording; what comes in is the codec's to read."""
    carrier = RecordingTransport(channels=["sms", service.channel])
    made = Engine(
        MemoryStore(),
        categories=CATEGORIES,
        country="GB",
        clock=ManualClock(datetime.fromtimestamp(NOW / 1e6, UTC)),
        routes={"sms": carrier, service.channel: [carrier, service.make()]},
    )
    made.migrate()
    kind = service.channel if service.channel in ("chat", "email") else "phone"
    made.identify(Profile("ada", addresses={kind: service.address}, consents=consent("sms", service.channel)))
    made.run_due()
    return made


def goes(made: Engine, channel: str, category: str = "news") -> bool:
    """Whether a message of that category goes out there."""
    handle = made.send("ada", Message(f"{category}-{channel}", CONTENTS[channel], category=category), via=channel)
    made.run_due()
    return [status for _, _, status in handle.status().deliveries] == ["accepted"]


@pytest.mark.parametrize("name", SERVICES)
def test_stop_stops_marketing_and_start_begins_it_again(name: str) -> None:
    service = SERVICES[name]
    with engine(service) as made:
        provider = service.make().name
        assert goes(made, service.channel)
        assert made.receive(provider, service.said("STOP")).status in (200, 204)
        assert not goes(made, service.channel)
        assert goes(made, service.channel, "order"), "what is no marketing still goes"
        if service.channel == "rcs":
            assert not goes(made, "sms"), "the same address for texts"
        made.receive(provider, service.said("START"))
        assert goes(made, service.channel) is service.hears_start


@pytest.mark.parametrize("name", SERVICES)
@pytest.mark.parametrize("words", ["Désabonner, merci", "Unsubscribe", "don't stop"])
def test_it_is_read_as_in_a_text(name: str, words: str) -> None:
    """In the languages and with the politeness that an SMS may have, and nothing is made of ordinary words."""
    service = SERVICES[name]
    with engine(service) as made:
        made.receive(service.make().name, service.said(words))
        against = made.export("ada").body["suppressions"]
        assert bool(against) is (words != "don't stop")


MAIL = Context(NOW, bytes)


@pytest.mark.parametrize(
    ("answer", "kinds"),
    [
        ("Unsubscribe", ["unsubscribed", "inbound"]),
        ("\nSTOP!\n\n--\nAda\n\nOn Tuesday Example wrote:\n> New shoes", ["unsubscribed", "inbound"]),
        ("Please unsubscribe me\r\n> New shoes", ["unsubscribed", "inbound"]),
        ("Yes", ["inbound"]),
        ("Cancel", ["inbound"]),  # it may answer a mail about an appointment
        ("Start", ["inbound"]),
        ("How do I unsubscribe a colleague?", ["inbound"]),
        ("Thanks\n> reply STOP to opt out", ["inbound"]),
        ("> STOP", ["inbound"]),
        ("", ["inbound"]),
    ],
)
def test_an_answer_by_mail_is_an_opt_out_if_its_first_line_says_nothing_else(answer: str, kinds: list[str]) -> None:
    assert [one.kind for one in inbound({}, MAIL, {}, "ada@example.com", answer)] == kinds


def test_what_a_machine_answers_opts_nobody_out() -> None:
    (receipt,) = inbound({}, MAIL, {"Auto-Submitted": "auto-replied"}, "ada@example.com", "STOP")
    assert receipt.kind == "unknown"

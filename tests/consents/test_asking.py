"""Asking and confirming: double opt-in by link and by reply, in virtual time (G1, P37, P44)."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from unichannel import Email, Journey, Message, Send, Sms, Tracking, days, hours, on
from unichannel.consents import ConsentRules, consent, denial, pending, withdrawal
from unichannel.core.inbound.opt_out import read_opt_out
from unichannel.ports import Answer, Request
from unichannel.testing import Lab

LINK = "{{ 'unichannel:confirm' | link }}"
please = Message(
    "please-confirm",
    Email("Confirm", text=f"Confirm: {LINK}", html=f'<p><a href="{LINK}">Confirm</a></p>'),
    Sms("Example: answer YES to get our offers by SMS."),
    category="confirmation",
)
offer = Message("offer", Email("Offer", text="…"), Sms("Offer"))
asks = Journey(
    "double-opt-in",
    start=[on("consent.pending", where={"channel": "email"})],
    goal=on("consent.confirmed"),
    exits=on("consent.denied"),
    steps=[Send(please, via="email")],
)
asks_by_sms = Journey(
    "double-opt-in-sms", start=[on("consent.pending", where={"channel": "sms"})], steps=[Send(please, via="sms")]
)
offers = Journey("offers", start=on("offer.made"), steps=[Send(offer, via=["email", "sms"])])


@pytest.fixture
def asking(lab: Lab) -> Lab:
    lab.use(tracking=Tracking("https://example.com/u", keys=["k" * 32]), quiet_hours=None)
    lab.add(asks, asks_by_sms, offers)
    return lab


def meet(lab: Lab, *channels: str, **how: Any) -> str:
    how = {"source": "sign-up form", "wording": "Send me offers", "version": "v3", "language": "en", **how}
    phone = {"phone": "+447700900123"} if "sms" in channels else {}
    return lab.profile("ada", email="ada@example.com", country="GB", **phone, consents=pending(*channels, **how))


def link_in(lab: Lab) -> str:
    (found,) = set(re.findall(r"https://example\.com/u/y[\w-]+", lab.sent("ada")[-1].content.text))
    return str(found)


def press(lab: Lab, url: str, answer: str = "yes", method: str = "POST", **headers: str) -> Answer:
    body = f"answer={answer}".encode() if method == "POST" else b""
    told = lab.engine.receive("tracking", Request(method, url, headers, body, "203.0.113.9"))
    lab.run_due()
    return told


def offered(lab: Lab) -> list[tuple[str, str]]:
    lab.track("ada", "offer.made")
    lab.advance(hours(100))
    return [one for one in lab.messages_sent("ada") if one[0] == "offer"]


def test_pending_allows_the_confirmation_and_nothing_else(asking: Lab) -> None:
    meet(asking, "email")
    asking.run_due()
    assert asking.messages_sent("ada") == [("please-confirm", "email")]
    assert offered(asking) == []
    assert "asked for" in str(asking.why("ada", offers)[0])
    assert "is not confirmed" in str(asking.why("ada", offers)[0])


def test_the_button_behind_the_link_confirms(asking: Lab) -> None:
    meet(asking, "email", topic="offers")
    asking.run_due()
    told = press(asking, link_in(asking), **{"User-Agent": "Firefox"})
    assert b"it is confirmed" in told.body
    asked, given = asking.engine.prove("ada", "email", topic="offers").entries
    entry = given.sealed.entry
    assert (entry.status, entry.topic, entry.wording, entry.version) == ("given", "offers", "Send me offers", "v3")
    assert entry.evidence == {
        "delivery": asking.history("ada").deliveries[0].id,  # type: ignore[union-attr]
        "ip": "203.0.113.9",
        "user_agent": "Firefox",
    }
    assert asked.verdict == given.verdict == "verified"
    assert asking.history("ada").runs[0].status == "converted"  # type: ignore[union-attr]


def test_a_confirmed_consent_carries_marketing_on_its_channel_alone(asking: Lab) -> None:
    meet(asking, "email", "sms")
    asking.run_due()
    mail = next(one for one in asking.sent("ada") if one.channel == "email")
    press(asking, re.findall(r"https://\S+/y[\w-]+", mail.content.text)[0])  # type: ignore[attr-defined]
    assert offered(asking) == [("offer", "email")]
    assert asking.engine.consent_at("ada", "sms").code == "pending_consent"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_p37_a_scanner_that_follows_the_link_confirms_nothing(asking: Lab, method: str) -> None:
    meet(asking, "email")
    asking.run_due()
    told = press(asking, link_in(asking), method=method)
    assert (told.status, b'<form method="post">' in told.body) == (200, True)
    assert asking.engine.consent_at("ada", "email").status == "pending"


@pytest.mark.parametrize(
    ("method", "body", "status"), [("POST", b"", 400), ("POST", b"x=\xff", 400), ("PUT", b"", 405)]
)
def test_what_is_no_answer_confirms_nothing(asking: Lab, method: str, body: bytes, status: int) -> None:
    meet(asking, "email")
    asking.run_due()
    assert asking.engine.receive("tracking", Request(method, link_in(asking), {}, body)).status == status
    assert asking.engine.consent_at("ada", "email").status == "pending"


def test_the_page_speaks_french(asking: Lab) -> None:
    meet(asking, "email")
    asking.run_due()
    told = press(asking, link_in(asking), method="GET", **{"Accept-Language": "fr-CA,fr;q=0.9"})
    assert "Oui, je confirme" in told.body.decode()


def test_it_was_not_me(asking: Lab) -> None:
    meet(asking, "email")
    asking.run_due()
    assert b"you will not hear from us" in press(asking, link_in(asking), "no").body
    assert asking.engine.consent_at("ada", "email").code == "denied"
    assert asking.history("ada").runs[0].status == "exited"  # type: ignore[union-attr]
    assert offered(asking) == []


def test_pressed_twice_it_is_written_once(asking: Lab) -> None:
    meet(asking, "email")
    asking.run_due()
    url = link_in(asking)
    pages = [press(asking, url).body for _ in range(2)]
    assert pages[0] == pages[1]
    assert len(asking.engine.prove("ada", "email").entries) == 2


def test_an_old_link_brings_no_consent_back(asking: Lab) -> None:
    meet(asking, "email")
    asking.run_due()
    url = link_in(asking)
    press(asking, url)
    asking.advance(hours(1))
    asking.engine.record_consents("ada", *withdrawal("email"))
    assert b"nothing to confirm" in press(asking, url).body
    assert asking.engine.consent_at("ada", "email").code == "opted_out"


def test_a_link_ends(asking: Lab) -> None:
    asking.use(consent=ConsentRules(confirmed_within=days(2)))
    meet(asking, "email")
    asking.run_due()
    url = link_in(asking)
    asking.advance(days(2))
    assert b"nothing to confirm" in press(asking, url).body
    assert asking.engine.consent_at("ada", "email").status == "pending"


def test_who_confirmed_meanwhile_is_not_asked(asking: Lab) -> None:
    asking.profile("ada", email="ada@example.com", consents=(*pending("email"), *consent("email")))
    asking.run_due()
    assert asking.sent("ada") == []
    assert "no consent waits to be confirmed" in str(asking.why("ada", asks)[0])


def test_what_is_reserved_dies_with_the_question(asking: Lab) -> None:
    """Consent twice: reserved, the provider is down, the person says no."""
    asking.transport.plan("refuse")
    meet(asking, "email")
    asking.run_due()
    asking.engine.record_consents("ada", *denial("email"))
    asking.advance(hours(1))
    assert asking.sent("ada") == []
    (one,) = asking.history("ada").deliveries  # type: ignore[union-attr]
    assert (one.status, one.reason) == ("cancelled", "nothing_to_confirm")


def test_asked_again_what_was_given_stays(asking: Lab) -> None:
    meet(asking, "email")
    asking.engine.record_consents("ada", *consent("email"))
    asking.advance(hours(1))
    asking.engine.record_consents("ada", *pending("email"))
    assert asking.engine.consent_at("ada", "email").allowed


# by a reply


def reply(lab: Lab, text: str, address: str = "+447700900123") -> None:
    receipts = [{"kind": "inbound", "channel": "sms", "address": address, "text": text, "id": f"in-{lab.clock.now()}"}]
    lab.engine.receive(lab.transport.name, Request("POST", "https://x.example", {}, json.dumps(receipts).encode()))
    lab.run_due()


@pytest.mark.parametrize("text", ["YES", "Oui", "oui !", "yes please", "J'A", "Sí", "ja bitte"])
def test_a_yes_confirms(asking: Lab, text: str) -> None:
    meet(asking, "sms")
    asking.run_due()
    reply(asking, text.replace("J'A", "ja"))
    given = asking.engine.prove("ada", "sms").entries[-1].sealed.entry
    assert (given.status, given.source, given.channel) == ("given", "reply by sms", "sms")
    assert given.evidence["text"] == text.replace("J'A", "ja")
    assert offered(asking) == [("offer", "sms")]


@pytest.mark.parametrize(
    ("text", "code"),
    [("no", "denied"), ("NON merci", "denied"), ("yes but later", "pending_consent"), ("?", "pending_consent")],
)
def test_anything_else_does_not(asking: Lab, text: str, code: str) -> None:
    meet(asking, "sms")
    asking.run_due()
    reply(asking, text)
    assert asking.engine.consent_at("ada", "sms").code == code
    assert offered(asking) == []


def test_a_yes_out_of_the_blue_or_of_somebody_else_is_none(asking: Lab) -> None:
    meet(asking, "sms")
    asking.run_due()
    reply(asking, "yes", "+447700900999")
    assert asking.engine.consent_at("ada", "sms").status == "pending"
    asking.advance(days(7))
    reply(asking, "yes")
    assert asking.engine.consent_at("ada", "sms").status == "pending"


def test_twilios_start_word_confirms_too(asking: Lab) -> None:
    """YES is also a START word (law:T2): as an answer it confirms, and lifts nothing that was not there."""
    assert read_opt_out("yes") == "start"
    meet(asking, "sms")
    asking.run_due()
    said = {"channel": "sms", "address": "+447700900123", "text": "YES", "code": "start"}
    receipts = [{"kind": kind, "id": kind, **said} for kind in ("subscribed", "inbound")]
    body = json.dumps(receipts).encode()
    asking.engine.receive(asking.transport.name, Request("POST", "https://x.example", {}, body))
    assert asking.engine.consent_at("ada", "sms").allowed

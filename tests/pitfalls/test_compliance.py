"""P25 to P27, P43 to P45: nights, zones, deferral, objections. P24 is in test_time, P47 also in tests/stores."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.journeys.trial import message
from unichannel import Cap, Email, Journey, Message, Profile, Send, Wait, consent, days, hours, on, withdrawal
from unichannel.testing import Lab


def one(name: str, category: str, via: str = "sms") -> Journey:
    return Journey(name, start=on(name), steps=[Send(message(name, category), via=via)])


def wall(lab: Lab, profile: str, zone: str) -> list[str]:
    """When what reached somebody, on their clock."""
    return [
        f"{datetime.fromtimestamp(sent.at / 1e6, UTC).astimezone(ZoneInfo(zone)):%d %H}" for sent in lab.sent(profile)
    ]


@pytest.mark.parametrize("day", ["2030-01-10", "2030-07-09"])
@pytest.mark.parametrize("zone", ["Asia/Tokyo", "Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata"])
def test_p25_everybody_has_a_night_of_their_own(lab: Lab, zone: str, day: str) -> None:
    """Summer and winter: one offset for everybody would send at 7 or at 9 in half of the cases."""
    lab.use(country="DE")
    lab.add(one("news", "marketing"))
    lab.advance_to(datetime.fromisoformat(f"{day}T03:00").replace(tzinfo=ZoneInfo(zone)).astimezone(UTC))
    ada = lab.profile(phone="+4915112345678", timezone=zone)
    lab.track(ada, "news")
    lab.advance(days(1))
    assert wall(lab, ada, zone) == [f"{day[-2:]} 08"]


def test_p26_how_the_zone_is_known_is_kept(lab: Lab) -> None:
    """Not the east coast for everybody in a country: a number of no state waits for the day on both coasts."""
    lab.add(one("news", "marketing"))
    lab.advance_to(datetime(2030, 1, 8, 15, tzinfo=UTC))  # 10:00 in New York, 07:00 in Los Angeles
    ada = lab.profile(phone="+18005551234", country="US")
    eve = lab.profile(phone="+12125551234", country="US")
    for person in (ada, eve):
        lab.track(person, "news")
    known = [lab.why(person)[0].trace["verdicts"][0][2:] for person in (ada, eve)]
    assert lab.sent(ada) == []
    assert known[0][0]["zone"] == "phone"
    assert known[0][0]["country"] == "stated"
    assert lab.channels_sent(eve) == ["sms"]


def test_p27_quiet_hours_and_caps_defer_and_do_not_skip(lab: Lab) -> None:
    lab.use(country="DE", caps=[Cap(1, within=days(1))])
    lab.add(one("news", "marketing"), one("offer", "marketing"))
    lab.advance_to(datetime(2030, 1, 8, 23, tzinfo=UTC))
    ada = lab.profile(phone="+4915112345678", timezone="UTC")
    lab.track(ada, "news")
    lab.track(ada, "offer")
    assert lab.sent(ada) == []
    lab.advance(days(3))
    assert wall(lab, ada, "UTC") == ["09 08", "10 08"]


def test_p43_an_opt_out_by_text_leaves_what_is_transactional(lab: Lab) -> None:
    lab.add(one("news", "marketing"), one("order", "transactional"))
    ada = lab.profile(phone="+33612345678", timezone="Europe/Paris")
    lab.track(ada, "order")
    lab.stops(ada)
    lab.track(ada, "news")
    lab.send(ada, message("receipt", "transactional"), via="sms")
    assert [sent.message for sent in lab.sent(ada)] == ["order", "receipt"]


@pytest.mark.parametrize("by", ["stop", "withdrawal"])
def test_p43_it_reaches_what_is_queued(lab: Lab, by: str) -> None:
    """Reserved, not accepted yet, to be tried again in a minute: the objection comes between."""
    lab.add(one("order", "transactional"), one("news", "marketing"))
    ada = lab.profile(phone="+33612345678", timezone="Europe/Paris")
    lab.track(ada, "order")
    lab.transport.plan("refuse")
    lab.track(ada, "news")
    if by == "stop":
        lab.stops(ada)
    else:
        lab.engine.identify(Profile(ada, consents=withdrawal("sms", source="by telephone")))
    lab.advance(hours(5))
    assert [sent.message for sent in lab.sent(ada)] == ["order"]
    told = next(explained for explained in lab.why(ada, "news") if explained.delivery)
    assert told.status == "cancelled"


def test_p44_a_consent_is_more_than_a_flag(lab: Lab) -> None:
    """What was given stays, with where, when and which words, when it is withdrawn and given anew."""
    ada = lab.profile(phone="+33612345678", consents=consent("sms", source="form", wording="v3"))
    lab.advance(days(1))
    lab.engine.identify(Profile(ada, consents=withdrawal("sms", source="by telephone")))
    lab.advance(days(1))
    lab.engine.identify(Profile(ada, consents=consent("sms", source="shop", wording="v4")))
    lab.run_due()
    entries = [one.sealed.entry for one in lab.engine.prove(ada, "sms").entries]
    kept = [(entry.status, entry.source, entry.wording) for entry in entries]
    assert kept == [("given", "form", "v3"), ("withdrawn", "by telephone", ""), ("given", "shop", "v4")]
    assert len({entry.occurred for entry in entries}) == 3


def test_p45_an_objection_survives_the_profile_and_an_import(lab: Lab) -> None:
    """It belongs to the number, as a keyed hash: whoever is imported with it gets no marketing again."""
    lab.add(one("news", "marketing"), one("order", "transactional"))
    ada = lab.profile(phone="+33612345678", timezone="Europe/Paris")
    lab.track(ada, "order")
    lab.stops(ada)
    lab.engine.identify(Profile(ada, phone=None))
    again = lab.profile("imported", phone="06 12 34 56 78", region="FR", timezone="Europe/Paris")
    lab.track(again, "news")
    assert lab.sent(again) == []
    assert lab.why(again, "news")[0].codes == {"sms": "suppressed"}


def test_p47_two_journeys_at_once_do_not_overrun_a_cap(lab: Lab) -> None:
    """In one pass; with many workers in tests/stores/test_pressure."""
    lab.use(caps=[Cap(2, within=days(7))])
    names = ["a", "b", "c", "d"]
    lab.add(*(Journey(name, start=on("go"), steps=[Send(message(name, "marketing"), via="email")]) for name in names))
    ada = lab.profile(email="ada@example.com")
    lab.engine.track(ada, "go")
    lab.run_due()
    assert len(lab.sent(ada)) == 2


def test_a_late_objection_reaches_the_next_step_too(lab: Lab) -> None:
    text = Message("text", Email("Sale", text="Come. https://example.com"))
    lab.add(Journey("two", start=on("go"), steps=[Send(text, name="first"), Wait(days(1)), Send(text, name="second")]))
    ada = lab.profile(email="ada@example.com")
    lab.track(ada, "go")
    lab.tell("unsubscribed", ada)
    lab.advance(days(2))
    assert len(lab.sent(ada)) == 1

"""What a category does at closed hours, who is not written to before a first contact, and how both are told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.journeys.trial import message
from unichannel import Category, Engine, Journey, MemoryStore, Message, Profile, Send, Window, days, hours, on
from unichannel.channels import Voice
from unichannel.errors import ConfigurationError, InvalidInput
from unichannel.policies import FIRST_CONTACT, Country, FirstContact
from unichannel.testing import Lab

SUNDAY = datetime(2030, 1, 13, 12, tzinfo=UTC)
LABOUR_DAY = datetime(2030, 5, 1, 10, tzinfo=UTC)
PARIS: dict[str, Any] = {"phone": "+33612345678", "timezone": "Europe/Paris"}


def promo(*via: str) -> Journey:
    return Journey("promotes", start=on("begun"), steps=[Send(message("promo", "news"), via=list(via))])


def asked(lab: Lab, when_closed: Any, *via: str, at: datetime = SUNDAY, **more: Any) -> str:
    """Somebody in Paris for whom it is begun while texts are closed."""
    lab.use(categories=[Category("news", when_closed=when_closed, **more)])
    lab.add(promo(*via))
    lab.advance_to(at)
    ada = lab.profile(email="ada@example.com", **PARIS)
    lab.track(ada, "begun")
    return ada


def test_it_waits_until_they_open(lab: Lab) -> None:
    ada = asked(lab, "defer", "sms", "email")
    assert lab.channels_sent(ada) == []
    lab.advance(hours(20))
    assert lab.channels_sent(ada) == ["sms"]


def test_or_it_goes_by_the_next_channel(lab: Lab) -> None:
    ada = asked(lab, "next_channel", "sms", "email")
    assert lab.channels_sent(ada) == ["email"]
    assert lab.why(ada)[0].codes == {"sms": "window", "email": "reserved"} or lab.why(ada)[0].code == "reserved"


def test_and_waits_where_no_channel_is_left(lab: Lab) -> None:
    ada = asked(lab, "next_channel", "sms")
    assert lab.channels_sent(ada) == []
    lab.advance(days(1))
    assert lab.channels_sent(ada) == ["sms"]


def test_or_it_is_dropped(lab: Lab) -> None:
    ada = asked(lab, "drop", "sms")
    (why, *_) = lab.why(ada)
    assert (why.code, why.codes) == ("skipped", {"sms": "closed"})
    assert "SMS was closed by law until 14 Jan, 08:00 (law:F12, sendtargetsms.com), and news is not sent later" in str(
        why
    )
    assert "law:F12" in str(lab.why(ada, language="fr")[0])
    lab.advance(days(3))
    assert lab.channels_sent(ada) == []


def test_dropped_there_it_may_still_go_by_mail(lab: Lab) -> None:
    assert lab.channels_sent(asked(lab, "drop", "sms", "email")) == ["email"]


def test_what_was_reserved_and_meets_closed_hours_is_dropped_too(lab: Lab) -> None:
    """Between the decision and the moment of sending the window closed: a retry of 20:00 is not one of the morning."""
    lab.transport.plan("refuse")
    ada = asked(lab, "drop", "sms", at=datetime(2030, 1, 14, 18, 59, 30, tzinfo=UTC))  # 19:59:30 in Paris
    lab.advance(days(1))
    assert lab.channels_sent(ada) == []


def test_what_is_no_choice() -> None:
    with pytest.raises(Exception, match="when_closed"):
        Category("news", when_closed="never")  # type: ignore[arg-type]


# deferred sends


def test_they_do_not_pile_up_when_the_window_opens(lab: Lab) -> None:
    """200 people wait on a Sunday: on Monday they are spread over the first half hour, not sent at 08:00."""
    lab.use(categories=[Category("news")])
    lab.add(promo("sms"))
    lab.advance_to(SUNDAY)
    people = [Profile(f"p{n}", phone=f"+336123{n:05}", timezone="Europe/Paris") for n in range(200)]
    for one in people:
        lab.profile(one.id, phone=one.changes["addresses"]["phone"][0], timezone="Europe/Paris")
        lab.engine.track(one.id, "begun")
    lab.advance(days(1))
    opens = datetime(2030, 1, 14, 7, tzinfo=UTC).timestamp() * 1e6
    minutes = [(one.at - opens) / 60e6 for one in lab.sent()]
    assert len(minutes) == 200
    assert all(0 <= minute <= 30 for minute in minutes)
    most = max(sum(start <= minute < start + 5 for minute in minutes) for start in range(0, 30, 5))
    assert most < 60  # of 200; evenly spread each five minutes have 33


# a first contact


def prospect(lab: Lab, **more: Any) -> str:
    lab.add(promo("sms"))
    return lab.profile(prospect=True, **PARIS, **more)


def test_a_prospect_gets_no_text_before_a_first_contact(lab: Lab) -> None:
    bob = prospect(lab)
    lab.track(bob, "begun")
    (why,) = lab.why(bob)
    assert (lab.sent(bob), why.codes) == ([], {"sms": "prospect"})
    assert "a prospect gets no marketing there before they were in touch (house:first-contact)" in str(why)
    assert "avant un premier contact (house:first-contact)" in str(lab.why(bob, language="fr")[0])


@pytest.mark.parametrize(
    "contact",
    [
        lambda lab, bob: lab.track(bob, "signed_up"),
        lambda lab, bob: lab.engine.identify(Profile(bob, prospect=False)),
        lambda lab, bob: lab.track(bob, "message.received", {"channel": "sms", "text": "hello"}),
        lambda lab, bob: lab.merge(lab.profile("known", **PARIS), bob),
    ],
)
def test_a_first_contact_ends_it(lab: Lab, contact: Any) -> None:
    lab.use(first_contact=FirstContact(FIRST_CONTACT.channels, FIRST_CONTACT.source, frozenset({"signed_up"})))
    bob = prospect(lab)
    contact(lab, bob)
    lab.track(bob, "begun")
    assert lab.channels_sent(bob) == ["sms"]


def test_what_others_do_with_a_lead_is_no_contact(lab: Lab) -> None:
    lab.use(first_contact=FirstContact(FIRST_CONTACT.channels, FIRST_CONTACT.source, frozenset({"signed_up"})))
    bob = prospect(lab)
    lab.track(bob, "lead.imported")
    lab.track(bob, "begun")
    assert lab.sent(bob) == []


def test_who_was_in_touch_is_not_made_a_prospect_by_an_import(lab: Lab) -> None:
    bob = prospect(lab)
    lab.track(bob, "message.received", {"channel": "sms", "text": "hello"})
    lab.engine.identify(Profile(bob, prospect=True))
    lab.track(bob, "begun")
    assert lab.channels_sent(bob) == ["sms"]


def test_mail_and_service_messages_are_not_held_to_it(lab: Lab) -> None:
    lab.use(categories=[Category("news", purpose="transactional")])
    bob = prospect(lab)
    lab.track(bob, "begun")
    assert lab.channels_sent(bob) == ["sms"]
    other = Lab()
    other.add(promo("email"))
    eve = other.profile(prospect=True, email="eve@example.com")
    other.track(eve, "begun")
    assert other.channels_sent(eve) == ["email"]


def test_a_host_may_do_without(lab: Lab) -> None:
    lab.use(first_contact=None)
    bob = prospect(lab)
    lab.track(bob, "begun")
    assert lab.channels_sent(bob) == ["sms"]


# why names the rule, its source and until when it holds


def test_a_holiday_is_told_as_one(lab: Lab) -> None:
    ada = asked(lab, "defer", "sms", at=LABOUR_DAY)
    (why,) = lab.why(ada)
    assert "until 2 May, 08:" in str(why)
    assert "1 May being a holiday (law:F12, sendtargetsms.com)" in str(why)
    assert "le 1 mai étant férié (law:F12, sendtargetsms.com)" in str(lab.why(ada, language="fr")[0]).replace(
        "1er", "1"
    )


def test_calls_name_their_own_rule(lab: Lab) -> None:
    call = Message("call", Voice("Come to our sale."), category="marketing")
    lab.add(Journey("calls", start=on("begun"), steps=[Send(call, via="voice")]))
    lab.advance_to(datetime(2030, 1, 14, 12, 30, tzinfo=UTC))  # 13:30 in Paris
    ada = lab.profile(**PARIS)
    lab.track(ada, "begun")
    assert "law:F17, lexbase.fr" in str(lab.why(ada)[0])
    lab.advance(hours(1))
    assert lab.channels_sent(ada) == ["voice"]


def test_a_host_s_own_rule_is_told_by_its_name(lab: Lab) -> None:
    """It is no quiet hours, and has no page of ours."""
    from unichannel.policies import Hours, SendingHours, Source

    lunch = SendingHours(frozenset({"sms"}), Hours([Window("12:00", "14:00")]), Source("house:lunch", "At noon."))
    lab.use(countries=[Country("FR", "France", (lunch,))])
    ada = asked(lab, "defer", "sms", at=datetime(2030, 1, 14, 9, tzinfo=UTC))
    assert "(house:lunch)" in str(lab.why(ada)[0])


# bad input


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "Europe/../Paris"])
def test_a_zone_that_does_not_exist(zone: str) -> None:
    with pytest.raises(InvalidInput, match="no time zone"):
        Engine(MemoryStore(), timezone=zone)
    with pytest.raises(InvalidInput, match="no time zone"):
        Country("FR", "France", zones=(zone,))
    if zone:
        with pytest.raises(InvalidInput, match="no time zone"):
            Profile("ada", timezone=zone)


@pytest.mark.parametrize(("code", "mend"), [("UK", "GB"), ("EL", "GR"), ("ZZ", "ISO 3166"), ("XX-1", "ISO 3166")])
def test_a_country_that_does_not_exist(code: str, mend: str) -> None:
    with pytest.raises(InvalidInput, match="is no country") as caught:
        Profile("ada", country=code)
    assert mend in str(caught.value)
    with pytest.raises(ConfigurationError, match="is no country"):
        Country(code, "Nowhere")

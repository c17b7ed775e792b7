"""Addresses age and are checked (G10): stale ones get no marketing, and what is a sign of life revives them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unichannel import (
    Branch,
    Call,
    Category,
    Email,
    Engine,
    Journey,
    MemoryStore,
    Message,
    Profile,
    Send,
    Sms,
    SqlStore,
    days,
    months,
    on,
    when,
)
from unichannel.conditions import address_stale
from unichannel.core.audience.ageing import AddressAge
from unichannel.core.audience.profile import Person
from unichannel.core.audience.signs import SIGNS, last_sign, note_sign, united
from unichannel.core.calendar.zone import add
from unichannel.core.words.instant import to_datetime
from unichannel.errors import ConfigurationError, DefinitionError, InvalidInput, UnknownError
from unichannel.steps import manual, recurring
from unichannel.testing import Lab, RecordingTransport

EMAIL, PHONE, OTHER = "ada@example.com", "+33612345678", "+33698765432"
AGES = {"sms": AddressAge(days(45)), "email": AddressAge(months(12), shown="opened")}

OFFERS = Category("offers", purpose="marketing", quiet_hours=False)

offer = Message("offer", Email("Offer", text="Look."), Sms("Look."), category="offers")
receipt = Message("receipt", Email("Paid", text="Thanks."), Sms("Thanks."), category="transactional")


@pytest.fixture
def lab() -> Lab:
    lab = Lab(ageing=AGES, categories=[OFFERS])
    lab.profile("ada", email=EMAIL, phone=PHONE)
    return lab


def refusal(lab: Lab, channel: str = "sms", profile: str = "ada") -> str:
    """What refuses an offer there now, "" where it goes."""
    before = len(lab.sent(profile))
    lab.send(profile, offer, via=channel)
    if len(lab.sent(profile)) > before:
        return ""
    history = lab.history(profile)
    assert history is not None
    return next(one.code for note in history.notes[-1:] for one in note.trace.verdicts)


def test_a_number_without_a_sign_gets_no_marketing_but_what_it_is_owed(lab: Lab) -> None:
    lab.advance(days(44))
    assert refusal(lab) == ""
    lab.advance(days(2))
    assert refusal(lab) == "stale_address"
    lab.send("ada", receipt, via="sms")
    assert lab.messages_sent("ada")[-1] == ("receipt", "sms")


def test_why_says_since_when(lab: Lab) -> None:
    journey = Journey("tells", start=manual(), steps=[Send(offer, via="sms")])
    lab.advance(days(60))
    lab.enroll(journey, "ada")
    assert "SMS was not allowed: the address has been without a sign for too long" in str(lab.why("ada", journey)[0])
    assert "22 Feb" in str(lab.why("ada", journey)[0])
    assert "sans signe de vie" in str(lab.why("ada", journey, language="fr")[0])


def test_the_next_channel_is_tried(lab: Lab) -> None:
    lab.advance(days(60))
    lab.send("ada", offer, via=["sms", "email"])
    assert lab.channels_sent("ada") == ["email"]


@pytest.mark.parametrize(
    ("kind", "channel", "fresh"),
    [
        ("delivered", "sms", True),
        ("clicked", "sms", True),
        ("delivered", "email", False),
        ("opened", "email", True),
        ("replied", "email", True),
    ],
)
def test_what_a_message_shows_keeps_its_address_fresh(lab: Lab, kind: str, channel: str, fresh: bool) -> None:
    """An e-mail that was delivered shows no reader; a text's delivery is what its rule asks for."""
    lab.advance(days(40))
    lab.send("ada", receipt, via=channel)
    lab.tell(kind, "ada")
    end = to_datetime(add(lab.clock.now(), AGES[channel].after, "Europe/Paris"))  # where her number is
    lab.advance_to(end - timedelta(microseconds=1))
    assert refusal(lab, channel) == ("" if fresh else "stale_address")
    lab.advance_to(end)
    assert refusal(lab, channel) == "stale_address"


def test_an_open_by_a_machine_shows_nobody(lab: Lab) -> None:
    lab.send("ada", receipt, via="email")
    lab.advance(months(11))
    lab.tell("opened", "ada", machine=True)
    lab.advance(months(2))
    assert refusal(lab, "email") == "stale_address"


def test_a_delivery_revives_nothing_and_an_answer_does(lab: Lab) -> None:
    """After so long a silence the number may be a stranger's: that it rings there says nothing."""
    lab.advance(days(60))
    lab.send("ada", receipt, via="sms")
    lab.tell("delivered", "ada")
    assert refusal(lab) == "stale_address"
    lab.replies("ada")
    assert refusal(lab) == ""


def test_a_message_from_the_person_is_a_sign_of_its_address_alone(lab: Lab) -> None:
    lab.advance(days(60))
    lab._post({"kind": "inbound", "channel": "sms", "address": "06 12 34 56 78", "text": "Hi", "id": "in-1"})
    assert refusal(lab) == "stale_address", "no number that can be read"
    lab._post({"kind": "inbound", "channel": "sms", "address": PHONE, "text": "Hi", "id": "in-2"})
    assert refusal(lab) == ""
    lab.advance(months(12))
    assert refusal(lab, "email") == "stale_address"
    history = lab.history("ada")
    assert history is not None
    assert PHONE not in str([one.properties for one in history.events]), "an address is no part of an event"


def test_the_host_checks_it(lab: Lab) -> None:
    lab.advance(days(60))
    checked = lab.now
    lab.advance(days(1))
    lab.engine.confirm_address("ada", "sms", OTHER)
    assert refusal(lab) == "stale_address", "not hers"
    assert OTHER not in lab.history("ada").person.signs  # type: ignore[union-attr]
    lab.engine.confirm_address("ada", "sms", at=checked)
    assert refusal(lab) == ""
    lab.advance(days(44))
    assert refusal(lab) == "stale_address", "45 days from when it was checked"
    lab.engine.confirm_address("ada", "sms", "+33 6 12 34 56 78", at=datetime(2999, 1, 1, tzinfo=UTC))
    assert refusal(lab) == "", "never later than now"
    lab.advance(days(45))
    assert refusal(lab) == "stale_address"
    with pytest.raises(UnknownError):
        lab.engine.confirm_address("nobody", "sms")
    with pytest.raises(InvalidInput, match="no channel"):
        lab.engine.confirm_address("ada", "fax")


def test_where_nothing_ages_there_is_nothing_to_check() -> None:
    lab = Lab()
    lab.profile("ada", phone=PHONE)
    with pytest.raises(InvalidInput, match="no address ages"):
        lab.engine.confirm_address("ada", "sms")


def test_a_new_address_begins_anew_and_the_same_one_told_again_does_not(lab: Lab) -> None:
    lab.advance(days(60))
    lab.profile("ada", phone=PHONE)
    assert refusal(lab) == "stale_address"
    lab.profile("ada", phone=OTHER)
    assert refusal(lab) == ""
    history = lab.history("ada")
    assert history is not None
    assert set(history.person.signs) == {EMAIL, OTHER}, "of the old one nothing is kept"


def test_a_correction_is_a_new_address_too(lab: Lab) -> None:
    lab.advance(days(60))
    lab.engine.rectify(Profile("ada", phone=OTHER))
    assert refusal(lab) == ""


def test_two_profiles_that_are_one_keep_the_signs_of_both(lab: Lab) -> None:
    lab.advance(days(40))
    lab.profile("visitor", phone=PHONE)
    lab.merge("ada", "visitor")
    lab.advance(days(30))
    assert refusal(lab) == ""


def test_a_rule_that_begins_today_finds_nobody_stale_today() -> None:
    lab = Lab(categories=[OFFERS])
    lab.profile("ada", phone=PHONE)
    lab.advance(days(200))
    lab.use(ageing={"sms": AddressAge(days(45), since=lab.now)})
    assert refusal(lab) == ""
    lab.advance(days(45))
    assert refusal(lab) == "stale_address"


def test_where_nothing_ages_nothing_is_kept() -> None:
    lab = Lab(categories=[OFFERS])
    lab.profile("ada", phone=PHONE)
    lab.send("ada", offer, via="sms")
    lab.clicks("ada")
    history = lab.history("ada")
    assert history is not None
    assert history.person.signs == {}
    lab.advance(months(30))
    assert refusal(lab) == ""


def test_what_waits_and_goes_stale_meanwhile_is_taken_back(lab: Lab) -> None:
    """Asked twice, as consent is: when it is decided and when it goes out."""
    lab.transport.plan("refuse", "refuse", "refuse")
    lab.advance_to(lab.now + timedelta(days=45, minutes=-1))
    lab.send("ada", offer, via="sms")
    lab.advance(days(1))
    history = lab.history("ada")
    assert history is not None
    assert [(one.status, one.reason) for one in history.deliveries] == [("cancelled", "stale_address")]
    assert lab.sent() == []


def test_the_host_is_told_before_and_checks(lab: Lab) -> None:
    """A journey of the host's finds those whose number is about to be stale, as it does for consents."""
    asked: list[tuple[str, datetime]] = []

    def look_up(call: Any) -> None:
        asked.append((call.profile, lab.now))
        lab.engine.confirm_address(call.profile, "sms")

    lab.use(functions={"look_up": look_up})
    check = Journey(
        "check-numbers",
        start=recurring("FREQ=WEEKLY;BYDAY=MO"),
        entry=address_stale("sms", within=days(14)),
        steps=[Call("look_up")],
    )
    lab.add(check)
    lab.profile("bob", email="bob@example.com")
    lab.advance(days(120))
    assert [day.date().isoformat() for _, day in asked] == ["2030-02-11", "2030-03-18", "2030-04-22"]
    assert refusal(lab) == ""


def test_a_journey_branches_on_it(lab: Lab) -> None:
    journey = Journey(
        "branches",
        start=on("bought"),
        re_entry="after_end",
        steps=[Branch(when(address_stale("sms"), Send(receipt, via="email"))), Send(receipt, via="sms")],
    )
    lab.add(journey)
    lab.track("ada", "bought")
    lab.advance(days(46))
    lab.track("ada", "bought")
    assert lab.channels_sent("ada") == ["sms", "email", "sms"]


def test_of_two_addresses_the_first_fresh_one_is_written_to() -> None:
    lab = Lab(ageing=AGES, categories=[OFFERS])
    lab.profile("ada", addresses={"phone": [PHONE]})
    lab.advance(days(40))
    lab.profile("ada", add={"phone": OTHER})
    lab.advance(days(10))
    assert refusal(lab) == ""
    assert lab.sent("ada")[-1].address == OTHER
    branch = Journey("asks", start=manual(), entry=address_stale("sms"), steps=[Send(receipt, via="sms")])
    assert lab.enroll(branch, "ada").status().state == "refused", "one of them is fresh"


@pytest.mark.parametrize("kind", ["sqlite"])
def test_signs_are_stored_and_exported(kind: str, tmp_path: Path) -> None:
    lab = Lab(store=SqlStore(f"{kind}:///{tmp_path / 'signs.db'}"), ageing=AGES, categories=[OFFERS])
    lab.profile("ada", phone=PHONE)
    lab.send("ada", receipt, via="sms")
    lab.advance(days(3))
    lab.tell("delivered", "ada")
    lab.restart()
    (told,) = lab.engine.export("ada").body["addresses"]
    assert told["signs"] == {"given": "2030-01-08T09:00:00Z", "delivered": "2030-01-11T09:00:00Z"}
    lab.advance(days(44))
    assert refusal(lab) == ""


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(SIGNS), st.integers(1, 9)), max_size=6), st.randoms(use_true_random=False))
def test_any_order_and_any_repetition_of_signs_is_the_same(signs: list[tuple[str, int]], chance: Any) -> None:
    def person(some: list[tuple[str, int]]) -> Person:
        one = Person(1, "ada", addresses={"email": [EMAIL]})
        for sign, at in some:
            note_sign(one, EMAIL, sign, at)
        return one

    mixed = [*signs, *signs[:2]]
    chance.shuffle(mixed)
    assert person(mixed).signs == person(signs).signs
    halves = person(signs[:3]), person(signs[3:])
    assert united(halves[0].signs, halves[1].signs) == person(signs).signs
    latest = max((at for sign, at in signs if sign != "delivered"), default=0)
    assert last_sign(person(signs), EMAIL, "opened") == latest


@pytest.mark.parametrize(
    "ageing",
    [{"fax": AddressAge(days(1))}, {"in_app": AddressAge(days(1))}, {"sms": days(45)}],
)
def test_what_cannot_age_is_refused(ageing: Any) -> None:
    with pytest.raises(ConfigurationError):
        Engine(MemoryStore(), ageing=ageing)


@pytest.mark.parametrize("given", [{"after": days(0)}, {"after": days(1), "shown": "accepted"}, {"after": 45}])
def test_a_rule_that_says_nothing_is_refused(given: Any) -> None:
    with pytest.raises(ConfigurationError):
        AddressAge(**given)
    with pytest.raises(InvalidInput):
        AddressAge(days(1), since=datetime(2030, 1, 1))  # noqa: DTZ001 - naive is what is refused


def test_a_condition_on_what_does_not_age_is_refused() -> None:
    journey = Journey("asks", start=on("x"), entry=address_stale("push"), steps=[Send(receipt)])
    with pytest.raises(DefinitionError, match="push is stale, where none ages"):
        Engine(MemoryStore(), journeys=[journey], ageing=AGES)


def test_a_route_that_shows_nothing_is_a_finding() -> None:
    route = RecordingTransport(reports=())
    engine = Engine(MemoryStore(), routes={"sms": route, "email": route}, ageing=AGES)
    told = [text for text in engine.findings if "addresses of" in text]
    assert [text.partition(" age,")[0] for text in told] == ["addresses of email", "addresses of sms"]

"""What begins runs besides events: by hand, a date of the profile's, a rule; several at once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.steps.saying import clock, said, say, states, subjects, tell
from unichannel import Journey, Profile, Wait, days, hours, on
from unichannel.conditions import attribute, attribute_date
from unichannel.steps import manual, on_date, recurring
from unichannel.testing import Lab

birthday = attribute_date("birthday")


def greets(start: Any, **more: Any) -> Journey:
    return Journey("greets", start=start, steps=[say("hello")], **more)


def dates(lab: Lab, profile: str = "ada", zone: str = "UTC") -> list[str]:
    """The local days and times at which messages went out."""
    from zoneinfo import ZoneInfo

    instants = [datetime.fromtimestamp(one.at / 1e6, UTC).astimezone(ZoneInfo(zone)) for one in lab.sent(profile)]
    return [f"{instant:%Y-%m-%d %H:%M}" for instant in instants]


def lab_at(text: str, *journeys: Journey, zone: str = "UTC", **known: Any) -> Lab:
    """Ada lives from then on."""
    lab = Lab(start=datetime.fromisoformat(text).replace(tzinfo=UTC))
    lab.add(*journeys)
    lab.profile("ada", email="ada@example.com", timezone=zone, **known)
    return lab


# by hand, and several


def test_by_hand_alone(lab: Lab, meet: Any) -> None:
    by_hand = greets(manual())
    lab.add(by_hand)
    ada = meet()
    lab.track(ada, "unichannel.enroll")
    lab.advance(days(30))
    assert said(lab, ada) == []
    lab.enroll(by_hand, ada)
    assert said(lab, ada) == ["hello"]


def test_whichever_comes_first(lab: Lab, meet: Any) -> None:
    """An event, another event, a date: one rule of re-entry for the events, each day for itself."""
    lab.add(greets([on("signed.up"), on("came.back"), on_date(birthday, at="09:00", yearly=True)], re_entry=days(5)))
    ada = meet(birthday="1990-01-10")
    lab.track(ada, "signed.up")
    lab.advance(days(1))
    lab.track(ada, "came.back")  # within the cool-down
    lab.advance(days(5))
    lab.track(ada, "came.back")
    assert dates(lab) == ["2030-01-08 09:00", "2030-01-10 09:00", "2030-01-14 09:00"]


# dates


def test_a_birthday_each_year_at_nine_where_the_person_lives() -> None:
    lab = lab_at(
        "2030-01-01", greets(on_date(birthday, at="09:00", yearly=True)), zone="Asia/Tokyo", birthday="1990-03-05"
    )
    lab.advance(days(800))
    assert dates(lab, zone="Asia/Tokyo") == ["2030-03-05 09:00", "2031-03-05 09:00", "2032-03-05 09:00"]


@pytest.mark.parametrize(("leap", "day"), [("28 February", "02-28"), ("1 March", "03-01")])
def test_a_29_february(leap: str, day: str) -> None:
    lab = lab_at("2030-01-01", greets(on_date(birthday, at="09:00", yearly=True, leap=leap)), birthday="1996-02-29")
    lab.advance(days(1200))
    assert dates(lab) == [f"2030-{day} 09:00", f"2031-{day} 09:00", "2032-02-29 09:00", f"2033-{day} 09:00"]


def test_days_before_a_date_over_new_year() -> None:
    lab = lab_at("2030-06-01", greets(on_date(birthday - days(5), at="10:00", yearly=True)), birthday="1990-01-03")
    lab.advance(days(600))
    assert dates(lab) == ["2030-12-29 10:00", "2031-12-29 10:00"]


def test_once_where_it_is_not_yearly() -> None:
    lab = lab_at("2030-01-01", greets(on_date(attribute_date("renews") - days(7))), renews="2030-03-10")
    lab.advance(days(800))
    assert dates(lab) == ["2030-03-03 00:00"]


@pytest.mark.parametrize(
    ("moved_to", "expected"),
    [
        ("2030-01-12", ["2030-01-12 09:00"]),
        ("2030-02-20", ["2030-02-20 09:00"]),
        (None, []),
        ("soon", []),
        ("2030-01-02", []),  # past when it is told: an occurrence counts from when it is known
    ],
    ids=["earlier", "later", "removed", "no date", "past"],
)
def test_p28_a_date_that_moves_takes_its_run_along(moved_to: str | None, expected: list[str]) -> None:
    lab = lab_at("2030-01-08T09:00", greets(on_date(attribute_date("renews"), at="09:00")), renews="2030-01-20")
    lab.advance(days(2))
    lab.engine.identify(Profile("ada", renews=moved_to))
    lab.advance(days(60))
    assert dates(lab) == expected


def test_a_date_that_moves_after_it_was_served_is_served_again() -> None:
    lab = lab_at("2030-01-08", greets(on_date(attribute_date("renews"), at="09:00")), renews="2030-01-10")
    lab.advance(days(5))
    lab.profile("ada", renews="2030-02-10")
    lab.advance(days(60))
    lab.profile("ada", renews="2030-02-10")  # told once more
    lab.advance(days(60))
    assert dates(lab) == ["2030-01-10 09:00", "2030-02-10 09:00"]


@pytest.mark.parametrize("re_entry", ["once", "after_end"])
def test_a_changed_zone_serves_no_local_day_twice(re_entry: Any) -> None:
    """Nine in the morning in Tokyo was ten hours before it is nine in New York, on the same 10 January."""
    lab = lab_at(
        "2030-01-08",
        greets(on_date(birthday, at="09:00", yearly=True), re_entry=re_entry),
        zone="Asia/Tokyo",
        birthday="1990-01-10",
    )
    lab.advance(days(2) + hours(2))
    lab.profile("ada", timezone="America/New_York")
    lab.advance(days(364))
    assert dates(lab) == ["2030-01-10 00:00"]
    lab.advance(days(5))
    assert lab.why("ada")[0].code == "reserved"
    assert len(lab.why("ada")) == 2  # none was refused: the day was not even tried
    assert dates(lab, zone="America/New_York")[1:] == ["2031-01-10 09:00"]


def test_a_changed_zone_moves_what_is_still_to_come() -> None:
    lab = lab_at(
        "2030-01-08", greets(on_date(birthday, at="09:00", yearly=True)), zone="Asia/Tokyo", birthday="1990-01-10"
    )
    lab.advance(days(1))
    lab.profile("ada", timezone="America/New_York")
    lab.advance(days(5))
    assert dates(lab, zone="America/New_York") == ["2030-01-10 09:00"]


def test_the_run_knows_its_day_and_the_entry_condition_holds_or_not() -> None:
    steps = [tell("hello", "{{ data.date }}")]
    only_pro = Journey("greets", start=on_date(birthday, yearly=True), entry=attribute("plan", "pro"), steps=steps)
    lab = lab_at("2030-01-08", only_pro, birthday="1990-01-10", plan="free")
    lab.advance(days(300))
    assert [one.code for one in lab.why("ada")] == ["entry_condition"]
    lab.profile("ada", plan="pro")
    lab.advance(days(300))
    assert subjects(lab, "ada") == ["2031-01-10"]


def test_a_journey_that_is_published_later_finds_everybody(lab: Lab, meet: Any) -> None:
    ada = meet(birthday="1990-01-20")
    lab.advance(days(1))
    lab.add(greets(on_date(birthday, yearly=True)))
    lab.advance(days(30))
    assert said(lab, ada) == ["hello"]


# rules


def test_every_monday_at_nine_where_the_person_lives() -> None:
    lab = lab_at("2030-03-05", greets(recurring("FREQ=WEEKLY;BYDAY=MO")), zone="America/New_York")
    lab.advance(days(20))
    assert dates(lab, zone="America/New_York") == ["2030-03-11 09:00", "2030-03-18 09:00"]  # across the change
    assert dates(lab) == ["2030-03-11 13:00", "2030-03-18 13:00"]


def test_the_31st_is_not_in_every_month() -> None:
    lab = lab_at("2030-01-01", greets(recurring("FREQ=MONTHLY;BYMONTHDAY=31")))
    lab.advance(days(160))
    assert dates(lab) == ["2030-01-31 09:00", "2030-03-31 09:00", "2030-05-31 09:00"]


def test_the_last_day_is() -> None:
    lab = lab_at("2030-01-01", greets(recurring("FREQ=MONTHLY;BYMONTHDAY=-1")))
    lab.advance(days(95))
    assert dates(lab) == ["2030-01-31 09:00", "2030-02-28 09:00", "2030-03-31 09:00"]


def test_a_count_ends_and_an_interval_counts_from_since() -> None:
    rule = recurring("FREQ=DAILY;INTERVAL=3;COUNT=3", since=date(2030, 1, 2), at="12:00")
    lab = lab_at("2030-01-01", greets(rule))
    lab.advance(days(60))
    assert dates(lab) == ["2030-01-02 12:00", "2030-01-05 12:00", "2030-01-08 12:00"]
    assert lab.engine.next_due_at() is None


def test_half_past_two_in_the_gap_and_in_the_overlap() -> None:
    """The night that has no 02:30 has the first valid instant after; the one that has two has the first."""
    nightly = greets(recurring("FREQ=DAILY", at="02:30"))
    lab = lab_at("2030-03-29T12:00", nightly, zone="Europe/Paris")
    lab.advance(days(3))
    assert dates(lab, zone="Europe/Paris") == ["2030-03-30 02:30", "2030-03-31 03:00", "2030-04-01 02:30"]
    lab = lab_at("2030-10-25T12:00", nightly, zone="Europe/Paris")
    lab.advance(days(3))
    assert dates(lab) == ["2030-10-26 00:30", "2030-10-27 00:30", "2030-10-28 01:30"]


def test_hourly_over_an_overlap_comes_once_each_local_hour() -> None:
    lab = lab_at("2030-10-26T23:30", greets(recurring("FREQ=HOURLY", at="00:15")), zone="Europe/Paris")
    lab.advance(hours(5))
    assert len(dates(lab)) == len(set(dates(lab))) >= 4


# downtime


def test_an_engine_that_was_down_for_days_begins_what_is_not_too_old() -> None:
    """P6: of five mornings the last is still worth it; the journey says how late (24 h)."""
    lab = lab_at("2030-01-08T12:00", greets(recurring("FREQ=DAILY")))
    lab.clock.set(lab.clock.now() + days(5).nominal - hours(1).nominal)
    lab.run_due()
    assert said(lab, "ada") == ["hello"]
    lab.advance(days(2))
    assert dates(lab)[1:] == ["2030-01-14 09:00", "2030-01-15 09:00"]
    assert [one.code for one in lab.why("ada") if one.code == "too_late"] == ["too_late"]


def test_a_journey_that_accepts_late_ones_begins_them_all() -> None:
    lab = lab_at("2030-01-08T12:00", greets(recurring("FREQ=DAILY"), accept_late=days(9)))
    lab.clock.set(lab.clock.now() + days(3).nominal)
    lab.run_due()
    assert len(states(lab, "ada")) == 3


def test_each_occurrence_is_a_run_of_its_own_beside_those_still_going(lab: Lab, meet: Any) -> None:
    lab.add(Journey("long", start=recurring("FREQ=DAILY"), steps=[Wait(days(3)), say("late")]))
    ada = meet()
    lab.advance(days(6))
    assert clock(lab, ada) == ["12 09:00", "13 09:00", "14 09:00"]
    assert len({run.entity for run in lab.history(ada).runs}) == 6  # type: ignore[union-attr]


@pytest.mark.parametrize("restart_at", range(0, 60, 7))
def test_an_engine_that_is_made_anew_forgets_no_date(restart_at: int) -> None:
    lab = lab_at("2030-01-08T12:00", greets(recurring("FREQ=DAILY")))
    begin = lab.now
    lab.advance_to(begin + timedelta(hours=restart_at))
    lab.restart()
    lab.advance_to(begin + timedelta(hours=60))
    assert dates(lab) == ["2030-01-09 09:00", "2030-01-10 09:00"]

"""P21 to P24, P28: local time through whole journeys; the same rules by value are in tests/calendar."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.journeys.trial import message
from unichannel import Journey, Send, Wait, Window, days, hours, on, start
from unichannel.conditions import attribute_date, data_date, local_time, weekday
from unichannel.steps import on_date
from unichannel.testing import Lab

word = message("word", "transactional")


def told_at(lab: Lab, profile: str, zone: str = "UTC") -> list[str]:
    """When messages went to a profile, on the clock of a zone."""
    instants = [datetime.fromtimestamp(one.at / 1e6, UTC) for one in lab.sent(profile)]
    return [instant.astimezone(ZoneInfo(zone)).strftime("%a %Y-%m-%d %H:%M") for instant in instants]


def waits(wait: Wait, *, via: str = "email", **more: Any) -> Journey:
    return Journey("waits", start=on("begun"), steps=[wait, Send(word, via=via)], **more)


@pytest.mark.parametrize(
    "wait", [Wait(days(3)), Wait(until=start + days(3)), Wait(until=weekday("monday", at="09:00"))]
)
def test_p21_p23_nine_o_clock_stays_nine_o_clock(wait: Wait) -> None:
    """From Friday 09:00 in New York over the change of 10 March."""
    lab = Lab(start=datetime(2030, 3, 8, 14, 0, tzinfo=UTC))
    lab.add(waits(wait))
    ada = lab.profile("ada", email="ada@example.com", timezone="America/New_York")
    lab.track(ada, "begun")
    lab.advance(days(5))
    assert told_at(lab, ada, "America/New_York") == ["Mon 2030-03-11 09:00"]


def test_p22_monday_at_five_in_tokyo(lab: Lab, meet: Any) -> None:
    lab.add(waits(Wait(until=weekday("monday", at="05:00"))))
    ada = meet(timezone="Asia/Tokyo")
    lab.track(ada, "begun")
    lab.advance(days(7))
    assert told_at(lab, ada, "Asia/Tokyo") == ["Mon 2030-01-14 05:00"]
    assert told_at(lab, ada) == ["Sun 2030-01-13 20:00"]


def test_p23_a_day_is_a_day_of_the_calendar_and_24_hours_elapse() -> None:
    lab = Lab(start=datetime(2030, 10, 26, 7, 0, tzinfo=UTC))  # Saturday 09:00 in Paris
    lab.add(waits(Wait(days(1))))
    elapses = Journey("elapses", start=on("begun"), steps=[Wait(hours(24)), Send(message("other", "transactional"))])
    lab.add(elapses)
    ada = lab.profile("ada", email="ada@example.com", timezone="Europe/Paris")
    lab.track(ada, "begun")
    lab.advance(days(2))
    assert told_at(lab, ada, "Europe/Paris") == ["Sun 2030-10-27 08:00", "Sun 2030-10-27 09:00"]


def test_p24_the_night_is_the_night_not_the_day(lab: Lab, meet: Any) -> None:
    """Marketing by SMS at noon goes at noon; at 22:00 it waits for 08:00 and its spread."""
    lab.use(quiet_hours=Window("21:00", "08:00"))
    promo = message("promo", "marketing")
    lab.add(Journey("promotes", start=on("begun"), steps=[Send(promo, via="sms")], re_entry="after_end"))
    ada, bob = meet(), meet("bob", phone="+33612345679")
    lab.track(ada, "begun")
    assert told_at(lab, ada) == ["Tue 2030-01-08 09:00"]
    lab.advance(hours(13))
    lab.track(bob, "begun")
    assert told_at(lab, bob) == []
    lab.advance(hours(11))
    (at,) = told_at(lab, bob)
    assert "Wed 2030-01-09 08:00" <= at <= "Wed 2030-01-09 08:30"


@pytest.mark.parametrize(
    ("moved_to", "expected"),
    [("2030-01-12", "Sat 2030-01-12 00:00"), ("2030-01-25", "Fri 2030-01-25 00:00")],
    ids=["earlier", "later"],
)
def test_p28_a_wait_on_an_attribute_moves_with_it(lab: Lab, meet: Any, moved_to: str, expected: str) -> None:
    lab.add(waits(Wait(until=attribute_date("renews_at"))))
    ada = meet(renews_at="2030-01-20")
    lab.track(ada, "begun")
    lab.advance(days(2))
    meet(renews_at=moved_to)
    lab.advance(days(30))
    assert told_at(lab, ada) == [expected]


@pytest.mark.parametrize(
    ("moved_to", "expected"),
    [("2030-01-12T15:00", "Sat 2030-01-12 12:00"), ("2030-01-25T15:00", "Fri 2030-01-25 12:00")],
    ids=["earlier", "later"],
)
def test_p28_a_wait_on_the_runs_data_moves_with_a_refresh(lab: Lab, meet: Any, moved_to: str, expected: str) -> None:
    """A delivery slot is changed: the SMS goes 3 h before the new one (B2)."""
    slot = Wait(until=data_date("slot") - hours(3))
    ships = Journey(
        "ships",
        start=on("order.shipped", entity="order"),
        refresh=on("slot.changed"),
        steps=[slot, Send(word, via="sms")],
    )
    lab.add(ships)
    ada = meet()
    lab.track(ada, "order.shipped", {"order": "o1", "slot": "2030-01-20T15:00"})
    lab.track(ada, "order.shipped", {"order": "o2", "slot": "2030-01-20T10:00"})
    lab.advance(days(2))
    lab.track(ada, "slot.changed", {"order": "o1", "slot": moved_to})
    lab.advance(days(30))
    assert sorted(told_at(lab, ada)) == sorted([expected, "Sun 2030-01-20 07:00"])


def test_p28_a_date_that_moved_into_the_past_is_late_not_lost(lab: Lab, meet: Any) -> None:
    lab.add(waits(Wait(until=attribute_date("renews_at"))))
    ada = meet(renews_at="2030-01-20")
    lab.track(ada, "begun")
    lab.advance(days(2))
    meet(renews_at="2030-01-10T06:00")
    assert told_at(lab, ada) == ["Thu 2030-01-10 09:00"]


def test_p28_a_date_that_is_told_later_is_waited_for(lab: Lab, meet: Any) -> None:
    lab.add(waits(Wait(until=attribute_date("renews_at") - days(3))))
    ada = meet()
    lab.track(ada, "begun")
    assert lab.engine.next_due_at() is None
    lab.advance(days(1))
    meet(renews_at="2030-02-01")
    lab.advance(days(60))
    assert told_at(lab, ada) == ["Tue 2030-01-29 00:00"]


def test_a_changed_zone_moves_the_local_time_and_serves_no_day_twice(lab: Lab, meet: Any) -> None:
    """At 18:00 on the local clock, twice; the person flies from Tokyo to New York in between."""
    steps = [
        Wait(until=local_time("18:00"), name="first evening"),
        Send(word, via="email"),
        Wait(days(1)),
        Send(message("again", "transactional"), via="email"),
    ]
    lab.add(Journey("evenings", start=on("begun"), steps=steps))
    ada = meet(timezone="Asia/Tokyo")  # it is 18:00 there
    lab.track(ada, "begun")
    assert told_at(lab, ada, "Asia/Tokyo") == ["Tue 2030-01-08 18:00"]
    lab.advance(hours(1))
    meet(timezone="America/New_York")
    lab.advance(days(3))
    assert len(told_at(lab, ada)) == 2


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2030-01-20", "Sun 2030-01-20 00:00"),
        ("2030-01-20T15:00", "Sun 2030-01-20 15:00"),
        ("2030-01-20T15:00:00", "Sun 2030-01-20 15:00"),
        ("2030-01-20T15:00:00Z", "Sun 2030-01-20 16:00"),
        ("2030-01-20T15:00:00+09:00", "Sun 2030-01-20 07:00"),
        ("2030-01-20 15:00", "Sun 2030-01-20 15:00"),
    ],
)
def test_p29_a_date_is_read_as_hosts_write_it(lab: Lab, meet: Any, written: str, expected: str) -> None:
    """Local where it names no zone; an attribute, the run's data and a trigger alike."""
    lab.add(waits(Wait(until=attribute_date("at"))))
    of_data = Wait(until=data_date("at"))
    lab.add(Journey("data", start=on("begun"), steps=[of_data, Send(message("data", "transactional"), via="email")]))
    begins = on_date(attribute_date("at"))
    lab.add(Journey("date", start=begins, steps=[Send(message("date", "transactional"), via="email")]))
    ada = meet(timezone="Europe/Paris", at=written)
    lab.track(ada, "begun", {"at": written})
    lab.advance(days(20))
    assert told_at(lab, ada, "Europe/Paris") == [expected] * 3


@pytest.mark.parametrize("written", ["soon", "", True, None, "9999-12-31", "2030-13-01", ["2030-01-20"], {"a": 1}])
def test_p29_what_is_no_date_is_waited_for_and_upsets_nobody(lab: Lab, meet: Any, written: object) -> None:
    lab.add(waits(Wait(until=attribute_date("at") + days(3))))
    begins = on_date(attribute_date("at") + days(3), yearly=True)
    lab.add(Journey("date", start=begins, steps=[Send(message("date", "transactional"), via="email")]))
    ada = meet(at=written)
    lab.track(ada, "begun")
    lab.advance(days(300))
    assert lab.engine.failed() == []
    assert ("word", "email") not in lab.messages_sent(ada)
    meet(at="2030-12-01")
    lab.advance(days(60))
    assert sorted(name for name, _ in lab.messages_sent(ada))[-2:] == ["date", "word"]

"""``Send(before=…)``: what is pointless after a date does not go out after it (B9, C11, B2)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.journeys.trial import message
from unichannel import Journey, Send, Wait, days, hours, on, start
from unichannel.conditions import data_date
from unichannel.core.words.instant import MINUTE, from_datetime, to_datetime
from unichannel.testing import Lab

offer = message("offer", "marketing")
END = "2030-01-08T12:00+00:00"


def offers(*steps: Any) -> Journey:
    return Journey("offers", start=on("offered"), refresh=on("moved"), steps=steps)


@pytest.mark.parametrize("minute", [59, 60], ids=["just before", "at its end"])
def test_a_late_tick_sends_nothing_at_or_after_it(lab: Lab, meet: Any, minute: int) -> None:
    lab.add(offers(Send(offer, via="email", before=data_date("end"))))
    ada = meet()
    lab.engine.track(ada, "offered", {"end": END})
    lab.clock.set(from_datetime(datetime(2030, 1, 8, 11, tzinfo=UTC)) + minute * MINUTE)
    lab.run_due()
    (told,) = lab.why(ada)
    assert told.code == ("reserved" if minute < 60 else "expired")
    assert len(lab.sent(ada)) == (told.code == "reserved")


def test_what_waits_for_the_morning_is_dropped_where_the_date_comes_first(lab: Lab, meet: Any) -> None:
    lab.add(offers(Wait(until=start + hours(14)), Send(offer, via="sms", before=data_date("end"))))
    ada, bob = meet(), meet("bob", phone="+33612345679")
    lab.track(ada, "offered", {"end": "2030-01-09T08:00"})
    lab.track(bob, "offered", {"end": "2030-01-09T09:00"})
    lab.advance(days(2))
    assert lab.sent(ada) == []
    assert [to_datetime(one.at).hour for one in lab.sent(bob)] == [8]


def test_a_fallback_stops_at_it(lab: Lab, meet: Any) -> None:
    lab.add(offers(Send(offer, via=["email", "sms"], fallback_after=hours(3), before=data_date("end"))))
    ada = meet()
    lab.track(ada, "offered", {"end": END})
    lab.advance(days(2))
    assert lab.channels_sent(ada) == ["email"]


def test_a_provider_that_is_down_until_then_sends_nothing_later(lab: Lab, meet: Any) -> None:
    lab.add(offers(Send(offer, via="email", before=data_date("end"))))
    lab.transport.plan(*["refuse"] * 40)  # type: ignore[list-item]
    ada = meet()
    lab.track(ada, "offered", {"end": "2030-01-08T09:30+00:00"})
    lab.advance(days(2))
    assert lab.sent(ada) == []


def test_it_moves_and_without_it_the_time_to_live_counts(lab: Lab, meet: Any) -> None:
    lab.add(offers(Wait(until=start + hours(2)), Send(offer, via="email", before=data_date("end"))))
    ada, bob = meet(), meet("bob", phone="+33612345679")
    lab.track(ada, "offered", {"end": END})
    lab.track(bob, "offered", {"end": "when we say so"})
    lab.track(ada, "moved", {"end": datetime(2030, 1, 8, 10, 30, tzinfo=UTC).isoformat()})
    lab.advance(days(1))
    assert [len(lab.sent(one)) for one in (ada, bob)] == [0, 1]

"""Moments that follow a length told with the order (D3)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from unichannel import Email, Journey, Message, Send, Wait, days, hours, on, start
from unichannel.conditions import attribute_date, data_date, data_days
from unichannel.core.audience.profile import Person
from unichannel.core.condition.moment import DateOf, Moment, Start
from unichannel.core.condition.view import Facts, Scope, View
from unichannel.core.words.definition import dump, load
from unichannel.core.words.instant import from_datetime, to_datetime
from unichannel.errors import DefinitionError
from unichannel.steps import on_date
from unichannel.testing import Lab


def day(moment: Moment, **data: Any) -> str | None:
    scope = Scope(1, from_datetime(datetime(2030, 1, 8, 9, tzinfo=UTC)), data)
    found = moment.resolve(View(Facts(Person(1, "ada")), scope), 0)
    return None if found is None else f"{to_datetime(found):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("supply", "half", "most"),
    [
        (30, "01-23", "01-29"),
        (28, "01-22", "01-28"),
        (31, "01-24", "01-30"),
        (1, "01-09", "01-09"),
        (0, "01-08", "01-08"),
    ],
)
def test_whole_days_half_a_day_rounded_up(supply: int, half: str, most: str) -> None:
    assert day(start + data_days("supply", times=1 / 2), supply=supply) == f"2030-{half} 09:00"
    assert day(start + data_days("supply", times=0.7), supply=supply) == f"2030-{most} 09:00"


@pytest.mark.parametrize("value", [None, "30", True, -1, 36_526, 10**30, float("nan"), float("inf"), [30]])
def test_a_length_that_is_none_is_not_known_yet(value: Any) -> None:
    assert day(start + data_days("supply"), supply=value) is None


def test_a_length_that_is_missing_is_not_known_yet() -> None:
    assert day(data_date("at") + data_days("supply"), at="2030-01-08") is None
    assert day(data_date("at") + data_days("supply"), supply=3) is None
    assert day(start + data_days("supply", times=100), supply=36_500) is None


def test_a_length_goes_together_with_spans_and_dots() -> None:
    moment = data_date("order.at") + data_days("order.supply") + days(1) - hours(2)
    assert day(moment, order={"at": "2030-01-08T12:00", "supply": 10}) == "2030-01-19 10:00"


@pytest.mark.parametrize("moment", [start + data_days("n"), data_date("at") + days(2) + data_days("n", times=0.5)])
def test_it_comes_back_from_json(moment: Start | DateOf) -> None:
    assert load(Moment, dump(moment)) == moment
    assert hash(load(Moment, dump(moment))) == hash(moment)


def test_it_has_a_name() -> None:
    assert (start + data_days("supply")).label() == "start+supply"
    assert (data_date("at") + data_days("supply", times=1 / 2) + hours(1)).label() == "at+0.5*supply+1h"


def test_what_it_cannot_mean_is_refused() -> None:
    with pytest.raises(DefinitionError, match="Give times= above 0"):
        data_days("supply", times=0)
    with pytest.raises(DefinitionError, match="added already"):
        start + data_days("supply") + data_days("supply")
    with pytest.raises(DefinitionError, match="before it has begun"):
        on_date(attribute_date("birthday") + data_days("supply"))


def test_a_length_that_changes_moves_the_wait(lab: Lab) -> None:
    word = Message("word", Email("Word", text="Word"), category="transactional")
    steps = [Wait(until=start + data_days("supply", times=1 / 2)), Send(word)]
    lab.add(Journey("supplies", start=on("ordered"), refresh=on("changed"), steps=steps))
    ada = lab.profile("ada", email="ada@example.com", timezone="UTC")
    lab.track(ada, "ordered", {"supply": "unknown"})
    assert lab.engine.next_due_at() is None
    lab.track(ada, "changed", {"supply": 30})
    assert lab.engine.next_due_at() == datetime(2030, 1, 23, 9, tzinfo=UTC)
    lab.track(ada, "changed", {"supply": 60})
    lab.advance(days(60))
    assert to_datetime(lab.sent(ada)[0].at) == datetime(2030, 2, 7, 9, tzinfo=UTC)

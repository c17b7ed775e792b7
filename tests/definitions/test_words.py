"""Definitions in plain words: what each kind says, beside the label that names steps."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from unichannel import days, hours, minutes, months, on, opened, replied, seconds, start, weeks, years
from unichannel.conditions import (
    Condition,
    above,
    at_least,
    attribute,
    attribute_date,
    business_hours,
    clicked,
    contains,
    data,
    data_date,
    delivered,
    exists,
    happened,
    in_order,
    local_hours,
    local_time,
    one_of,
    reached,
    sent,
    silent,
    unanswered,
    weekday,
)
from unichannel.core.condition.moment import Moment
from unichannel.core.journey.language.step import Step
from unichannel.core.journey.language.trigger import Trigger
from unichannel.core.words.definition import Family, definition
from unichannel.core.words.test import Test as ValueTest
from unichannel.steps import manual, on_date, recurring

SAID: list[tuple[Any, str]] = [
    (opened("email"), "opened an email"),
    (~clicked("sms"), "not clicked in an SMS"),
    (replied(of="welcome"), "replied to welcome"),
    (delivered("fax", of="welcome"), "delivered welcome by fax"),
    (sent(), "sent a message"),
    (silent("visit", for_=months(2)), "no event visit for 2 months"),
    (silent(opened, for_=weeks(3)), "no message opened for 21 days"),
    (unanswered("asked", by=replied("sms"), within=days(1)), "asked happened and no SMS answered within 1 day"),
    (attribute("plan", "pro") & attribute("total", at_least(50)), "plan is pro and total is at least 50"),
    (attribute("a", 1) & (attribute("b", 2) | attribute("c", 3)), "a is 1 and (b is 2 or c is 3)"),
    (attribute("a", 1) & attribute("b", 2) & attribute("c", 3), "a is 1 and b is 2 and c is 3"),
    (~(attribute("a", 1) | attribute("b", 2)), "not (a is 1 or b is 2)"),
    (~~attribute("a", 1), "a is 1"),
    (~attribute("a", exists()), "a is not known"),
    (~attribute("a", above(2)), "a is not above 2"),
    (~attribute("a", one_of("x y", 2, True, None)), 'a is none of "x y", 2, true, nothing'),
    (data("tags", contains("5")), 'the run\'s tags contains "5"'),
    (data("a", "true") & data("a", True), "the run's a is \"true\" and the run's a is true"),
    (happened("paid", where={"total": above(50)}), "paid happened where total is above 50"),
    (~happened("paid", times=3, within=days(30)), "paid did not happen at least 3 times within the last 30 days"),
    (in_order("a", "b", within=hours(1)), "a happened, then b happened, all within 1 hour"),
    (~business_hours(), "not in business hours"),
    (local_hours("21:00", "08:00"), "the local time is from 21:00 to 08:00"),
    (
        ~local_hours("09:00", "18:00", days=("monday", "tuesday", "wednesday")),
        "the local time is not from 09:00 to 18:00, Monday to Wednesday",
    ),
    (reached(attribute_date("renews_at") - days(3)), "3 days before renews_at has come"),
    (start, "the start"),
    (start + days(3), "3 days after the start"),
    (data_date("slot") - hours(3), "3 hours before the run's slot"),
    (local_time("09:00"), "the next 09:00"),
    (weekday("monday", "friday", at="10:30"), "the next Monday or Friday at 10:30"),
    (on("order.paid", where={"total": at_least(50)}), "order.paid happens where total is at least 50"),
    (on("paid", any_entity=True, since=days(1)), "paid happens for any entity looking back 1 day"),
    (manual(), "when enrolled"),
    (
        on_date(attribute_date("birthday"), at="09:00", yearly=True),
        "every year on birthday at 09:00, 29 February on 28 February",
    ),
    (on_date(attribute_date("renews_at") - days(3)), "3 days before renews_at"),
]

SPANS = [
    (days(3), "3 days"),
    (days(1), "1 day"),
    (hours(4.5), "4 hours 30 minutes"),
    (months(14), "14 months"),
    (years(2), "2 years"),
    (months(1) + days(2) + minutes(1), "1 month 2 days 1 minute"),
    (seconds(0.1) + hours(2), "2 hours 0.1 seconds"),
    (hours(48), "48 hours"),
    (days(0), "no time"),
]

MONDAY = date(2030, 1, 7)
RULES = [
    ("FREQ=WEEKLY;BYDAY=MO", "every week on Monday at 09:00"),
    ("FREQ=WEEKLY", "every week on Wednesday at 09:00"),
    ("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", "every week on Monday to Friday at 09:00"),
    ("FREQ=MONTHLY;BYMONTHDAY=1,-1", "every month on day 1 and the last day at 09:00"),
    ("FREQ=MONTHLY", "every month on day 1 at 09:00"),
    ("FREQ=YEARLY", "every year on 1 January at 09:00"),
    ("freq=yearly;bymonth=3;bymonthday=5", "every year on day 5 of March at 09:00"),
    ("FREQ=DAILY;BYMONTH=1,2", "every day in January and February at 09:00"),
    ("FREQ=DAILY;INTERVAL=2;COUNT=4", "every 2 days at 09:00, 4 times, counted from 2020-01-01"),
    # What says more than these words can is shown as it is.
    ("FREQ=MONTHLY;BYDAY=1MO", "by the rule FREQ=MONTHLY;BYDAY=1MO at 09:00, counted from 2020-01-01"),
    ("FREQ=MONTHLY;BYDAY=MO", "by the rule FREQ=MONTHLY;BYDAY=MO at 09:00, counted from 2020-01-01"),
    ("FREQ=YEARLY;BYMONTHDAY=5", "by the rule FREQ=YEARLY;BYMONTHDAY=5 at 09:00, counted from 2020-01-01"),
    ("FREQ=MONTHLY;BYMONTHDAY=-2", "by the rule FREQ=MONTHLY;BYMONTHDAY=-2 at 09:00, counted from 2020-01-01"),
    ("FREQ=HOURLY", "by the rule FREQ=HOURLY at 09:00, counted from 2020-01-01"),
]


@pytest.mark.parametrize(("thing", "words"), SAID, ids=[text for _, text in SAID])
def test_it_says_itself_and_prints_so(thing: Any, words: str) -> None:
    assert thing.words() == words == str(thing)


@pytest.mark.parametrize(("span", "words"), SPANS, ids=[text for _, text in SPANS])
def test_spans_in_full_words(span: Any, words: str) -> None:
    assert span.words() == words


@pytest.mark.parametrize(("rule", "words"), RULES)
def test_rules_in_words(rule: str, words: str) -> None:
    assert str(recurring(rule)) == words


def test_a_rule_with_a_beginning_of_its_own_names_it() -> None:
    told = str(recurring("FREQ=WEEKLY", at="10:30", since=MONDAY))
    assert told == "every week on Monday at 10:30, counted from 2030-01-07"


@pytest.mark.parametrize("family", [Condition, Moment, ValueTest, Step, Trigger], ids=lambda one: one.__name__)
def test_every_kind_of_ours_has_words_of_its_own(family: type[Family]) -> None:
    base: Any = family
    ours = [kind for kind in family.kinds.values() if kind.__module__.startswith("unichannel.")]
    assert ours
    if family is not ValueTest:  # whose kinds are words already
        assert not [kind for kind in ours if kind.words is base.words]  # type: ignore[attr-defined]


def test_a_hosts_own_kind_is_said_by_its_label() -> None:
    @definition
    class Weather(Condition, kind="weather"):
        sky: str

        def label(self) -> str:
            return f"weather-{self.sky}"

    try:
        assert str(~Weather("fair") & attribute("a", 1)) == "not (weather-fair) and a is 1"
    finally:
        del Condition.kinds["weather"]


def test_labels_name_steps_and_stay() -> None:
    assert (opened("email") & ~silent("visit", for_=days(3))).label() == "opened-email-and-not-silent-visit-3d"
    assert (start + days(3)).label() == "start+3d"
    assert str(days(3) + hours(2)) == "3d2h"

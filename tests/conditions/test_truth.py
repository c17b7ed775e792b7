"""Shows 5: `Truth` is never late, against a clock that looks every minute; and the laws of & | ~."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unichannel import days, hours
from unichannel.conditions import Condition, Truth, attribute_date, in_order, reached
from unichannel.core.audience.profile import Person
from unichannel.core.condition.view import Facts, View
from unichannel.core.words.instant import DAY, MINUTE
from unichannel.testing.strategies import conditions, leaves, views

slow = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
brute = settings(slow, max_examples=20)

LIVED = 2 * DAY
"""How long the brute-force clock looks on, from the start of the run: over the clock change."""


def at_the_time(view: View, at: int) -> View:
    """What could be known at the instant: nothing that occurred after it."""
    facts = view.facts
    deliveries = [
        replace(one, facts={fact: instant for fact, instant in one.facts.items() if instant <= at})
        for one in facts.deliveries
    ]
    return replace(
        view, facts=replace(facts, events=[e for e in facts.events if e.occurred <= at], deliveries=deliveries)
    )


def minutes_of(view: View) -> range:
    first = view.scope.start - view.scope.start % MINUTE
    return range(first, first + LIVED, MINUTE)


# never late


KINDS = {**leaves(), "combined": conditions(depth=2)}


@pytest.mark.parametrize("kind", KINDS)
@brute
@given(views(), st.data())
def test_the_value_holds_until_it_said(kind: str, view: View, data: st.DataObject) -> None:
    """At every minute before the promised instant, with nothing new happening, the value is the same."""
    condition: Condition = data.draw(KINDS[kind])
    promised: Truth | None = None
    last = 0
    for at in minutes_of(view):
        if view.instants(last, at):
            promised = None  # something new happened: no promise outlives it
        truth = condition.truth(view, at)
        if promised is not None and (promised.until is None or at < promised.until):
            assert truth.value == promised.value, (at, promised)
        if truth.until is not None:
            assert truth.until > at
        if promised is None or promised.value != truth.value or _is_longer(truth, promised):
            promised = truth
        last = at


def _is_longer(one: Truth, other: Truth) -> bool:
    return other.until is not None and (one.until is None or one.until > other.until)


@pytest.mark.parametrize("kind", KINDS)
@brute
@given(views(), st.data())
def test_looking_only_when_told_to_misses_nothing(kind: str, view: View, data: st.DataObject) -> None:
    """From `until` to `until` and fact to fact: the same first minute as by looking at each."""
    condition: Condition = data.draw(KINDS[kind])
    minutes = minutes_of(view)
    by_looking = next((at for at in minutes if condition.truth(view, at).value), None)
    at: int | None = minutes[0]
    facts = view.instants(minutes[0], minutes[-1])
    while at is not None and at <= minutes[-1]:
        truth = condition.truth(view, at)
        if truth.value:
            break
        news = next((instant for instant in facts if instant > at), None)
        at = min((one for one in (truth.until, news) if one is not None), default=None)
    if by_looking is not None:
        assert at is not None
        assert at <= by_looking


@slow
@given(views(), conditions(), st.integers(0, LIVED // MINUTE))
def test_a_condition_does_not_see_what_occurred_later(view: View, condition: Condition, minute: int) -> None:
    """A late tick answers for a planned instant as the punctual one did: path is decided at `at`."""
    at = minutes_of(view)[0] + minute * MINUTE
    assert condition.truth(view, at).value == condition.truth(at_the_time(view, at), at).value


@slow
@given(views(), conditions(), st.integers(0, LIVED // MINUTE))
def test_a_condition_names_everything_it_reads(view: View, condition: Condition, minute: int) -> None:
    """With only what `needs()` names loaded, the answer is the same."""
    at, needs, facts = minutes_of(view)[0] + minute * MINUTE, condition.needs(), view.facts
    person = facts.person if needs.attributes else replace(facts.person, attributes={}, timezone="Pacific/Auckland")
    events = [event for event in facts.events if event.name in needs.events]
    deliveries = [one for one in facts.deliveries if needs.deliveries or one.enrollment == view.scope.enrollment]
    loaded = replace(view, facts=replace(facts, person=person, events=events, deliveries=deliveries))
    assert condition.truth(loaded, at) == condition.truth(view, at)


@slow
@given(views(), conditions(depth=1), conditions(depth=1), st.integers(0, LIVED // MINUTE))
def test_combined_conditions_say_what_their_parts_say(view: View, a: Condition, b: Condition, minute: int) -> None:
    at = minutes_of(view)[0] + minute * MINUTE
    left, right = a.truth(view, at), b.truth(view, at)
    assert (a & b).truth(view, at).value == (left.value and right.value)
    assert (a | b).truth(view, at).value == (left.value or right.value)
    assert (~a).truth(view, at) == Truth(not left.value, left.until)


# laws

truths = st.builds(Truth, st.booleans(), st.none() | st.integers(1, 5))


@given(truths, truths, truths)
def test_and_and_or_commute_and_associate(a: Truth, b: Truth, c: Truth) -> None:
    assert a & b == b & a
    assert a | b == b | a
    assert ((a & b) & c).value == (a & (b & c)).value
    assert ((a | b) | c).value == (a | (b | c)).value


@given(truths, truths)
def test_de_morgan_and_double_negation(a: Truth, b: Truth) -> None:
    assert ~~a == a
    assert ~(a & b) == ~a | ~b
    assert ~(a | b) == ~a & ~b


@given(truths)
def test_what_is_always_so_changes_nothing(a: Truth) -> None:
    assert a & Truth(True) == a
    assert a | Truth(False) == a
    assert a & a == a
    assert a | a == a


@st.composite
def courses(draw: st.DrawFn) -> tuple[bool, ...]:
    """How something is at each of eight instants."""
    return tuple(draw(st.lists(st.booleans(), min_size=8, max_size=8)))


def told(course: tuple[bool, ...]) -> Truth:
    """What is so at the first instant, and until when."""
    return Truth(course[0], next((at for at, value in enumerate(course) if value != course[0]), None))


@given(courses(), courses())
def test_a_combination_is_never_later_than_its_parts_allow(a: tuple[bool, ...], b: tuple[bool, ...]) -> None:
    """Against two courses that are known whole: `until` is never after the first real change."""
    both = told(tuple(x and y for x, y in zip(a, b, strict=True)))
    either = told(tuple(x or y for x, y in zip(a, b, strict=True)))
    for said, real in ((told(a) & told(b), both), (told(a) | told(b), either)):
        assert said.value == real.value
        assert real.until is None or (said.until is not None and said.until <= real.until)


# examples


def test_rules_of_and_by_example() -> None:
    assert Truth(True, 5) & Truth(True, 3) == Truth(True, 3)  # both true: the earlier
    assert Truth(True, 3) & Truth(False, 5) == Truth(False, 5)  # one false: that one's
    assert Truth(False, 3) & Truth(False, 5) == Truth(False, 5)  # both false: the later
    assert Truth(False, 3) & Truth(False) == Truth(False)  # None: time alone never changes it


def test_calendar_days_read_the_persons_zone() -> None:
    assert in_order("visit", "paid", within=days(1)).needs().attributes
    assert not in_order("visit", "paid", within=hours(24)).needs().attributes


def test_a_date_beyond_any_calendar_never_comes() -> None:
    """Hosts write 9999-12-31 for "no end"; three days after it is no date."""
    view = View(Facts(Person(1, "ada", attributes={"ends_at": "9999-12-31"})))
    assert reached(attribute_date("ends_at") + days(3)).truth(view, DAY) == Truth(False)
    assert reached(attribute_date("ends_at") - days(3)).truth(view, DAY).until is not None

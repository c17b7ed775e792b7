"""Random conditions, and random people's histories to ask them of.

``conditions()`` draws over every leaf, combined with ``&``, ``|`` and ``~``; ``views()`` gives a
person with events, deliveries, attributes and dates, near a clock change of the zone they live in;
``histories()`` gives the facts alone. What they name is in step: a condition asks for events,
attributes and messages that a history has.

Strategies are made once: hypothesis looks over each new one before it draws from it, which takes longer than drawing.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, get_args

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from unichannel.conditions import (
    Condition,
    On,
    above,
    address_stale,
    at_least,
    attribute,
    attribute_date,
    business_hours,
    consent_older,
    contains,
    data,
    data_date,
    exists,
    happened,
    in_order,
    listed,
    local_hours,
    local_time,
    on,
    one_of,
    reached,
    silent,
    start,
    tagged,
    unanswered,
    weekday,
)
from unichannel.core.audience.ageing import AddressAge
from unichannel.core.audience.consent import Consent
from unichannel.core.audience.profile import Person
from unichannel.core.audience.signs import BY_HOST, SIGNS, Shown
from unichannel.core.calendar.business import BusinessHours
from unichannel.core.calendar.span import Span
from unichannel.core.calendar.window import WEEKDAYS
from unichannel.core.condition.leaves import Evidence
from unichannel.core.condition.moment import Moment
from unichannel.core.condition.view import Facts, Scope, View
from unichannel.core.messaging.delivery import Delivery, status_of
from unichannel.core.words.event import Event
from unichannel.core.words.instant import DAY, MINUTE, SECOND, from_datetime, to_datetime

__all__ = ["CHANGES", "ZONES", "conditions", "histories", "leaves", "spans", "views"]

CHANGES: tuple[tuple[str, int], ...] = tuple(
    (zone, from_datetime(datetime.fromisoformat(text).replace(tzinfo=UTC)))
    for zone, text in (
        ("Europe/Paris", "2030-03-31T01:00"),
        ("Europe/Paris", "2030-10-27T01:00"),
        ("America/New_York", "2030-03-10T07:00"),
        ("America/New_York", "2030-11-03T06:00"),
        ("Australia/Lord_Howe", "2030-04-06T15:00"),
        ("Australia/Lord_Howe", "2030-10-05T15:30"),
        ("Asia/Tokyo", "2030-01-08T00:00"),
        ("Asia/Kolkata", "2030-02-28T12:00"),
        ("UTC", "2030-12-31T12:00"),
    )
)
"""Zones with an instant worth living through: a clock change, where the zone has one."""

ZONES = tuple(dict.fromkeys(zone for zone, _ in CHANGES))

_EVENTS = ("visit", "order", "paid")
_ENTITIES = ("c1", "c2")
_MESSAGES = ("welcome", "tips")
_CHANNELS = ("email", "sms")
_PLANS = ("free", "pro")
_MARKS = ("vip", "beta")
_EVIDENCE = ("accepted", "delivered", "opened", "clicked", "replied", "converted", "engaged", "failed")
_HEARD = ("delivered", "machine_opened", "opened", "clicked", "replied", "converted", "failed", "bounced")


def spans() -> SearchStrategy[Span]:
    """Spans from a minute to a few days, elapsed, by the calendar and both."""
    return _spans()


@cache
def _spans() -> SearchStrategy[Span]:
    elapsed = st.integers(1, 2160).map(lambda count: Span(seconds=60 * count))
    calendar = st.builds(Span, days=st.integers(1, 2), seconds=st.sampled_from((0, 1800, 7200)))
    return elapsed | calendar


# histories


@st.composite
def histories(draw: DrawFn, around: int = CHANGES[0][1], zone: str = CHANGES[0][0]) -> Facts:
    """Facts of one person who lives in the zone, in the days around an instant (microseconds UTC)."""
    person = Person(1, "ada", created=_near(draw, around), timezone=zone)
    person.attributes = draw(_values(around))
    person.tags, person.lists = sorted(draw(_marks())), sorted(draw(_marks()))
    events = draw(st.lists(_events(around), max_size=6))
    deliveries = draw(st.lists(_deliveries(around), max_size=4))
    for n, one in enumerate(deliveries, 1):
        one.n = n
    person.contact = draw(st.just(0) | _instants(around))
    person.addresses, person.signs = draw(_addresses(around))
    consents = draw(
        st.lists(st.builds(_consent, st.sampled_from(["given", "withdrawn"]), _instants(around)), max_size=2)
    )
    return Facts(person, sorted(events, key=lambda event: event.occurred), deliveries, consents)


@cache
def _instants(around: int) -> SearchStrategy[int]:
    return st.integers(-2160, 2160).map(lambda minute: around + minute * MINUTE)


def _addresses(around: int) -> SearchStrategy[tuple[dict[str, list[str]], dict[str, dict[str, int]]]]:
    """One or two mailboxes, or none, each with the signs that showed it to work."""
    signs = st.dictionaries(st.sampled_from((*SIGNS, *BY_HOST)), _instants(around), max_size=3)
    boxes = st.dictionaries(st.sampled_from(("ada@example.com", "old@example.com")), signs)
    return boxes.map(lambda known: ({"email": list(known)} if known else {}, known))


def _consent(status: Any, occurred: int) -> Consent:
    return Consent("email", status=status, occurred=occurred, recorded=occurred)


def _near(draw: DrawFn, around: int) -> int:
    """An instant within a day and a half, on a full minute or beside one."""
    return around + draw(st.integers(-2160, 2160)) * MINUTE + draw(st.sampled_from((0, 0, SECOND, -SECOND)))


@cache
@st.composite
def _events(draw: DrawFn, around: int) -> Event:
    properties: dict[str, Any] = {"n": draw(st.integers(0, 3))}
    cart = draw(st.none() | st.sampled_from(_ENTITIES))
    if cart is not None:
        properties["cart"] = cart
    occurred = _near(draw, around)
    return Event(draw(st.sampled_from(_EVENTS)), occurred, occurred, properties)


@cache
@st.composite
def _deliveries(draw: DrawFn, around: int) -> Delivery:
    reserved = _near(draw, around)
    facts: dict[str, int] = {}
    if draw(st.integers(0, 4)):
        facts["accepted"] = reserved + draw(st.sampled_from((0, SECOND, MINUTE)))
        for fact in draw(st.lists(st.sampled_from(_HEARD), unique=True, max_size=4)):
            facts[fact] = facts["accepted"] + draw(st.integers(0, 2160)) * MINUTE
    message = draw(st.sampled_from(_MESSAGES))
    return Delivery(
        enrollment=draw(st.sampled_from((1, 1, 2))),
        n=1,
        profile=1,
        key="",
        step=f"send-{message}",
        visit=1,
        rung=1,
        channel=draw(st.sampled_from(_CHANNELS)),
        message=message,
        category="marketing",
        address="",
        hash="",
        at=reserved,
        reserved=reserved,
        due=None,
        expires=reserved + 3 * DAY,
        status=status_of("reserved", facts),
        facts=facts,
    )


@cache
def _marks() -> SearchStrategy[set[str]]:
    return st.sets(st.sampled_from(_MARKS))


@cache
@st.composite
def _values(draw: DrawFn, around: int) -> dict[str, Any]:
    """Attributes of a profile, or the data of a run; a date as hosts write them, or none at all."""
    instant = to_datetime(_near(draw, around))
    dates = (instant.isoformat(), instant.replace(tzinfo=None).isoformat(), instant.date().isoformat(), "soon", None)
    values: dict[str, Any] = {
        "plan": draw(st.sampled_from(_PLANS)),
        "score": draw(st.integers(0, 3)),
        "renews_at": draw(st.sampled_from(dates)),
    }
    return {name: value for name, value in values.items() if draw(st.booleans())}


@st.composite
def views(draw: DrawFn) -> View:
    """A history seen from inside a run (``scope.start``) that began in the days around a clock change."""
    zone, around = draw(st.sampled_from(CHANGES))
    facts = draw(histories(around, zone))
    began = around - draw(st.integers(0, 36 * 60)) * MINUTE
    keyed = draw(st.booleans())
    scope = Scope(
        enrollment=1,
        start=began,
        data=draw(_values(around)),
        entity_property="cart" if keyed else "",
        entity=draw(st.sampled_from(_ENTITIES)) if keyed else "",
    )
    hours = BusinessHours(draw(st.sampled_from(ZONES)), closed=draw(st.sampled_from(((), *_closed(around)))))
    ageing = {"email": AddressAge(draw(spans()), draw(st.sampled_from(get_args(Shown))))}
    country = draw(st.sampled_from(("", "FR", "FR-57")))
    return View(facts, scope, draw(st.sampled_from(ZONES)), hours, default_country=country, ageing=ageing)


def _closed(around: int) -> list[tuple[date, ...]]:
    """A day off at a clock change, and all around it."""
    day = to_datetime(around).date()
    return [(day,), tuple(day + timedelta(days=ahead) for ahead in range(-1, 4))]


# conditions


def conditions(*, depth: int = 3) -> SearchStrategy[Condition]:
    """Conditions of every kind, combined up to ``depth`` times."""
    return _conditions(depth)


@cache
def _conditions(depth: int) -> SearchStrategy[Condition]:
    made = st.one_of(*leaves().values())
    for _ in range(depth):
        made = made | _combined(made)
    return made


def _combined(inner: SearchStrategy[Condition]) -> SearchStrategy[Condition]:
    pairs = st.tuples(inner, inner)
    both = pairs.map(lambda pair: pair[0] & pair[1])
    either = pairs.map(lambda pair: pair[0] | pair[1])
    return both | either | inner.map(lambda one: ~one)


def leaves() -> dict[str, SearchStrategy[Condition]]:
    """The conditions that are not made of others, by the name of the function that makes them."""
    within = st.none() | spans()
    return {
        "attribute": st.builds(attribute, st.just("plan"), st.sampled_from((*_PLANS, one_of("pro", "team"), exists()))),
        "tagged": st.builds(tagged, st.sampled_from(_MARKS)),
        "listed": st.builds(listed, st.sampled_from(_MARKS)),
        "consent_older": st.builds(consent_older, st.sampled_from(["email", "sms"]), spans()),
        "address_stale": st.builds(address_stale, st.sampled_from(["email", "sms"]), within=spans()),
        "data": st.builds(data, st.just("score"), st.sampled_from((2, at_least(2), above(1), contains("x")))),
        "happened": st.builds(happened, _patterns(), times=st.integers(1, 3), within=within),
        "in_order": st.lists(_patterns(), min_size=2, max_size=3).flatmap(
            lambda events: within.map(lambda span: in_order(*events, within=span))
        ),
        "evidence": _evidence(),
        "reached": st.builds(reached, _moments()),
        "local_hours": st.sampled_from(_HOURS),
        "business_hours": st.builds(business_hours, st.sampled_from(("host", "profile"))),
        "silent": st.builds(silent, _signals(), for_=spans()),
        "unanswered": st.builds(unanswered, _signals(), by=_signals(), within=spans()),
    }


_HOURS = (
    local_hours("21:00", "08:00"),
    local_hours("09:00", "18:00", days=("monday", "sunday")),
    local_hours("02:15", "02:45", days=("sunday",)),
    local_hours("02:30", "02:10"),
)


@cache
def _patterns() -> SearchStrategy[On]:
    where = st.sampled_from(({}, {"n": at_least(2)}, {"n": 1}))
    return st.builds(on, st.sampled_from(_EVENTS), where=where, any_entity=st.booleans())


@cache
def _evidence() -> SearchStrategy[Evidence]:
    channels, names = st.none() | st.sampled_from(_CHANNELS), st.none() | st.sampled_from(("send-tips", *_MESSAGES))
    return st.builds(Evidence, st.sampled_from(_EVIDENCE), channels, of=names)


@cache
def _signals() -> SearchStrategy[On | Evidence]:
    return st.one_of(_patterns(), _evidence())


@cache
def _moments() -> SearchStrategy[Moment]:
    dates = st.sampled_from((start, attribute_date("renews_at"), data_date("renews_at")))
    moved = st.tuples(dates, spans(), st.booleans()).map(lambda one: one[0] + one[1] if one[2] else one[0] - one[1])
    clocks = st.sampled_from(("02:30", "09:00", "23:45"))
    days = st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=3, unique=True)
    weekdays = st.tuples(days, clocks).map(lambda one: weekday(*one[0], at=one[1]))
    return st.one_of(dates, moved, st.builds(local_time, clocks), weekdays)

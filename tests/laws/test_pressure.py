"""Caps are never overrun, whatever happens; and nothing waits, or is dropped, without a cap that says so (P27, P47).

What reached people is counted anew, by brute force, from the transport's own journal.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from unichannel import Cap, Category, Email, Gap, Journey, Message, Send, Sms, Wait, days, hours, minutes, on, weeks
from unichannel.core.calendar.span import Span
from unichannel.core.calendar.zone import add
from unichannel.core.messaging.delivery import Delivery
from unichannel.core.policy.pressure import PRESSURE
from unichannel.core.words.instant import HOUR, to_datetime
from unichannel.policies import Country
from unichannel.testing import Lab, crash_sweep

CATEGORIES = {
    "news": Category("news"),
    "offer": Category("offer", ttl=10 * 3600),
    "receipt": Category("receipt", purpose="transactional"),
}
ALONE = hours(20)


def message(name: str, category: str, **more: Any) -> Message:
    html = f"<p>{name}</p>"
    return Message(name, Email(subject=name, text=name, html=html), Sms(name), category=category, **more)


def journey(name: str, category: str, via: str | list[str] | None, priority: int = 0, **more: Any) -> Journey:
    send = Send(message(name, category, **more), via=via, name="say")
    steps = [send, Wait(hours(7)), Send(message(f"{name}-again", category), via=via, name="again")]
    return Journey(name, start=on(name), steps=steps, re_entry="after_end", priority=priority)


MATTER = {"about": "thing:{{ data.thing }}", "about_for": ALONE}
JOURNEYS = [
    journey("mail", "news", "email"),
    journey("text", "news", "sms", 2),
    journey("offer", "offer", "email", 1),
    journey("receipt", "receipt", "email"),
    journey("ladder", "news", ["sms", "email"]),
    journey("best", "offer", None),
    journey("cart", "news", "email", **MATTER),
    journey("stock", "offer", "sms", **MATTER),
]
CATEGORY_OF = {one.name: one.category for each in JOURNEYS for one in each.messages()}
ONE_CHANNEL = {"mail": "email", "text": "sms", "offer": "email", "receipt": "email", "cart": "email", "stock": "sms"}
SPEAKING = {"cart", "stock"}

SCOPES = st.sampled_from(
    [
        {},
        {},
        {"channel": "sms"},
        {"channel": "email"},
        {"category": "offer"},
        {"category": ("news", "receipt")},
        {"purpose": "all"},
        {"channel": "sms", "otherwise": "next_channel"},
        {"purpose": "marketing", "otherwise": "drop"},
    ]
)
WITHINS = st.sampled_from([hours(5), hours(24), days(1), days(3), weeks(1), "day", "week", "month"])
LIMITS = st.one_of(
    st.builds(
        lambda limit, within, scope: Cap(limit, within=within, **scope), st.sampled_from([1, 1, 2, 3]), WITHINS, SCOPES
    ),
    st.builds(
        lambda gap, scope: Gap(gap, **scope), st.sampled_from([minutes(30), minutes(90), hours(4), days(1)]), SCOPES
    ),
)
NAMES = st.sampled_from([one.name for one in JOURNEYS])
FAILURES = st.lists(
    st.sampled_from(["refuse", "refuse", "reject", "time_out", "time_out_after_acceptance", None]), max_size=5
)
STARTS = [datetime(2030, month, day, 9, tzinfo=UTC) for month, day in ((1, 8), (3, 29), (10, 25))]


def counts(went: int, at: int, within: Span | str, zone: str) -> bool:
    """Whether what went out then still counts at an instant."""
    if isinstance(within, Span):
        return add(went, within, zone) > at
    before, now = (to_datetime(one).astimezone(ZoneInfo(zone)) for one in (went, at))
    label = {
        "day": lambda one: one.date(),
        "week": lambda one: one.isocalendar()[:2],
        "month": lambda one: (one.year, one.month),
    }[within]
    return bool(label(before) == label(now))


class Pressure(RuleBasedStateMachine):
    """One person, several journeys, categories, caps; providers that fail; hours that pass."""

    @initialize(
        caps=st.lists(LIMITS, min_size=1, max_size=3),
        zone=st.sampled_from(["UTC", "Europe/Paris", "America/New_York"]),
        start=st.sampled_from(STARTS),
        tick=st.sampled_from([None, None, hours(5)]),
    )
    def begin(self, caps: list[Cap | Gap], zone: str, start: datetime, tick: Span | None) -> None:
        self.caps, self.zone, self.tick = caps, zone, tick
        nowhere = [Country("FR", "where nothing is asked")]
        categories = list(CATEGORIES.values())
        self.lab = Lab(start=start, caps=caps, categories=categories, quiet_hours=None, countries=nowhere)
        self.lab.add(*JOURNEYS)
        self.ada = self.lab.profile("ada", email="ada@example.com", phone="+33612345678", timezone=zone)

    @rule(names=st.lists(NAMES, min_size=1, max_size=4), thing=st.integers(1, 2))
    def happens(self, names: list[str], thing: int) -> None:
        for name in names:
            self.lab.engine.track(self.ada, name, {"thing": thing})
        self.lab.run_due()

    @rule(failures=FAILURES)
    def fails(self, failures: list[Any]) -> None:
        self.lab.transport.plan(*failures)

    @rule(calls=st.integers(3, 9), names=st.lists(NAMES, min_size=2, max_size=4))
    def provider_is_down(self, calls: int, names: list[str]) -> None:
        """For so many calls: what was reserved goes out hours later, and others have waited for it."""
        self.lab.transport.plan(*["refuse"] * calls)
        self.happens(names, 1)
        self.time_passes(30)

    @rule(count=st.integers(1, 40))
    def time_passes(self, count: int) -> None:
        self.lab.advance(hours(count), tick=self.tick)

    @rule()
    def looks(self) -> None:
        """A pass of the engine when nothing is due changes nothing."""
        before = len(self.lab.transport.journal)
        self.lab.run_due()
        assert len(self.lab.transport.journal) == before

    @rule()
    def restarts(self) -> None:
        self.lab.restart()

    # what was asked of it

    def deliveries(self) -> dict[str, Delivery]:
        history = self.lab.history(self.ada)
        return {one.key: one for one in history.deliveries} if history else {}

    @invariant()
    def no_cap_is_ever_overrun(self) -> None:
        reached: dict[str, tuple[int, str, str]] = {}
        known = self.deliveries() if hasattr(self, "lab") else {}
        for sent in self.lab.transport.journal if known else []:
            reached[sent.key] = (sent.at, sent.channel, sent.message)
            for cap in self.caps:
                counted = [
                    key
                    for key, (at, channel, name) in reached.items()
                    if cap.concerns(channel, CATEGORIES[CATEGORY_OF[name]])
                    and counts(at, sent.at, cap.within, self.zone)
                ]
                assert len(counted) <= cap.limit, (cap, counted)
            others = [
                key
                for key, (at, _, name) in reached.items()
                if name in SPEAKING and sent.message in SPEAKING
                if self._thing(known[key]) == self._thing(known[sent.key])
                and known[key].enrollment != known[sent.key].enrollment
                and sent.at < at + ALONE.elapsed
            ]
            assert not others, "one matter, one message at a time"

    def _thing(self, one: Delivery) -> str:
        assert one.about.startswith("thing:")
        return one.about

    def _holds(self, one: Delivery, at: int, within: Span | str) -> bool:
        """Whether a delivery takes a slot at an instant, going by what became of it in the end."""
        if at < one.reserved:
            return False
        ended = [one.facts[name] for name in ("cancelled", "expired", "failed") if name in one.facts]
        if ended and "accepted" not in one.facts:
            return at < min(ended)
        went = one.facts.get("accepted", one.facts.get("abandoned"))
        return went is None or at < went or counts(went, at, within, self.zone)

    def _is_refused(self, name: str, channel: str, enrollment: int, thing: str, at: int) -> bool:
        category, all_of_them = CATEGORIES[CATEGORY_OF[name]], self.lived
        for cap in self.caps:
            if cap.concerns(channel, category):
                meant = [one for one in all_of_them if cap.concerns(one.channel, CATEGORIES[one.category])]
                if sum(self._holds(one, at, cap.within) for one in meant) >= cap.limit:
                    return True
        return name in SPEAKING and any(
            one.about == thing and one.enrollment != enrollment and self._holds(one, at, ALONE) for one in all_of_them
        )

    def _waits(self) -> Iterator[tuple[str, str, int, str, int, int]]:
        """What a send on one channel waited for or was dropped: message, channel, run, its thing, from, until."""
        history = self.lab.history(self.ada)
        runs = {run.id: run for run in history.runs} if history else {}
        first: dict[tuple[int, str], int] = {}
        for note in history.notes if history else ():
            trace, run = note.trace, runs.get(note.enrollment)
            if run is None or run.journey not in ONE_CHANNEL or trace.step not in ("say", "again"):
                continue
            place = (run.id, trace.step)
            is_pressed = any(one.code in PRESSURE for one in trace.verdicts)
            if trace.code == "deferred" and is_pressed:
                first.setdefault(place, trace.now)
            end = trace.detail.get("expires") or next((one.detail.get("expires") for one in trace.verdicts), None)
            begun = first.get(place, trace.now)
            is_over = trace.code in ("skipped", "expired") and (place in first or is_pressed)
            if is_over and end is not None:
                yield self._named(run, trace.step), ONE_CHANNEL[run.journey], run.id, self._about(run), begun, end
        for one in self.lived:
            begun = first.get((one.enrollment, one.step), one.reserved)
            run = runs[one.enrollment]
            if run.journey in ONE_CHANNEL:
                yield one.message, one.channel, run.id, self._about(run), begun, one.reserved

    def _named(self, run: Any, step: str) -> str:
        return run.journey if step == "say" else f"{run.journey}-again"

    def _about(self, run: Any) -> str:
        return f"thing:{run.data.get('thing')}"

    def teardown(self) -> None:
        if not hasattr(self, "lab"):
            return
        self.lab.advance(days(12), tick=self.tick)
        self.no_cap_is_ever_overrun()
        self.lived = list(self.deliveries().values())
        if self.tick is None and not any(cap.otherwise == "drop" for cap in self.caps):
            for name, channel, enrollment, thing, begun, end in self._waits():
                for at in range(begun + HOUR // 2, min(end, int(self.lab.clock.now())), HOUR):
                    assert self._is_refused(name, channel, enrollment, thing, at), (name, to_datetime(at))


Pressure.TestCase.settings = settings(
    max_examples=50, stateful_step_count=8, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestPressure = Pressure.TestCase


def test_p47_a_crash_at_any_operation_overruns_nothing() -> None:
    """What was reserved, or is in doubt, holds its slot over the crash; and in the end everybody was told."""
    labs: list[Lab] = []
    once = [
        Journey(name, start=on(name), steps=[Send(message(name, "news"), via="email")]) for name in ("mail", "text")
    ]

    def make() -> Lab:
        labs.append(Lab(caps=[Cap(1, within=hours(12))], categories=list(CATEGORIES.values()), quiet_hours=None))
        labs[-1].add(*once)
        return labs[-1]

    steps = [
        lambda lab: lab.profile("ada", email="ada@example.com", phone="+33612345678", timezone="UTC"),
        lambda lab: lab.track("ada", "mail", id="m"),
        lambda lab: lab.track("ada", "text", id="t"),
        lambda lab: lab.advance(hours(20)),
    ]
    report = crash_sweep(steps, make, ["ada"])
    assert len(report.crashed) > 25
    assert list(report.lost()) == []
    for lab in labs:
        times = [sent.at for sent in lab.transport.journal]
        assert all(later - earlier >= 12 * HOUR for earlier, later in pairwise(times))

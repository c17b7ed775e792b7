"""Law 3: a late tick decides as the punctual one would have, unless a fact or a limit's edge fell in between."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.journeys.trial import CATEGORIES, message, set_up, trial
from unichannel import BusinessHours, Journey, Send, Wait, Window, hours, minutes, on
from unichannel.core.calendar.span import Span
from unichannel.core.words.instant import from_datetime
from unichannel.testing import Lab

QUIET = Window(time(21, 0, 30), time(8, 0, 30))
"""Its edges lie half a minute after the hour: never between a planned instant and the next full hour."""

nudge = message("nudge", "education")
asked = Journey(
    "asked",
    start=on("asked"),
    goal=on("subscription.created"),
    steps=[
        Wait(hours(3)),
        Send(message("question", "onboarding"), via="email"),
        Wait(minutes(30)),
        Wait(
            until=on("answered"), timeout=hours(30), on_timeout=[Send(nudge, via=["sms", "email"], success="clicked")]
        ),
        Wait(hours(5)),
        Send(message("thanks", "onboarding")),
    ],
    re_entry="after_end",
)

EVENTS = ("setup.completed", "tutorial.completed", "subscription.created", "asked", "answered")
DEEDS = (*EVENTS, "opened", "clicked", "replied", "bounced", "stop")
ALLOWED = {"goal", "exit", "opted_out", "suppressed", "success", "ttl", "window", "cap", "gap", "spacing"}


@dataclass(frozen=True)
class Deed:
    """Something that happens: so many hours and minutes after the day began."""

    hour: int
    minute: int
    what: str


def play(deeds: list[Deed], tick: Span | None, horizon: int = 20, *, idle: bool = True) -> Lab:
    """Live through the deeds; engine turns come at due instants, or at every tick of the clock.

    ``idle=False`` leaves out the ticks at which nothing is due, by the engine's own word.
    """
    lab = Lab(
        start=datetime(2030, 1, 8, 9, 0, tzinfo=UTC),
        categories=CATEGORIES,
        quiet_hours=QUIET,
        business_hours=BusinessHours("UTC"),
        hooks=(),
    )
    lab.add(trial, set_up, asked)
    lab.engine.identify(person())
    lab.run_due()
    begin = lab.now
    wait_until(lab, begin + timedelta(minutes=10), tick, idle)
    lab.engine.track("ada", "trial.started")
    for deed in deeds:
        wait_until(lab, begin + timedelta(hours=deed.hour, minutes=deed.minute), tick, idle)
        do(lab, deed)
    wait_until(lab, begin + timedelta(days=horizon), tick, idle)
    return lab


def person():  # type: ignore[no-untyped-def]
    from unichannel import Profile
    from unichannel.testing.lab import EVERYTHING

    return Profile("ada", email="ada@example.com", phone="+33612345678", timezone="UTC", consents=EVERYTHING)


def wait_until(lab: Lab, end: datetime, tick: Span | None, idle: bool) -> None:
    """Let time pass: a run at every due instant, or at every full tick, and none just because a deed comes."""
    last = from_datetime(end)
    while (upcoming := turn(lab, tick, idle, last)) <= last:
        lab.clock.set(upcoming)
        lab.run_due()
    lab.clock.set(last)


def turn(lab: Lab, tick: Span | None, idle: bool, last: int) -> int:
    """The engine's next turn, after ``last`` where there is none."""
    now = lab.clock.now()
    following = (now // tick.elapsed + 1) * tick.elapsed if tick is not None else now
    if tick is not None and idle:
        return following
    at = lab.engine.next_due_at()
    if at is None:
        return last + 1
    due = from_datetime(at)
    return max(following, due if tick is None else -(-due // tick.elapsed) * tick.elapsed)


def do(lab: Lab, deed: Deed) -> None:
    if deed.what in EVENTS:
        lab.engine.track("ada", deed.what)
        return
    channel = "email" if deed.what in ("opened", "bounced") else "sms"
    sent = [one for one in lab.sent("ada") if one.channel == channel]
    if not sent:
        return
    run_due, lab.run_due = lab.run_due, lambda: None  # type: ignore[method-assign]
    if deed.what == "stop":
        lab.stops("ada")
    else:
        lab.tell(deed.what, "ada", channel=channel)
    lab.run_due = run_due  # type: ignore[method-assign]


def told(lab: Lab) -> list[tuple[str, int, int]]:
    """Step, rung and planned instant of each delivery, run by run, in order.

    Silence counts from a provider's acceptance, the one duration that does not count from the
    planned instant: what follows it in its run has no planned instant here, and no place among other runs'.
    """
    history = lab.history("ada")
    assert history is not None
    made = sorted(history.deliveries, key=lambda one: (one.enrollment, one.reserved, one.at, one.n))
    drifting = {one.enrollment for one in made if one.rung > 1}
    return [
        (one.step, one.rung, 0 if one.enrollment in drifting else one.at) for one in made if one.status != "cancelled"
    ]


@st.composite
def quiet_histories(draw: st.DrawFn, days: int = 19) -> list[Deed]:
    """One deed an hour at most, each at an earlier minute than those before it, none while a window reopens.

    What was planned by an earlier deed is planned later within its hour, and decided by the next
    full hour at the latest: so no deed lies between the punctual and the late turn.
    """
    hours_ = sorted(draw(st.sets(st.integers(1, draw(st.sampled_from([60, days * 24]))), max_size=7)))
    free = [hour for hour in hours_ if not 20 <= (9 + hour) % 24 <= 23 and not (9 + hour) % 24 <= 9]
    return [Deed(hour, 9 - place, draw(st.sampled_from(DEEDS))) for place, hour in enumerate(free)]


@given(quiet_histories())
@example([Deed(1, 9, "setup.completed"), Deed(25, 8, "asked")])
@example([Deed(1, 9, "asked"), Deed(6, 8, "answered")])  # no second rung: instants are compared
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_ticks_of_any_size_decide_alike(deeds: list[Deed]) -> None:
    punctual = told(play(deeds, None))
    assert told(play(deeds, hours(1))) == punctual
    assert told(play(deeds, minutes(10), idle=False)) == punctual


@given(quiet_histories(days=4))
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_ticks_of_a_minute_decide_alike(deeds: list[Deed]) -> None:
    assert told(play(deeds, minutes(1), 5)) == told(play(deeds, None, 5))


@given(
    st.lists(st.builds(Deed, st.integers(0, 19 * 24), st.integers(11, 59), st.sampled_from(DEEDS)), max_size=8).map(
        lambda deeds: sorted(deeds, key=lambda deed: (deed.hour, deed.minute))
    ),
    st.sampled_from([hours(1), hours(7), hours(40)]),
)
@example([Deed(0, 11, "tutorial.completed")], hours(1))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_difference_has_a_reason(deeds: list[Deed], tick: Span) -> None:
    punctual, late = play(deeds, None), play(deeds, tick)
    for lab in (punctual, late):
        nothing_forbidden(lab, deeds)
    if Counter(one[:2] for one in told(punctual)) != Counter(one[:2] for one in told(late)):
        assert reasons(punctual) | reasons(late)


def nothing_forbidden(lab: Lab, deeds: list[Deed]) -> None:
    history = lab.history("ada")
    assert history is not None
    keys = [(one.enrollment, one.step, one.visit, one.rung, one.address) for one in history.deliveries]
    assert len(set(keys)) == len(keys)
    assert not lab.transport.doubled()
    marketing = {category.name for category in CATEGORIES if category.purpose == "marketing"}
    for sent in lab.sent("ada"):
        one = next(one for one in history.deliveries if one.key == sent.key)
        if one.category in marketing and sent.channel == "sms":
            is_quiet, _ = QUIET.edges(sent.at, "UTC")
            assert not is_quiet
        assert sent.at <= one.expires


def reasons(lab: Lab) -> set[str]:
    history = lab.history("ada")
    assert history is not None
    found = {note.trace.code for note in history.notes}
    found |= {verdict.code for note in history.notes for verdict in note.trace.verdicts}
    found |= {str(note.trace.detail.get("rule", "")) for note in history.notes}
    found |= {one.reason for one in history.deliveries}
    for one in history.deliveries:
        found.add(str(one.trace.get("detail", {}).get("cause", "")))
        found |= {verdict[1] for verdict in one.trace.get("verdicts", ())}
        found |= {passed[0] for passed in one.trace.get("detail", {}).get("path", ())}
    # What an event took back before it went out is stopped by a fact, whatever its name.
    return found & ALLOWED | {one.reason for one in history.deliveries if one.status == "cancelled"}

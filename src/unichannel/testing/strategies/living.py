"""Random journeys of every step and trigger, and random lives to lead through them.

``journeys()`` draws valid definitions: every kind of step nested, handlers, goals, exits, re-entry,
entities. ``deeds()`` draws what happens meanwhile. What they name is in step with each other and
with ``conditions()``: the same events, attributes and messages. An engine that runs them needs
``COMPANION`` beside the journey, and ``functions={FUNCTION: answer}``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from itertools import count
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from unichannel.conditions import attribute_date, data_date, local_time, on, start
from unichannel.core.calendar.span import days, hours, minutes
from unichannel.core.condition.condition import Condition
from unichannel.core.condition.leaves import Evidence
from unichannel.core.condition.pattern import On
from unichannel.core.journey.language.journey import Journey
from unichannel.core.messaging.content import Email, Sms
from unichannel.core.messaging.message import Message
from unichannel.errors import RejectedError
from unichannel.ports import FunctionCall
from unichannel.steps import (
    Branch,
    Call,
    Digest,
    Emit,
    Exit,
    Handler,
    Repeat,
    Send,
    Split,
    StartJourney,
    Step,
    Update,
    Wait,
    manual,
    on_date,
    recurring,
    variant,
    when,
)
from unichannel.testing.strategies.asking import ZONES, conditions, spans

__all__ = ["COMPANION", "FUNCTION", "Deed", "answer", "deeds", "journeys"]

FUNCTION = "f"
"""The function that random journeys call."""

_EVENTS = ("visit", "order", "paid")
_DATES = ("2030-01-09", "2030-03-30T02:30", "2030-10-27T01:00:00+00:00", "soon", None)


def answer(call: FunctionCall) -> Any:
    """What the function answers: now and then it is down at first, refuses for good, or answers nonsense."""
    number = int(call.arguments.get("n", 0))
    if number == 1 and call.attempt == 1:
        raise OSError("down")
    if number == 2:
        raise RejectedError("refused", thing="n")
    return {1, 2} if number == 3 else {"n": number, "who": call.profile}


def _message(name: str, category: str) -> Message:
    text = "{{ profile.plan | default: 'none' }} {{ data.score | default: 0 }}"
    return Message(name, Email(f"{name} {text}", text=text, html="<p>Hi</p>"), Sms(f"{name} {text}"), category=category)


COMPANION = Journey(
    "companion",
    start=[manual(), on("order")],
    goal=on("paid", where={"n": 3}),
    exits=on("over"),
    re_entry="after_end",
    steps=[
        Wait(until=on("visit"), timeout=hours(5), on_timeout=[Update({"plan": "pro"})]),
        Send(_message("hello", "transactional"), via="email"),
        Emit("visit", {"n": 2}),
    ],
)
"""What random journeys start."""


@dataclass(slots=True)
class _Drawing:
    """One journey in the making: ``drifts`` says whether what hangs on real instants may be in it."""

    draw: DrawFn
    drifts: bool
    names: Iterator[int] = field(default_factory=lambda: count(1))

    def one(self, *values: Any) -> Any:
        return self.draw(st.sampled_from(values))

    def steps(self, depth: int, least: int = 1) -> list[Step]:
        kinds = ["send", "wait", "update", "emit", "start", "exit"]
        kinds += ["call"] if self.drifts else []
        kinds += ["branch", "split", "repeat", "digest", "until"] if depth else []
        chosen = self.draw(st.lists(st.sampled_from(kinds), min_size=least, max_size=3))
        return [getattr(self, f"_{kind}")(f"{kind}-{next(self.names)}", depth - 1) for kind in chosen]

    def condition(self) -> Condition:
        return self.draw(conditions(depth=1).filter(_is_askable))

    def pattern(self) -> On:
        return on(self.one(*_EVENTS), where=self.one({}, {"n": 1}), any_entity=self.draw(st.booleans()))

    # steps

    def _send(self, name: str, _depth: int) -> Step:
        made = _message(
            self.one("welcome", "tips"), self.one("transactional", "marketing") if self.drifts else "transactional"
        )
        if not self.drifts:
            return Send(made, via="email", name=name)
        return Send(
            made,
            via=self.one(None, "sms", ["email", "sms"], ["sms", "email"]),
            success=self.one(None, "delivered", "accepted"),
            fallback_after=self.one(None, hours(1)),
            ttl=self.one(None, hours(20)),
            wait=self.draw(st.booleans()),
            name=name,
        )

    def _wait(self, name: str, _depth: int) -> Step:
        moment = self.one(start, attribute_date("renews_at"), data_date("renews_at")) + self.draw(spans())
        made: Step = self.one(
            Wait(self.draw(spans()), name=name),
            Wait(until=moment, before=self.one(None, data_date("renews_at")), name=name),
            Wait(until=local_time(self.one("02:30", "18:00")), name=name),
            Wait(until=self.pattern(), name=name),
        )
        return made

    def _until(self, name: str, depth: int) -> Step:
        until = self.one(self.pattern(), self.condition())
        return Wait(until=until, timeout=self.draw(spans()), on_timeout=self.steps(depth, 0), name=name)

    def _branch(self, name: str, depth: int) -> Step:
        arms = [when(self.condition(), *self.steps(depth, 0)) for _ in range(self.one(1, 2))]
        return Branch(*arms, otherwise=self.steps(depth, 0), name=name)

    def _split(self, name: str, depth: int) -> Step:
        return Split(variant("a", 1, *self.steps(depth, 0)), variant("b", 2, *self.steps(depth, 0)), name=name)

    def _exit(self, name: str, _depth: int) -> Step:
        return Exit(self.one("", "enough"), name=name)

    def _update(self, name: str, _depth: int) -> Step:
        value = self.one(
            "{{ profile.score | default: 0 | plus: 1 }}", 2, None, [1, {"a": "{{ data.score | default: 'x' }}"}]
        )
        return Update(
            {"score": value, self.one("plan", "renews_at"): self.one("pro", *_DATES)},
            data={"score": "{{ profile.plan | default: 'none' }}"},
            name=name,
        )

    def _emit(self, name: str, _depth: int) -> Step:
        return Emit(
            self.one(*_EVENTS),
            {"n": self.one(1, 3), "cart": self.one("c1", "{{ data.cart | default: 'c2' }}")},
            name=name,
        )

    def _call(self, name: str, _depth: int) -> Step:
        given = {"n": self.draw(st.integers(0, 4)), "plan": "{{ profile.plan | default: 'none' }}"}
        failed = self.steps(0, 0)
        return Call(FUNCTION, given, into=self.one("", "score"), timeout=minutes(30), on_failure=failed, name=name)

    def _start(self, name: str, _depth: int) -> Step:
        waits = self.draw(st.booleans())
        return StartJourney("companion", {"n": 1}, wait=waits, into="score" if waits else "", name=name)

    def _repeat(self, name: str, depth: int) -> Step:
        until = self.one(None, self.pattern(), self.condition())
        return Repeat(self.steps(depth), times=self.one(1, 2, 3), every=self.draw(spans()), until=until, name=name)

    def _digest(self, name: str, _depth: int) -> Step:
        of = self.one(self.pattern(), [on("visit"), on("paid")])
        if self.draw(st.booleans()):
            return Digest(of, self.draw(spans()), into="score", most=self.one(1, 5), name=name)
        return Digest(of, until=local_time("18:00"), name=name)

    # what surrounds them

    def triggers(self, entity: str | None) -> list[Any]:
        events = [
            on(name, entity=entity) for name in self.draw(st.sets(st.sampled_from(_EVENTS), min_size=1, max_size=2))
        ]
        if entity is not None:
            return [*events, *self.one([], [manual(entity=entity)])]
        date = attribute_date("renews_at") - self.draw(spans())
        timed = [
            on_date(date, at=self.one(None, "02:30"), yearly=self.draw(st.booleans())),
            recurring(self.one("FREQ=DAILY", "FREQ=HOURLY;INTERVAL=7", "FREQ=MONTHLY;BYMONTHDAY=31"), at="02:30"),
            manual(),
        ]
        return [*events, *self.one([], timed[:1], timed[1:])] if self.draw(st.booleans()) else timed


def _is_askable(value: object) -> bool:
    """Whether every question about evidence inside is one that a route of that channel can answer."""
    if isinstance(value, Evidence):
        return not (value.evidence == "opened" and value.channel == "sms")
    if isinstance(value, tuple | list):
        return all(_is_askable(inner) for inner in value)
    is_inside = is_dataclass(value) and not isinstance(value, type)
    return not is_inside or all(_is_askable(getattr(value, one.name)) for one in fields(value))  # type: ignore[arg-type]


@st.composite
def journeys(draw: DrawFn, *, drifts: bool = True) -> Journey:
    """A journey named "random", to be run beside ``COMPANION``; the event "over" ends its runs.

    ``drifts=False`` leaves out what counts from real instants or asks for permission at them: calls,
    ladders, marketing.
    """
    drawing = _Drawing(draw, drifts)
    steps = drawing.steps(2)
    names = [step.name or "" for step in steps]
    handlers = [
        Handler(
            on(drawing.one("jump", "visit")),
            to=drawing.one(*names),
            steps=drawing.steps(0, 0),
            again=draw(st.booleans()),
        )
        for _ in range(drawing.one(0, 0, 1))
    ]
    return Journey(
        "random",
        start=drawing.triggers(drawing.one(None, None, "cart")),
        steps=steps,
        goal=drawing.one((), on("paid", where={"n": 3})),
        exits=on("over", any_entity=True),
        entry=drawing.one(None, None, drawing.condition()),
        handlers=handlers,
        re_entry=drawing.one("once", "after_end", hours(7), days(1)),
        refresh=drawing.one((), on("visit")),
        priority=drawing.one(0, 1),
    )


@dataclass(frozen=True)
class Deed:
    """Something that happens ``minute`` minutes into a life: ``what`` and its details.

    ``what`` is track, identify, evidence or stop; ``late`` by how many minutes it is told after it occurred.
    """

    minute: int
    what: str
    name: str = ""
    values: tuple[tuple[str, Any], ...] = ()
    late: int = 0


def deeds(*, days: int = 4, most: int = 8, tracked: bool = False) -> SearchStrategy[list[Deed]]:
    """What happens in a life of some days, in its order; ``tracked`` leaves events alone, each at its own minute."""
    minute = st.integers(0, days * 24 * 60)
    values = st.fixed_dictionaries({"n": st.integers(0, 3)}, optional={"cart": st.sampled_from(("c1", "c2"))})
    track = st.builds(
        lambda at, name, given, late: Deed(at, "track", name, tuple(given.items()), late),
        minute,
        st.sampled_from((*_EVENTS, "jump")),
        values,
        st.sampled_from((0, 0, 0, 90)),
    )
    known = st.fixed_dictionaries(
        {},
        optional={
            "plan": st.sampled_from(("free", "pro")),
            "score": st.integers(0, 3),
            "renews_at": st.sampled_from(_DATES),
            "timezone": st.sampled_from(ZONES),
        },
    )
    others = [
        st.builds(lambda at, given: Deed(at, "identify", "", tuple(given.items())), minute, known),
        st.builds(Deed, minute, st.just("evidence"), st.sampled_from(("delivered", "opened", "clicked", "bounced"))),
        st.builds(Deed, minute, st.just("stop")),
    ]
    each = track if tracked else st.one_of(track, track, *others)
    unique = (lambda deed: deed.minute - deed.late) if tracked else None
    return st.lists(each, max_size=most, unique_by=unique).map(lambda made: sorted(made, key=lambda one: one.minute))

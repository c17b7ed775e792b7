"""Journeys to draw: one of every kind of step and trigger, one of odd texts, and random ones."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from unichannel import (
    Branch,
    Call,
    Digest,
    Email,
    Emit,
    Exit,
    Handler,
    Journey,
    Message,
    Push,
    Repeat,
    Send,
    Sms,
    Split,
    StartJourney,
    Update,
    Wait,
    days,
    hours,
    minutes,
    months,
    on,
    opened,
    start,
    variant,
    when,
)
from unichannel.conditions import (
    at_least,
    attribute,
    attribute_date,
    business_hours,
    data_date,
    exists,
    local_time,
    one_of,
    silent,
    weekday,
)
from unichannel.steps import Step, manual, on_date, recurring
from unichannel.testing.strategies import conditions

news = Message("news", Email("News", text="x", html="x"), Sms("News"), Push("News", "Read"), category="news")

every_kind = Journey(
    "every-kind",
    version=2,
    start=[
        manual(),
        on("order.paid", where={"total": at_least(50)}),
        on_date(attribute_date("birthday"), at="09:00", yearly=True),
        on_date(attribute_date("renews_at") - days(3)),
        recurring("FREQ=MONTHLY;BYMONTHDAY=1", at="10:30"),
    ],
    goal=on("subscription.created"),
    exits=[on("account.closed"), on("moved", any_entity=True)],
    entry=attribute("plan", one_of("free", "trial")) & ~silent("visit", for_=months(2)),
    re_entry=days(30),
    refresh=on("order.changed"),
    accept_late=hours(2),
    priority=5,
    steps=[
        Send(news, via=["push", "email", "sms"], fallback_after=minutes(90), success="opened", ttl=days(1)),
        Wait(hours(4)),
        Wait(until=start + days(3)),
        Wait(until=on("answered", since=days(1)), timeout=days(2), on_timeout=[Emit("lead.cold", {"days": 2})]),
        Wait(until=opened("email") | opened("push"), timeout=days(1)),
        Wait(until=data_date("slot") - hours(3), before=data_date("slot")),
        Update({"plan": "{{ data.plan }}", "old": None}, tags=["keen"], lists={"cold": False}, data={"rounds": 0}),
        Call("crm.has_bought", {"id": "{{ profile.crm }}"}, into="bought", on_failure=[Exit("crm is down")]),
        Call("crm.note", name="note it"),
        StartJourney("win-back", wait=True, into="won"),
        StartJourney("survey"),
        Digest(on("comment.created"), hours(1), into="comments"),
        Digest([on("liked"), on("shared")], until=weekday("monday", "friday", at="18:00"), most=20),
        Split(
            variant("short", 50, Send(news, via="sms", name="short")),
            variant("long", 49.99, Send(news, name="long", wait=False)),
            variant("none", 0.01),
            name="wording",
        ),
        Repeat(
            [
                Send(news, via="email"),
                Branch(
                    when(business_hours(), Wait(until=local_time("12:00"))),
                    when(attribute("vip", exists())),
                    otherwise=[Repeat([Emit("tick")], times=2, every=minutes(5))],
                ),
            ],
            times=3,
            every=days(7),
            until=on("invoice.paid"),
        ),
        Branch(when(~opened("email", of="news"), Exit())),
    ],
    handlers=[
        Handler(on("upgraded"), to="note it", steps=[Send(news, name="thanks"), Wait(days(1))]),
        Handler(on("hurried"), to="wording", again=True),
    ],
)

ODD = (
    'say "hi" & <b>bye</b>',
    "#1; style: a:#b; classDef x:#y;",
    "`tick` *star* _under_ snake_case \\ back",
    "%% comment %%{init: {}}%% $$x^2$$",
    "1. first\n- second\ttab",
    "end",
    "👩‍👩‍👧 naïve Übung Ελληνικά 日本語 العربية \u202eright to left\u202c",
    "{{ mustache }} | pipe --> arrow ]) }} ;",
    "very long " * 15,
    "fa:fa-car click call graph subgraph",
    "- dash",
    "+",
)
odd_texts = Journey(
    'odd "texts"',
    start=[on(f"{ODD[0]} {number}", where={ODD[2]: text}) for number, text in enumerate(ODD[:3])],
    goal=[on(text) for text in ODD[:3]],
    entry=attribute(ODD[1], ODD[0]),
    steps=[
        *(Exit(text) for text in ODD[:6]),
        *(Update({text: text}, name=text) for text in ODD),
        Split(*(variant(text, 1, Emit(text)) for text in ODD), name="a b"),
        Split(*(variant(text, 1) for text in ODD), name="a-b"),
        Send(Message(ODD[0], Email(ODD[1], text=ODD[2])), name="a.b"),
    ],
    handlers=[Handler(on(text), to="a.b", again=True) for text in ODD],
)


@st.composite
def journeys(draw: DrawFn) -> Journey:
    """Any shape of steps in steps, a few deep, with any names."""
    numbers = count()
    steps = draw(_lists(numbers, 2, at_least=1))
    handlers = [
        Handler(on(draw(_words)), to=steps[0].name or "", steps=draw(_lists(numbers, 1))) for _ in range(draw(_few))
    ]
    return Journey(
        draw(_words) + "j",
        start=draw(st.sampled_from([on("x"), manual(), [on("x"), on("y"), recurring("FREQ=DAILY")]])),
        goal=[on(draw(_words)) for _ in range(draw(_few))],
        exits=[on(draw(_words)) for _ in range(draw(_few))],
        entry=draw(st.none() | conditions()),
        steps=steps,
        handlers=handlers,
    )


_few = st.integers(0, 2)
_words = st.text(max_size=12) | st.sampled_from(ODD)


@st.composite
def _lists(draw: DrawFn, numbers: Iterator[int], depth: int, at_least: int = 0) -> list[Step]:
    return [draw(_step(numbers, depth)) for _ in range(draw(st.integers(at_least, 3)))]


def _step(numbers: Iterator[int], depth: int) -> SearchStrategy[Step]:
    return st.one_of(*([_flat(numbers)] + ([_deep(numbers, depth)] if depth else [])))


@st.composite
def _flat(draw: DrawFn, numbers: Iterator[int]) -> Step:
    name: Any = f"{draw(_words)}{next(numbers)}"
    made = draw(st.integers(0, 7))
    return (
        Send(news, via=draw(st.sampled_from([None, "sms", ("email", "sms")])), name=name),
        Wait(days(made + 1), name=name),
        Wait(until=draw(conditions()), name=name),
        Exit(draw(_words), name=name),
        Update({f"{draw(_words)}x": draw(_words)}, name=name),
        Emit(f"{draw(_words)}x", {"a": draw(_words)}, name=name),
        StartJourney(f"{draw(_words)}x", name=name),
        Digest(on(draw(_words)), hours(1), name=name),
    )[made]


@st.composite
def _deep(draw: DrawFn, numbers: Iterator[int], depth: int) -> Step:
    name: Any = f"{draw(_words)}{next(numbers)}"
    inner = [draw(_lists(numbers, depth - 1)) for _ in range(3)]
    weights = draw(st.tuples(*[st.floats(0, 1e6)] * 2))
    body = [Wait(days(1), name=f"{next(numbers)}"), *inner[0]]
    return draw(
        st.sampled_from(
            [
                Branch(when(draw(conditions()), *inner[0]), when(opened(), *inner[1]), otherwise=inner[2], name=name),
                Split(*(variant(f"v{n}", w, *inner[n]) for n, w in enumerate((*weights, 1))), name=name),
                Wait(until=on(draw(_words)), timeout=days(2), on_timeout=inner[0], name=name),
                Call("f", on_failure=inner[0], name=name),
                Repeat(body, times=3, name=name),
            ]
        )
    )

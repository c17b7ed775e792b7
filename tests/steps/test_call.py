"""Call: a function of the host's, carried as a delivery is; it may run twice, with one key."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.steps.saying import begin, said, say, states, subjects, tell
from unichannel import (
    AsyncEngine,
    Batch,
    Branch,
    Call,
    Engine,
    Handler,
    Journey,
    MemoryStore,
    Profile,
    Repeat,
    Wait,
    days,
    hours,
    minutes,
    on,
    when,
)
from unichannel.conditions import data, happened, sent, silent
from unichannel.errors import ConfigurationError, RejectedError
from unichannel.ports import FunctionCall
from unichannel.testing import Crash, Lab, ManualClock, RecordingTransport
from unichannel.testing.lab import EVERYTHING


class Asked:
    """A host function that writes down how it was called, and answers or raises as it is told."""

    def __init__(self, *answers: Any) -> None:
        self.calls: list[FunctionCall] = []
        self._answers = list(answers)

    def __call__(self, call: FunctionCall) -> Any:
        self.calls.append(call)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def keys(self) -> list[str]:
        return [one.key for one in self.calls]


def test_it_is_given_its_arguments_and_its_answer_is_data(lab: Lab, meet: Any) -> None:
    asks = Asked({"bought": True, "total": 42})
    lab.use(functions={"crm.has_bought": asks})
    buys = Branch(when(data("crm.bought", True), tell("thanks", "{{ data.crm.total }}")), otherwise=[say("no")])
    call = Call("crm.has_bought", {"who": "{{ profile.email }}", "n": "{{ data.n }}"}, into="crm")
    lab.add(Journey("asks", start=on("begun"), steps=[call, buys]))
    ada = meet()
    lab.track(ada, "begun", {"n": 3})
    assert subjects(lab, ada) == ["42"]
    (made,) = asks.calls
    assert (made.function, dict(made.arguments)) == ("crm.has_bought", {"who": "ada@example.com", "n": 3})
    assert (made.profile, made.attempt) == ("ada", 1)


def test_what_raises_is_tried_again_with_pauses_and_the_same_key(lab: Lab, meet: Any) -> None:
    asks = Asked(OSError("down"), OSError("down"), "up")
    lab.use(functions={"f": asks})
    ada = meet()
    begin(lab, ada, Call("f", into="answer"), tell("got", "{{ data.answer }}"))
    assert len(asks.calls) == 1
    lab.advance(minutes(1))
    assert len(asks.calls) == 2
    lab.advance(minutes(4))
    assert len(asks.calls) == 2
    lab.advance(minutes(1))
    assert subjects(lab, ada) == ["up"]
    assert len(set(asks.keys)) == 1
    assert [one.attempt for one in asks.calls] == [1, 2, 3]


def test_its_time_is_up_and_the_run_goes_on_by_the_way_of_failure(lab: Lab, meet: Any) -> None:
    asks = Asked(OSError("down"))
    lab.use(functions={"f": asks})
    ada = meet()
    begin(lab, ada, Call("f", timeout=minutes(30), on_failure=[say("sorry")]), say("end"))
    lab.advance(minutes(29))
    assert said(lab, ada) == []
    lab.advance(minutes(1))
    assert said(lab, ada) == ["sorry", "end"]
    tried = len(asks.calls)
    lab.advance(days(2))
    assert len(asks.calls) == tried
    assert "call_failed" in [one.code for one in lab.why(ada)]


def test_refused_for_good_is_not_tried_again(lab: Lab, meet: Any) -> None:
    asks = Asked(RejectedError("no such order", thing="order"))
    lab.use(functions={"f": asks})
    ada = meet()
    begin(lab, ada, Call("f", into="x", on_failure=[say("sorry")]), say("end"))
    assert said(lab, ada) == ["sorry", "end"]
    assert len(asks.calls) == 1


@pytest.mark.parametrize("answer", [{1, 2}, object(), float("nan"), b"bytes", {("a", "b"): 1}])
def test_an_answer_that_json_cannot_hold_is_a_failure(lab: Lab, meet: Any, answer: object) -> None:
    lab.use(functions={"f": Asked(answer)})
    ada = meet()
    begin(lab, ada, Call("f", into="x", on_failure=[say("sorry")]))
    assert said(lab, ada) == ["sorry"]


@pytest.mark.parametrize("answer", [None, False, 0, "", [], {}])
def test_an_empty_answer_is_one(lab: Lab, meet: Any, answer: object) -> None:
    lab.use(functions={"f": Asked(answer)})
    ada = meet()
    begin(lab, ada, Call("f", into="x", on_failure=[say("sorry")]), Wait(days(1)))
    assert said(lab, ada) == []
    (run,) = lab.history(ada).runs  # type: ignore[union-attr]
    assert run.data["x"] == answer


# both faces


async def later(call: FunctionCall) -> str:
    await asyncio.sleep(0)
    return f"awaited for {call.profile}"


def journey(*steps: Any) -> Journey:
    return Journey("asks", start=on("begun"), steps=steps or [Call("f", into="x"), tell("got", "{{ data.x }}")])


def settings(transport: RecordingTransport, **more: Any) -> dict[str, Any]:
    return {"journeys": [journey()], "routes": {"email": transport}, "clock": ManualClock(), **more}


@pytest.mark.parametrize("function", [later, lambda call: f"awaited for {call.profile}"], ids=["async", "plain"])
def test_both_faces_take_both_kinds_of_functions(function: Any) -> None:
    sync, other = RecordingTransport(), RecordingTransport()
    with Engine(MemoryStore(), **settings(sync, functions={"f": function})) as engine:
        engine.migrate()
        engine.identify(Profile("ada", email="ada@example.com"))
        engine.track("ada", "begun")
        engine.run_due()

    async def live() -> None:
        async with AsyncEngine(MemoryStore(), **settings(other, functions={"f": function})) as engine:
            await engine.migrate()
            await engine.identify(Profile("ada", email="ada@example.com"))
            await engine.track("ada", "begun")
            await engine.run_due()

    asyncio.run(live())
    assert [one.content.subject for one in (*sync.journal, *other.journal)] == ["awaited for ada"] * 2  # type: ignore[attr-defined]


# a batch


def crowd(lab: Lab, count: int) -> list[str]:
    names = [f"p{number}" for number in range(count)]
    for name in names:
        lab.engine.identify(Profile(name, email=f"{name}@example.com", consents=EVERYTHING))
        lab.engine.track(name, "begun")
    return names


@pytest.mark.parametrize("kind", ["plain", "async"])
def test_a_batch_gets_a_flights_calls_together(lab: Lab, kind: str) -> None:
    seen: list[list[str]] = []

    def ask(calls: list[FunctionCall]) -> list[Any]:
        seen.append([one.profile for one in calls])
        return [one.profile.upper() for one in calls]

    async def ask_async(calls: list[FunctionCall]) -> list[Any]:
        return ask(calls)

    lab.use(functions={"f": Batch(ask if kind == "plain" else ask_async)}, concurrency=8)
    lab.add(journey())
    names = crowd(lab, 20)
    lab.run_due()
    assert [len(one) for one in seen] == [8, 8, 4]
    assert [subjects(lab, name) for name in names] == [[name.upper()] for name in names]


def test_one_bad_answer_of_a_batch_fails_its_own_call_alone(lab: Lab) -> None:
    asked: list[str] = []

    def ask(calls: list[FunctionCall]) -> list[Any]:
        asked.extend(one.profile for one in calls)
        answers: dict[str, Any] = {"p1": RejectedError("no", thing="p1"), "p2": {1}, "p3": OSError("down")}
        return [answers.get(one.profile, "fine") if one.attempt == 1 else "fine" for one in calls]

    lab.use(functions={"f": Batch(ask)})
    lab.add(journey(Call("f", into="x", on_failure=[say("sorry")]), say("end")))
    names = crowd(lab, 5)
    lab.run_due()
    assert [said(lab, name) for name in names] == [["end"], ["sorry", "end"], ["sorry", "end"], [], ["end"]]
    lab.advance(minutes(1))
    assert said(lab, "p3") == ["end"]
    assert sorted(asked) == ["p0", "p1", "p2", "p3", "p3", "p4"]


@pytest.mark.parametrize("answer", [lambda _: "no list", lambda calls: [1] * (len(calls) + 1), lambda _: None])
def test_a_batch_of_another_length_fails_every_call(lab: Lab, answer: Callable[[list[FunctionCall]], Any]) -> None:
    lab.use(functions={"f": Batch(answer)})
    lab.add(journey(Call("f", into="x", on_failure=[say("sorry")])))
    names = crowd(lab, 3)
    lab.run_due()
    assert [said(lab, name) for name in names] == [["sorry"]] * 3


# workers


def test_a_worker_without_the_function_leaves_the_call_to_another(lab: Lab, meet: Any) -> None:
    lab.use(functions={"f": None})
    ada = meet()
    begin(lab, ada, Call("f", into="x"), tell("got", "{{ data.x }}"))
    lab.advance(minutes(20))
    assert said(lab, ada) == []
    lab.restart()
    lab.use(functions={"f": Asked("from the other")})
    lab.advance(minutes(20))
    assert subjects(lab, ada) == ["from the other"]


def test_a_function_that_no_worker_has_is_a_failure_in_time(lab: Lab, meet: Any) -> None:
    lab.use(functions={"f": None})
    ada = meet()
    begin(lab, ada, Call("f", on_failure=[say("sorry")]))
    lab.advance(hours(1))
    assert said(lab, ada) == ["sorry"]
    assert lab.engine.next_due_at() is None


def test_an_engine_that_was_not_told_of_the_function_is_not_built() -> None:
    with pytest.raises(ConfigurationError, match=r"'asks' calls the function 'f'.*or None where other workers"):
        Engine(MemoryStore(), journeys=[journey()], routes={"email": RecordingTransport()})


@pytest.mark.parametrize("place", ["before", "after"])
def test_a_worker_that_dies_while_calling_leaves_it_to_the_next_with_the_same_key(
    lab: Lab, meet: Any, place: str
) -> None:
    """P1: nobody knows whether it was called, so it is called again, once its lease is over."""
    asks = Asked("answer")
    lab.use(functions={"f": asks})
    ada = meet()
    lab.add(journey(Call("f", into="x"), tell("got", "{{ data.x }}")))

    def die(phase: str, op: object) -> None:
        if (phase, type(op).__name__) == (place, "Land"):
            raise Crash

    lab.watch(die)
    with pytest.raises(Crash):
        lab.track(ada, "begun")
    lab.watch(None)
    lab.restart()
    assert len(asks.calls) == 1
    lab.advance(minutes(1))
    assert said(lab, ada) == []  # the lease of two minutes is not over
    lab.advance(minutes(1))
    assert subjects(lab, ada) == ["answer"]
    assert len(asks.keys) == 2
    assert len(set(asks.keys)) == 1


# in flight


def test_the_goal_comes_while_the_call_is_tried(lab: Lab, meet: Any) -> None:
    asks = Asked(OSError("down"))
    lab.use(functions={"f": asks})
    ada = meet()
    begin(lab, ada, Call("f", into="x", on_failure=[say("sorry")]), say("end"), goal=on("bought"))
    lab.engine.track(ada, "bought")
    lab.engine.run_due()  # the call is not due yet: the goal itself takes it back
    assert [one.status for one in lab.history(ada).deliveries] == ["cancelled"]  # type: ignore[union-attr]
    lab.advance(days(1))
    assert said(lab, ada) == []
    assert states(lab, ada) == [("steps", "converted")]
    assert len(asks.calls) == 1
    assert [one.status for one in lab.history(ada).deliveries] == ["cancelled"]  # type: ignore[union-attr]


def test_the_goal_comes_while_the_call_is_out(lab: Lab, meet: Any) -> None:
    """It cannot be called back: its answer is kept with the call, and moves nothing any more."""
    ada = meet()

    def ask(call: FunctionCall) -> str:
        lab.engine.track(ada, "bought", id="bought")
        return "answer"

    lab.use(functions={"f": ask})
    begin(lab, ada, Call("f", into="x"), say("end"), goal=on("bought"))
    lab.advance(days(1))
    assert said(lab, ada) == []
    assert states(lab, ada) == [("steps", "converted")]
    assert [one.status for one in lab.history(ada).deliveries] == ["accepted"]  # type: ignore[union-attr]


def test_a_handler_leaves_the_call_and_its_late_answer_behind(lab: Lab, meet: Any) -> None:
    asks = Asked(OSError("down"), "too late")
    lab.use(functions={"f": asks})
    ada = meet()
    jump = Handler(on("skip"), to="end")
    begin(lab, ada, Call("f", into="x", on_failure=[say("sorry")]), say("never"), say("end"), handlers=[jump])
    lab.track(ada, "skip")
    lab.advance(days(1))
    assert said(lab, ada) == ["end"]
    assert len(asks.calls) == 1


def test_each_round_is_a_call_of_its_own(lab: Lab, meet: Any) -> None:
    """P15."""
    asks = Asked(1)
    lab.use(functions={"f": asks})
    ada = meet()
    begin(lab, ada, Repeat([Call("f", into="x")], times=3, every=hours(1)), say("end"))
    lab.advance(hours(3))
    assert said(lab, ada) == ["end"]
    assert len(set(asks.keys)) == 3


def test_nobody_hears_of_a_call(lab: Lab, meet: Any) -> None:
    """It goes at night, to somebody who stopped everything, whose addresses are dead; and it is no send to them."""
    lab.use(functions={"f": Asked(1)})
    ada = lab.profile("ada", email="ada@example.com", timezone="UTC", consents=[])
    lab.advance(hours(15))
    is_sent = Branch(
        when(sent() | happened("accepted") | silent(sent, for_=hours(1)), say("a call counts")), otherwise=[say("none")]
    )
    begin(lab, ada, Call("f", into="x"), Wait(hours(2)), is_sent)
    lab.advance(hours(3))
    assert said(lab, ada) == ["none"]
    person = lab.history(ada).person  # type: ignore[union-attr]
    assert list(person.engagement) == ["email"]

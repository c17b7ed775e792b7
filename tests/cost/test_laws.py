"""E10: wherever a process dies, and whatever happens to deliveries, spent is a recount and never too much."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unichannel import Budget, Email, Journey, Message, Money, Prices, Send, Sms, SqlStore, hours, on
from unichannel.core.policy.budget import charge_of
from unichannel.testing import Lab, RecordingTransport, crash_sweep
from unichannel.testing.clock import START
from unichannel.testing.recording import Failure

PRICES = Prices({"email": "0 EUR", "sms": "0.07 EUR"})
NEWS = Message("news", Email("News", html="<p>Long.</p>"), Sms("Short: {{ 'https://example.com' | link }}"))
SEND = Journey(
    "campaign",
    start=on("begun"),
    goal=on("bought"),
    steps=[Send(NEWS, via=["sms", "email"], success="clicked", fallback_after=hours(4))],
)
PEOPLE = ["ada", "bob", "cyd"]


def recount(lab: Lab) -> Money:
    known = [history for id in PEOPLE if (history := lab.history(id)) is not None]
    found = {one.key: one for history in known for one in history.deliveries}
    return Money.of_micros(sum(map(charge_of, found.values())), "EUR")


def lab_of(limit: str, **more: Any) -> Lab:
    lab = Lab(prices=PRICES, budgets=[Budget("b", Money(limit, "EUR"))], quiet_hours=None, **more)
    lab.add(SEND)
    return lab


def meet(lab: Lab, id: str) -> None:
    lab.profile(id, email=f"{id}@example.com", phone="+33612345678")


def test_wherever_a_worker_dies_no_money_is_lost_or_made() -> None:
    """Until its lease ends its money is out of reach, and the cheaper channel goes on; then it is there again."""
    labs: list[Lab] = []

    def make() -> Lab:
        labs.append(lab_of("0.14", concurrency=1))
        return labs[-1]

    steps = [
        lambda lab: meet(lab, "ada"),
        lambda lab: lab.track("ada", "begun", id="a"),
        lambda lab: lab.advance_to(START + timedelta(hours=1)),
    ]
    report = crash_sweep(steps, make, PEOPLE)
    assert len(report.crashed) > 20
    for lab in labs:
        spent = lab.engine.budget("b").spent
        assert spent == recount(lab) <= Money("0.07", "EUR")
        for id in ("bob", "cyd"):
            meet(lab, id)
            lab.track(id, "begun")
        left = (Money("0.14", "EUR") - spent).micros // 70_000
        assert [sent.channel for sent in lab.sent() if sent.at == lab.clock.now()].count("sms") == left
        assert lab.engine.budget("b").spent == recount(lab) == Money("0.14", "EUR")


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["begun", "bought", "deliver", "fail", "bill", "merge", "wait", "restart"]),
        st.sampled_from(PEOPLE),
        st.integers(1, 9),
    ),
    max_size=10,
)


@pytest.mark.parametrize("backend", ["memory", "sqlite"])
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(acts=ACTS, failures=st.lists(st.sampled_from(["refuse", "reject", "time_out", None]), max_size=8))
def test_spent_is_a_recount_whatever_happens(
    backend: str, tmp_path_factory: pytest.TempPathFactory, acts: list[Any], failures: list[Failure | None]
) -> None:
    more = {"store": sqlite(tmp_path_factory.mktemp("db"))} if backend == "sqlite" else {}
    lab = lab_of("0.21", **more)
    lab.transport = RecordingTransport()
    lab.transport.plan(*failures)
    for id in PEOPLE:
        meet(lab, id)
    billed = 0
    for act, id, number in acts:
        if act in ("begun", "bought"):
            lab.track(id, act)
        elif act == "wait":
            lab.advance(hours(number))
        elif act == "restart":
            lab.restart()
        elif act == "merge":
            lab.merge(id, PEOPLE[number % 3])
        elif lab.sent(id):
            cost = f"0.0{number} EUR" if act == "bill" else ""
            billed += max(0, number - 7) if act == "bill" else 0
            lab.tell("failed" if act == "fail" else "delivered", id, cost=cost, id=f"{act}-{number}-{len(lab.sent())}")
        stands = lab.engine.budget("b")
        assert stands.spent == recount(lab)
        assert stands.held == Money(0, "EUR")
        assert stands.spent <= Money("0.21", "EUR") + Money("0.01", "EUR") * billed
    lab.close()


def sqlite(home: Path) -> SqlStore:
    return SqlStore(f"sqlite:///{home}/app.db")

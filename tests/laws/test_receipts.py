"""Receipts that are lost, late, doubled or out of order (P48): one state for every order, and no run upset."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.journeys.trial import CATEGORIES, trial
from unichannel import days
from unichannel.testing import Chaos, Lab, RecordingTransport

ECHOES = (("sent", 1.0), ("delivered", 5.0), ("opened", 3600.0))


def live(chaos: Chaos | None) -> Lab:
    lab = Lab(categories=CATEGORIES)
    lab.transport = RecordingTransport(echoes=ECHOES, chaos=chaos)
    lab.add(trial)
    lab.profile("ada", email="ada@example.com", phone="+33612345678", timezone="UTC")
    lab.track("ada", "trial.started")
    lab.advance(days(14))
    return lab


def facts(lab: Lab) -> list[tuple[str, str, dict[str, int]]]:
    history = lab.history("ada")
    assert history is not None
    return [(one.id, one.status, one.facts) for one in history.deliveries]


@pytest.mark.parametrize("share", [{"duplicated": 1.0}, {"reordered": 0.5}, {"duplicated": 0.5, "reordered": 0.5}])
def test_doubled_and_reordered_receipts_change_nothing(share: dict[str, float]) -> None:
    calm = {id: (status, set(known)) for id, status, known in facts(live(None))}
    assert {id: (status, set(known)) for id, status, known in facts(live(Chaos(**share)))} == calm


@given(st.text("ab", max_size=4), st.sampled_from([{"lost": 0.5}, {"late": 0.5}, {"lost": 0.3, "late": 0.3}]))
@settings(max_examples=15, deadline=None)
def test_lost_and_late_receipts_lose_nobody(seed: str, share: dict[str, Any]) -> None:
    lab = live(Chaos(seed, **share))
    history = lab.history("ada")
    assert history is not None
    assert [run.status for run in history.runs] == ["completed"]
    steps = [step for step, rung in ((one.step, one.rung) for one in history.deliveries) if rung == 1]
    assert len(steps) == len(set(steps)) == 4
    assert not lab.transport.doubled()

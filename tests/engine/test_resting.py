"""The garbage collector waits for a batch, and is what it was afterwards."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import cast

import pytest

from unichannel.engine.resting import rested
from unichannel.ports import Session

SESSION = cast("Session", None)


@pytest.fixture(autouse=True)
def _on() -> Iterator[None]:
    gc.enable()
    yield
    gc.enable()


def test_it_rests_during_the_work_and_goes_on_after_it() -> None:
    assert rested(lambda _: gc.isenabled())(SESSION) is False
    assert gc.isenabled()


def test_it_goes_on_after_work_that_raises() -> None:
    def work(_: Session) -> None:
        raise KeyError("no")

    with pytest.raises(KeyError):
        rested(work)(SESSION)
    assert gc.isenabled()


def test_a_host_that_turned_it_off_finds_it_off() -> None:
    gc.disable()
    rested(lambda _: None)(SESSION)
    assert not gc.isenabled()


def test_only_the_outer_of_two_turns_it_on_again() -> None:
    seen = []

    def outer(session: Session) -> None:
        rested(lambda _: None)(session)
        seen.append(gc.isenabled())

    rested(outer)(SESSION)
    assert seen == [False]
    assert gc.isenabled()

"""The garbage collector rests while a batch is worked at, and only then."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from unichannel import Email, MemoryStore, Message
from unichannel.engine.resting import at_rest
from unichannel.ports import Session
from unichannel.testing import Lab


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    gc.enable()
    yield
    gc.enable()


def test_it_rests_while_work_is_done_and_runs_again_after_it() -> None:
    seen = MemoryStore().transact(at_rest(lambda session: gc.isenabled()))
    assert (seen, gc.isenabled()) == (False, True)


def test_work_that_raises_lets_it_run_again() -> None:
    def fails(session: Session) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        MemoryStore().transact(at_rest(fails))
    assert gc.isenabled()


def test_a_host_that_has_it_stopped_finds_it_stopped() -> None:
    gc.disable()
    MemoryStore().transact(at_rest(lambda session: None))
    assert not gc.isenabled()


def test_of_two_at_work_the_one_that_stopped_it_lets_it_run_again() -> None:
    """Else workers that take turns would keep it from running for ever."""
    other = MemoryStore()

    def outer(session: Session) -> tuple[bool, bool]:
        gc.enable()  # as the first worker of two does when it ends while the second goes on
        inner = other.transact(at_rest(lambda session: gc.isenabled()))
        return inner, gc.isenabled()

    assert MemoryStore().transact(at_rest(outer)) == (True, True)


def test_an_engine_decides_so() -> None:
    seen: list[bool] = []

    def noting(offered: list[str], about: object) -> list[str]:
        seen.append(gc.isenabled())
        return offered

    lab = Lab(strategy=noting)
    ada = lab.profile("ada", email="ada@example.com")
    lab.send(ada, Message("hello", Email("Hello", text="Hello"), category="transactional"))
    assert (seen, gc.isenabled()) == ([False], True)

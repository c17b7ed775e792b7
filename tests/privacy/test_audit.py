"""The audit trail: who looked, when, from where (G8)."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from tests.privacy.world import EMAIL, KEY, MARK, VISITOR, hello, lab_on, live
from unichannel import AsyncEngine, Retention, acting, days
from unichannel.errors import InvalidInput, UnknownError
from unichannel.testing import Lab


def trail(lab: Lab, key: str = KEY) -> list[tuple[str, str, str]]:
    return [(one.what, one.actor, one.source) for one in lab.engine.audit(key)]


def test_every_read_by_somebody_who_acts_is_written_down() -> None:
    lab = lab_on()
    live(lab)
    handle = lab.send(KEY, hello, via="email", data={"city": "x"})
    engine = lab.engine
    reads: dict[str, Any] = {
        "why": lambda: engine.why(KEY, journey="hello"),
        "timeline": lambda: engine.timeline(VISITOR),
        "in_app": lambda: engine.in_app(KEY),
        "status": lambda: handle.status(),
        "failed": lambda: engine.failed(),
        "consent_at": lambda: engine.consent_at(KEY, "email"),
        "preferences": lambda: engine.preferences(KEY),
        "prove": lambda: engine.prove(KEY, "email"),
        "audit": lambda: engine.audit(KEY),
        "export": lambda: engine.export(KEY),
    }
    for read in reads.values():
        read()
    assert trail(lab) == [("export", "", "")], "unnamed, only what hands everything out"
    with acting("support:ana", source="10.0.0.1"):
        for read in reads.values():
            read()
        engine.why("d1-1")
    expected = [(what, "support:ana", "10.0.0.1") for what in (*reads, "why")]
    assert trail(lab)[1:] == expected
    assert trail(lab, VISITOR) == trail(lab)


def test_it_holds_none_of_the_data() -> None:
    lab = lab_on()
    live(lab)
    with acting("support:ana"):
        lab.engine.timeline(KEY)
    assert MARK not in str(vars(lab._settings["store"]._state)["accesses"])


def test_what_raised_was_not_read() -> None:
    lab = lab_on()
    with acting("support:ana"), pytest.raises(UnknownError):
        lab.engine.timeline("nobody")
    assert trail(lab, "nobody") == []


def test_a_block_inside_a_block_counts_for_itself() -> None:
    lab = lab_on()
    lab.profile(KEY, email=EMAIL)
    with acting("outer"):
        with acting("inner"):
            lab.engine.timeline(KEY)
        lab.engine.timeline(KEY)
    lab.engine.timeline(KEY)
    assert [actor for _, actor, _ in trail(lab)] == ["inner", "outer"]
    with pytest.raises(InvalidInput), acting(" "):
        pass


def test_who_acts_in_one_thread_acts_in_no_other() -> None:
    lab = lab_on()
    lab.profile(KEY, email=EMAIL)
    with acting("ana"):
        other = threading.Thread(target=lambda: lab.engine.timeline(KEY))
        other.start()
        other.join()
    assert trail(lab) == []


def test_tasks_act_each_for_themselves() -> None:
    lab = lab_on()
    lab.profile(KEY, email=EMAIL)

    async def look(engine: AsyncEngine, who: str) -> None:
        with acting(who):
            await asyncio.sleep(0)
            await engine.timeline(KEY)

    async def both() -> list[str]:
        async with AsyncEngine(lab._settings["store"], clock=lab.clock) as engine:
            await asyncio.gather(look(engine, "ana"), look(engine, "bob"))
            await engine.timeline(KEY)
            await engine.export(KEY)
            await engine.erase(KEY)
            await engine.run_due()
            return [one.actor for one in await engine.audit(KEY)]

    assert sorted(asyncio.run(both())) == ["", "", "", "ana", "bob"]


def test_it_outlives_the_person_and_ends_with_its_own_time() -> None:
    lab = lab_on()
    lab.profile(KEY, email=EMAIL)
    with acting("ana"):
        lab.engine.timeline(KEY)
    lab.engine.erase(KEY)
    lab.run_due()
    lab.advance(days(200))
    assert lab.engine.purge().audit == 0
    lab.advance(days(200))
    assert lab.engine.purge(Retention(audit=None)).audit == 0
    assert lab.engine.purge().audit == 3
    assert trail(lab) == []

"""B1, B5, B9: codes from the host's pool: one per person, the same on every channel, never given twice."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.examples.conftest import Play, recipe
from unichannel import hours, minutes
from unichannel.ports import FunctionCall

Make = Callable[..., Play]


@pytest.fixture
def pool(tmp_path: Path) -> Any:
    return recipe("discount_codes").Pool(str(tmp_path / "shop.db"))


def call(profile: str, key: str = "k", campaign: str = "spring") -> FunctionCall:
    return FunctionCall("codes.take", {"campaign": campaign}, profile, key)


def codes(app: Play, name: str) -> list[str]:
    return [found for one in app.said(name) for found in re.findall(r"SPRING-\d+", one.text)]


def test_one_code_for_each_person_the_same_on_every_channel(play: Make, pool: Any) -> None:
    pool.fill("spring", *(f"SPRING-{n}" for n in range(1, 4)))
    app = play("discount_codes", functions={"codes.take": pool.take})
    for name in ("ada", "bob"):
        app.meet(name)
        app.lab.track(name, "offer.promised")
    app.lab.advance(hours(25))
    assert [one.channel for one in app.lab.sent("ada")] == ["email", "sms"]
    assert codes(app, "ada") == ["SPRING-1", "SPRING-1"]
    assert codes(app, "bob") == ["SPRING-2", "SPRING-2"]


def test_a_function_that_runs_twice_gives_the_same(play: Make, pool: Any) -> None:
    """The first answer is lost after the pool has committed."""
    pool.fill("spring", "SPRING-1", "SPRING-2")
    answers: list[Any] = []

    def take(one: FunctionCall) -> Any:
        answers.append(pool.take(one))
        if len(answers) == 1:
            raise ConnectionError("the answer was lost")
        return answers[-1]

    app = play("discount_codes", functions={"codes.take": take})
    app.meet("ada")
    app.lab.track("ada", "offer.promised")
    app.lab.advance(minutes(5))
    assert answers == [{"code": "SPRING-1"}] * 2
    assert codes(app, "ada") == ["SPRING-1"]
    assert pool.take(call("bob")) == {"code": "SPRING-2"}


def test_an_empty_pool_sends_without_a_code(play: Make, pool: Any) -> None:
    app = play("discount_codes", functions={"codes.take": pool.take})
    app.meet("ada")
    app.lab.track("ada", "offer.promised")
    assert app.told() == ["01-08 10:00 without-code email"]


def test_many_at_once_never_share_a_code(pool: Any) -> None:
    pool.fill("spring", *(f"SPRING-{n}" for n in range(20)))
    taken: dict[tuple[str, int], str | None] = {}
    barrier = threading.Barrier(6)

    def work(worker: int) -> None:
        barrier.wait()
        for n in range(30):
            taken[f"p{n}", worker] = pool.take(call(f"p{n}", f"{n}")).get("code")

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    owned = {name: {code for (who, _), code in taken.items() if who == name} for name, _ in taken}
    assert all(len(one) == 1 for one in owned.values()), "asked six times, answered the same"
    given = [code for one in owned.values() for code in one if code is not None]
    assert len(given) == len(set(given)) == 20


def test_the_table_itself_refuses_a_second_code_for_one_person(pool: Any) -> None:
    pool.fill("spring", "SPRING-1", "SPRING-2")
    pool.fill("autumn", "AUTUMN-1")
    assert pool.take(call("ada")) == {"code": "SPRING-1"}
    assert pool.take(call("ada", campaign="autumn")) == {"code": "AUTUMN-1"}
    with pytest.raises(sqlite3.IntegrityError), sqlite3.connect(pool.path) as connection:
        connection.execute("UPDATE codes SET owner = 'ada' WHERE code = 'SPRING-2'")

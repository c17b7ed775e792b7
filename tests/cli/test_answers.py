"""The answers that ``docs/how-to/why.md`` quotes are those of the demo (A1 to A5)."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from tests.calling import command
from tests.cli.conftest import PEOPLE
from tests.telling.checking import World, check
from unichannel import Engine, SqlStore
from unichannel.cli.demo.journeys import journeys

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "why.md"


def test_the_page_quotes_what_the_demo_answers(demo: tuple[str, str]) -> None:
    """Three deliveries and one that was not made, word for word."""
    _, asked = PAGE.read_text(encoding="utf-8").split("## Ask the demo")
    commands, quoted = (re.findall(rf"```{kind}\n(.*?)```", asked, re.DOTALL)[0] for kind in ("sh", "text"))
    first, *whys = commands.splitlines()
    assert first == f"unichannel demo --people {PEOPLE} --db demo.db"
    answers = [command(*shlex.split(line.replace("demo.db", demo[0]))[1:]) for line in whys]
    assert [one.returncode for one in answers] == [0] * len(whys)
    assert "".join(one.stdout for one in answers) == quoted
    assert quoted.count("\n  ") == 4


def test_the_demos_answers_about_everybody_are_true_and_whole(demo: tuple[str, str]) -> None:
    """Of each journey that somebody ran through, in both languages, against the rows of the store."""
    store, known = SqlStore(f"sqlite:///{demo[0]}"), {one.name: one for one in journeys()}
    codes = set()
    with Engine(store) as engine:
        for person in (f"p{n:03}" for n in range(1, PEOPLE + 1)):
            history = store.transact(lambda session, key=person: session.history(key))  # type: ignore[misc]
            assert history is not None
            world, found = World(history, known), []
            for journey in dict.fromkeys(run.journey for run in history.runs):
                english, french = (engine.why(person, journey=journey, language=tag) for tag in ("en", "fr"))
                codes |= {code for one, other in zip(english, french, strict=True) for code in check(world, one, other)}
                found += [one.delivery for one in english if one.delivery]
            assert sorted(found) == sorted(one.id for one in history.deliveries)
    assert {"silence", "no_consent", "followed", "success", "best", "branch"} <= codes

"""``unichannel purge``: retention from cron, on a database that is there."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from unichannel import Engine, Journey, Profile, SqlStore, Wait, days, hours, on
from unichannel.cli.app import app
from unichannel.testing import ManualClock

JOURNEY = Journey("waits", start=on("seen"), steps=[Wait(days(1))], re_entry="after_end")
MODULE = """
from datetime import UTC, datetime
from unichannel import AsyncEngine, Engine, SqlStore
from unichannel.testing import ManualClock

def settings():
    return {{"store": SqlStore("sqlite:///{path}"), "clock": ManualClock(datetime({year}, 6, 1, tzinfo=UTC))}}

def engine():
    return Engine(**settings())

def awaited():
    return AsyncEngine(**settings())

nothing = 3
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """An app's module; its database holds two events and an ended run of January 2030."""
    path = tmp_path / "app.db"
    clock = ManualClock(datetime(2030, 1, 8, tzinfo=UTC))
    with Engine(SqlStore(f"sqlite:///{path}"), journeys=[JOURNEY], clock=clock) as engine:
        engine.migrate()
        engine.identify(Profile("ada"))
        for name in ("seen", "heard"):
            engine.track("ada", name)
        engine.run_due()
        clock.set(clock.now() + hours(48).elapsed)
        engine.run_due()
    return write(tmp_path, 2031)


def write(folder: Path, year: int) -> Path:
    """The module of an app that runs in that year."""
    shop = folder / f"shop_{year}.py"
    shop.write_text(MODULE.format(path=folder / "app.db", year=year))
    return shop


def purge(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["purge", *words])
    assert done.exit_code == code, done.output
    return done.output


@pytest.mark.parametrize("face", ["engine", "awaited"])
def test_it_deletes_what_is_older_and_says_how_much(shop: Path, face: str) -> None:
    told = json.loads(purge(f"{shop}:{face}", "--json"))
    assert (told["events"], told["enrollments"], told["more"]) == (2, 1, False)
    assert purge(f"{shop}:{face}") == "0 events, 0 deliveries, 0 notes, 0 enrollments, 0 audit, 0 faults deleted\n"


def test_what_is_younger_than_the_days_given_stays(shop: Path) -> None:
    few = ["--events", "600", "--deliveries", "600", "--notes", "600"]
    assert (
        purge(f"{shop}:engine", *few) == "0 events, 0 deliveries, 0 notes, 1 enrollments, 0 audit, 0 faults deleted\n"
    )
    assert purge(f"{shop}:engine", *few, "--events", "300").startswith("2 events, ")


def test_by_default_a_year_and_more_is_kept(shop: Path) -> None:
    young = write(shop.parent, 2030)
    assert purge(f"{young}:engine").startswith("0 events, 0 deliveries, 0 notes, 0 enrollments, ")


def test_where_the_time_is_up_it_says_that_more_is_left(shop: Path) -> None:
    said = purge(f"{shop}:engine", "--seconds", "0")
    assert said == "0 events, 0 deliveries, 0 notes, 0 enrollments, 0 audit, 0 faults deleted; more is left\n"


@pytest.mark.parametrize(("words", "code"), [(["--events", "-1"], 2), (["--notes", "many"], 2)])
def test_days_that_are_none_are_refused(shop: Path, words: list[str], code: int) -> None:
    purge(f"{shop}:engine", *words, code=code)


@pytest.mark.parametrize("name", ["nothing", "nowhere"])
def test_what_is_no_engine_is_refused(shop: Path, name: str) -> None:
    assert name in purge(f"{shop}:{name}", code=1)

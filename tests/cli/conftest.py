"""One demo for all that is asked of what a demo leaves: ``why``, ``timeline``, the table."""

from __future__ import annotations

import pytest

from tests.calling import command

PEOPLE = 8


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The demo's database and what it printed."""
    database = str(tmp_path_factory.mktemp("left") / "demo.db")
    done = command("demo", "--people", str(PEOPLE), "--db", database)
    assert done.returncode == 0, done.stderr
    return database, done.stdout


@pytest.fixture(scope="session")
def database(demo: tuple[str, str]) -> str:
    """The demo's database; nobody writes to it."""
    return demo[0]

"""The database that a demo left, made once for all tests of the command line."""

from __future__ import annotations

import pytest

from tests.cli.calling import run

PEOPLE = 8


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The demo's database and what it printed."""
    database = str(tmp_path_factory.mktemp("left") / "demo.db")
    done = run("demo", "--people", str(PEOPLE), "--db", database)
    assert done.returncode == 0, done.stderr
    return database, done.stdout

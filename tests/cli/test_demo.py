"""``unichannel demo``, run as users run it: one plain run and its variants must agree."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.stores import postgres
from unichannel import SqlStore
from unichannel.cli.demo import make_data

PEOPLE = "8"
FLIGHT = 16
DEADLINE = 600
RUNS = {
    "plain": [],
    "killed": ["--kill", "3"],
    "async": ["--async"],
    "async-killed": ["--async", "--kill", "2", "--seed", "4"],
    "at-most-once": ["--guarantee", "at_most_once"],
    "at-most-once-killed": ["--guarantee", "at_most_once", "--kill", "3", "--seed", "2"],
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, Any]]]:
    """What each way of running it printed; all run side by side."""
    folder = tmp_path_factory.mktemp("demo")
    with ExitStack() as stack:
        started = {
            name: stack.enter_context(
                subprocess.Popen(
                    [*_command(folder / f"{name}.db"), "--json", *more], stdout=subprocess.PIPE, stderr=subprocess.PIPE
                )
            )
            for name, more in RUNS.items()
        }
        stack.callback(lambda: [process.kill() for process in started.values()])
        yield {name: _result(process) for name, process in started.items()}


def _command(database: Path) -> list[str]:
    return [sys.executable, "-m", "unichannel", "demo", "--people", PEOPLE, "--db", str(database)]


def _result(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    out, err = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0, err.decode()
    result: dict[str, Any] = json.loads(out)
    return result


def made(run: dict[str, Any]) -> list[tuple[str, ...]]:
    return sorted(tuple(row[name] for name in ("profile", "journey", "step", "channel")) for row in run["deliveries"])


def test_the_plain_run_loses_and_doubles_nothing(runs: dict[str, dict[str, Any]]) -> None:
    plain = runs["plain"]
    assert plain["enrolled"] == int(PEOPLE) == plain["completed"] + plain["converted"]
    assert plain["converted"] > 0
    assert (plain["doubled"], plain["lost"], plain["in_doubt"], plain["late"]) == (0, 0, 0, 0)
    assert set(plain["deliveries"][0]) == {"profile", "journey", "step", "channel", "status", "at"}
    assert {row["channel"] for row in plain["deliveries"]} == {"email", "sms"}


@pytest.mark.parametrize("name", ["killed", "async", "async-killed", "at-most-once"])
def test_every_way_makes_the_same_deliveries(runs: dict[str, dict[str, Any]], name: str) -> None:
    assert made(runs[name]) == made(runs["plain"])


@pytest.mark.parametrize("name", ["killed", "async-killed"])
def test_kills_double_at_most_a_flight_each_and_only_emails(runs: dict[str, dict[str, Any]], name: str) -> None:
    run = runs[name]
    assert run["killed"] == int(RUNS[name][RUNS[name].index("--kill") + 1])
    assert run["doubled"] <= FLIGHT * run["killed"]
    assert run["doubled_by_channel"].get("sms", 0) == 0
    assert (run["lost"], run["in_doubt"]) == (0, 0)


def test_at_most_once_doubles_nothing_and_lists_its_doubts(runs: dict[str, dict[str, Any]]) -> None:
    run = runs["at-most-once-killed"]
    listed = [row for row in run["deliveries"] if row["status"] in ("in_doubt", "abandoned")]
    assert run["killed"] == 3
    assert (run["doubled"], run["lost"]) == (0, 0)
    assert len(listed) == run["in_doubt"] <= FLIGHT * run["killed"]


@pytest.fixture
def url() -> Iterator[str]:
    with postgres.database(migrated=False) as url:
        yield url


def test_four_workers_on_postgres_make_the_same_deliveries(runs: dict[str, dict[str, Any]], url: str) -> None:
    """P7, P8: whoever of them decides and sends."""
    run = _result(_start_on(url, "--workers", "4"))
    assert made(run) == made(runs["plain"])
    assert (run["doubled"], run["lost"], run["in_doubt"], run["late"]) == (0, 0, 0, 0)


def test_four_workers_of_which_some_are_killed(runs: dict[str, dict[str, Any]], url: str) -> None:
    """P1, P2: what the killed ones had taken up is done by the others."""
    run = _result(_start_on(url, "--workers", "4", "--kill", "2"))
    assert made(run) == made(runs["plain"])
    assert run["killed"] == 2
    assert run["doubled"] <= FLIGHT * 2
    assert (run["doubled_by_channel"].get("sms", 0), run["lost"], run["in_doubt"]) == (0, 0, 0)


def _start_on(url: str, *more: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "unichannel", "demo", "--people", PEOPLE, "--store", url, "--json", *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_a_database_in_which_somebody_is_is_not_written_to(tmp_path: Path) -> None:
    store = SqlStore(f"sqlite:///{tmp_path / 'mine.db'}")
    store.migrate()
    store.transact(lambda session: session.lock(["ada"], 0))
    store.close()
    process = _start_on(f"sqlite:///{tmp_path / 'mine.db'}")
    _, err = process.communicate(timeout=DEADLINE)
    assert process.returncode == 1
    assert "has profiles in it" in err.decode()


def test_the_files_are_those_that_the_script_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = {name: (make_data.HERE / name).read_bytes() for name in ("people.csv", "behaviour.csv")}
    monkeypatch.setattr(make_data, "HERE", tmp_path)
    make_data.main()
    assert {name: (tmp_path / name).read_bytes() for name in there} == there


def test_nothing_lies_within_an_hour_of_what_it_decides() -> None:
    """Fallbacks after 4 h and 6 h, the night (21:00 to 08:00), business hours in Paris (09:00 to 18:00)."""
    zones = {row["id"]: ZoneInfo(row["timezone"]) for row in _read("people.csv")}
    for row in _read("behaviour.csv"):
        if row["channel"]:
            limit = 6 * 60 if (row["message"], row["channel"]) == ("reminder", "email") else 4 * 60
            assert abs(int(row["minutes"]) - limit) >= 60, row
        elif row["minutes"]:
            at = make_data.START + timedelta(minutes=int(row["minutes"]))
            there = at.astimezone(zones[row["profile"]])
            assert _is_clear(there, 8, 21), row
            if row["what"] == "trial.started":
                assert all(_is_clear(there + timedelta(hours=after), 8, 21) for after in (4, 6)), row
            if row["what"] == "setup.completed":
                assert _is_clear(at.astimezone(ZoneInfo("Europe/Paris")), 9, 18), row


def _read(name: str) -> list[dict[str, str]]:
    with (make_data.HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _is_clear(at: datetime, *edges: int) -> bool:
    """Whether the clock there is an hour or more from each of these hours."""
    minutes = at.hour * 60 + at.minute
    return all(60 <= (minutes - edge * 60) % 1440 <= 1380 for edge in edges)


def test_nobody_in_the_files_can_be_reached() -> None:
    """Mailboxes in reserved domains, numbers in ranges kept for fiction, each once."""
    people = _read("people.csv")
    assert all(row["email"].endswith(("@example.com", "@example.org")) for row in people)
    kept = ("+3363998", "+447700900", "+49171392", "+46701740", "+6149157", "+1")
    phones = [row["phone"] for row in people if row["phone"]]
    assert all(phone.startswith(kept) for phone in phones)
    assert all("55501" in phone for phone in phones if phone.startswith("+1"))
    assert len(set(phones)) == len(phones)
    assert len(people) == 500


def test_a_database_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    there = tmp_path / "mine.db"
    there.write_bytes(b"mine")
    done = subprocess.run(_command(there), capture_output=True, text=True, timeout=DEADLINE, check=False)
    assert done.returncode == 1
    assert "Name a new file" in done.stderr
    assert there.read_bytes() == b"mine"

"""The benchmarks run, and what they print has its shape; how fast anything is, no test asks."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.benchmarks import idle, plan
from tests.benchmarks.apart import measured
from tests.benchmarks.entrants import CONTENDERS, RATIOS, TARGETS, by_name
from tests.benchmarks.measure import Place
from tests.benchmarks.page import BEGIN, END, GROW, SPEED, plot, write
from tests.benchmarks.plan import TOPICS, Measured, Sizes
from tests.benchmarks.report import is_met, report
from tests.benchmarks.screen import show
from tests.benchmarks.server import NoServer

TINY = Sizes(people=4, turns=1, growth=(2, 4), growth_turns=1, waiting=4, idle=(3, 5))

ASKED = (
    *("sqlite_vs_handwritten", "sqlite_vs_dbos", "postgres_vs_procrastinate", "postgres_vs_dbos"),
    *("memory_vs_transitions", "sqlite_vs_floor", "postgres_vs_floor"),
    *("poll_ms_at_1m", "due_1m_vs_10k", "bytes_per_waiting", "growth_1k_to_100k"),
)

TURN = {
    "people": 4,
    "steps_per_second": 50.0,
    "steps_per_cpu_second": 60.0,
    "transitions_per_commit": None,
    "seconds": {"all": 0.52},
    "counts": {"peak_bytes": 90_000_000},
}


@pytest.fixture
def found() -> Measured:
    """Measured by nobody: ours are twice as fast as theirs, PostgreSQL is not there."""
    made = Measured(TINY, missing={"postgres": "no PostgreSQL"}, load=[0.5])
    for one in CONTENDERS:
        if not one.server:
            made.turns[one.name].append({**TURN, "steps_per_second": 100.0 if ":on_" in one.run else 50.0})
    made.growth[2].append(TURN)
    made.growth[4].append(TURN)
    made.topics["idle"] = {str(n): {"poll_ms": 0.5, "poll_ms_median": 0.6, "due_ms": 10.0} for n in TINY.idle}
    made.topics["waiting"] = {"people": 4, "bytes": 900.0, "parts": {"wakes": 40.0}, "file_growth": 1000.0}
    return made


@pytest.mark.parametrize("name", [one.name for one in CONTENDERS if not one.server and one.name != "dbos_sqlite"])
def test_a_contender_takes_everybody_through_w(name: str, tmp_path: Path) -> None:
    lacks = [need for need in by_name(name).needs if importlib.util.find_spec(need) is None]
    if lacks:
        pytest.skip(f"not installed: {lacks}")
    figures = measured(name, [4], Place(tmp_path))
    assert figures["people"] == 4
    assert figures["steps_per_second"] > 0


@pytest.mark.parametrize("name", ["handwritten", "floor_sqlite"])
def test_the_steps_are_counted_as_ours_are(name: str, tmp_path: Path) -> None:
    if name == "handwritten":
        pytest.importorskip("transitions")
    run = measured(name, [4], Place(tmp_path))
    assert run["steps_per_second"] * sum(run["seconds"].values()) == pytest.approx(4 * 6.5, rel=0.05)


def test_crowds_wait_and_a_few_come_due(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idle, "DUE", 3)
    monkeypatch.setattr(idle, "POLLS", 2)
    figures = measured("idle", [3, 5], Place(tmp_path))
    assert set(figures) == {"3", "5"}
    assert all(one["poll_ms"] <= one["poll_ms_median"] for one in figures.values())


def test_bytes_are_those_of_what_waits(tmp_path: Path) -> None:
    figures = measured("waiting", [40], Place(tmp_path))
    assert set(figures["parts"]) == set(idle.COUNTED)
    assert figures["bytes"] == pytest.approx(sum(figures["parts"].values()), abs=0.2)


def test_the_object_has_every_ratio_that_was_asked_for(found: Measured) -> None:
    made = report(found)
    assert tuple(made["ratios"]) == ASKED
    assert set(ASKED) - set(TARGETS) == {"sqlite_vs_floor"}
    assert made["ratios"]["growth_1k_to_100k"] == 1.0
    assert json.loads(json.dumps(made))["ratios"] == made["ratios"]


def test_what_is_missing_is_named_and_its_ratio_is_null(found: Measured) -> None:
    made = report(found)
    gone = {name for name, pair in RATIOS.items() if "postgres" in pair}
    assert {name for name, ratio in made["ratios"].items() if ratio is None} == gone
    assert made["missing"]["postgres"] == "no PostgreSQL"
    assert set(made["missing"]) == {one.name for one in CONTENDERS if one.server}


def test_a_target_is_met_from_its_side() -> None:
    assert is_met("sqlite_vs_dbos", 50) is True
    assert is_met("poll_ms_at_1m", 1.1) is False
    assert is_met("poll_ms_at_1m", None) is None


def test_no_package_and_no_server_are_missing_not_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> AbstractContextManager[Any]:
        raise NoServer("there is none")

    there = importlib.util.find_spec
    lacking = {"dbos": None, "procrastinate": None, "psycopg": there("json")}
    monkeypatch.setattr(plan.importlib.util, "find_spec", lambda name: lacking.get(name, there("json")))
    monkeypatch.setattr(plan, "serving", refuse)
    found = plan.measure(TINY, ["dbos_sqlite", "procrastinate", "floor_postgres"], lambda *_: None)
    assert found.missing == {
        "dbos_sqlite": "not installed: dbos",
        "procrastinate": "not installed: procrastinate",
        "floor_postgres": "no PostgreSQL: there is none",
    }


def test_tables_and_page_are_made(found: Measured, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made, pages = report(found), [tmp_path / "speed.md", tmp_path / "grow.md"]
    for page in pages:
        page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    write(made, *pages)
    show(made)
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert text.startswith("before\n")
        assert text.endswith("after\n")
        assert "old" not in text
    assert ElementTree.fromstring(plot(made)).tag.endswith("svg")  # noqa: S314 - our own
    assert "missing" in capsys.readouterr().out


@pytest.mark.parametrize("page", [SPEED, GROW], ids=lambda page: page.name)
def test_a_page_has_its_marks(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.count(BEGIN) == text.count(END) == 1


def command(*words: str) -> subprocess.CompletedProcess[str]:
    asked: Sequence[str] = (sys.executable, "-m", "tests.benchmarks", *words)
    return subprocess.run(asked, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])


def test_the_command_prints_one_object_and_says_what_it_does() -> None:
    done = command("--quick", "--json", "--people", "4", "--only", "memory")
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    assert made["contenders"]["memory"]["people"] == 4
    assert set(made["missing"]) == {*(one.name for one in CONTENDERS), *TOPICS} - {"memory"}
    assert done.stderr.splitlines() == ["1/2 memory", "2/2 memory"]

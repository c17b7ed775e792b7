"""``why``, ``timeline``, ``migrate`` and the demo's table, on the file that a demo left."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.calling import command, command_json

DEADLINE = 600


def test_the_table_ends_with_the_door(demo: tuple[str, str]) -> None:
    database, printed = demo
    for text in ("enrolled", "completed", "converted", "doubled 0", "lost 0", "in doubt 0", "welcome", "claims"):
        assert text in printed
    assert f'unichannel timeline p001 --db "{database}"' in printed or "unichannel timeline p0" in printed
    assert "\x1b" not in printed


def test_why_of_a_profile_a_step_and_a_delivery(demo: tuple[str, str]) -> None:
    database, _ = demo
    everything = command_json("why", "p001", "--db", database, "--json")
    of_step = command_json("why", "p001", "--step", "welcome", "--db", f"sqlite:///{database}", "--json")
    assert {one["subject"] for one in of_step} == {"welcome (welcome)"}
    assert len(everything) > len(of_step)
    one = command_json("why", of_step[0]["delivery"], "--db", database, "--json")
    assert one == of_step[:1]
    told = command("why", "p001", "--journey", "trial-to-paid", "--db", database)
    assert of_step[0]["sentence"] in told.stdout


def test_timeline(demo: tuple[str, str]) -> None:
    database, _ = demo
    entries = command_json("timeline", "p001", "--db", database, "--json")
    assert [entry["at"] for entry in entries] == sorted(entry["at"] for entry in entries)
    assert any(entry["sentence"] == "trial.started happened" for entry in entries)
    assert "trial.started happened" in command("timeline", "p001", "--db", database).stdout


@pytest.mark.parametrize("name", ["why", "timeline"])
def test_an_unknown_profile_is_one_sentence_with_its_mend(demo: tuple[str, str], name: str) -> None:
    done = command(name, "nobody", "--db", demo[0])
    assert done.returncode == 1
    assert "no profile 'nobody' is known. identify() it" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    missing = tmp_path / "none.db"
    done = command("why", "ada", "--db", str(missing))
    assert (done.returncode, missing.exists()) == (1, False)
    assert "there is no file" in done.stderr


def test_migrate_makes_a_database_and_may_be_run_again(tmp_path: Path) -> None:
    database = str(tmp_path / "new.db")
    assert command("migrate", "--db", database).returncode == 0
    assert command("migrate", "--db", database).returncode == 0
    assert command("timeline", "ada", "--db", database).returncode == 1


def test_a_schema_that_is_behind_is_an_error_with_its_mend(tmp_path: Path) -> None:
    empty = tmp_path / "empty.db"
    empty.touch()
    done = command("timeline", "ada", "--db", str(empty))
    assert done.returncode == 1
    assert "migrate" in done.stderr


def test_help_and_version() -> None:
    shown = command("--help")
    assert shown.returncode == 0
    for name in ("demo", "why", "timeline", "migrate", "diagram", "check"):
        assert name in shown.stdout
    assert command("--version").stdout.startswith("unichannel ")
    assert "--child" not in command("demo", "--help").stdout


@pytest.mark.parametrize(("module", "extra"), [("typer", "cli"), ("rich", "cli")])
def test_a_missing_extra_is_named(module: str, extra: str) -> None:
    code = f"import sys; sys.modules[{module!r}] = None; from unichannel.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=DEADLINE, check=False)
    assert done.returncode == 2
    assert f'pip install "unichannel[{extra}]"' in done.stderr


def test_the_demo_names_its_extra() -> None:
    code = (
        "import sys, importlib.util as u; real = u.find_spec;"
        "u.find_spec = lambda name, *a: None if name == 'aiosmtpd' else real(name, *a);"
        "sys.argv = ['unichannel', 'demo']; from unichannel.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=DEADLINE, check=False)
    assert done.returncode == 2
    assert 'pip install "unichannel[demo]"' in done.stderr

"""``diagram`` and ``check``: journeys by name, from modules and files, in pictures and words."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.calling import command, command_json
from tests.journeys.test_drawing import Picture
from tests.journeys.trial import trial

ROOT = Path(__file__).parents[2]
TRIAL = "tests.journeys.trial:trial"
EXAMPLE = str(ROOT / "examples" / "trial_to_paid.py")

HOST = """
from unichannel import *
from unichannel.conditions import opened
tips = Message("tips", Email("Tips", text="One.", html="One."))
fine = Journey("fine", start=on("x"), steps=[Send(tips)])
vague = Journey("vague", start=on("x"), steps=[Wait(until=~opened("email"))])
broken = Journey("broken", start=on("x"), steps=[Send(Message("m", Sms("{{ oops")))])
starts = Journey("starts", start=on("x"), steps=[StartJourney("fine"), StartJourney("gone")])
nothing = 3
def refused():
    return Journey("refused", start=on("x"), steps=[])
"""
ENGINE = """
from host import *
engine = Engine(MemoryStore(), journeys=[fine, starts], routes={"email": Console()})
"""
REFUSED = """
from host import *
engine = Engine(MemoryStore(), journeys=[Journey("j", start=on("x"), steps=[Send(tips, via="email")])])
"""
WRONG = "from host import *\njourney = refused()\n"
BUG = "raise RuntimeError('the host\\'s own bug')\n"
NEEDS = "import not_installed\n"


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in (
        ("host", HOST),
        ("engines", ENGINE),
        ("refused", REFUSED),
        ("wrong", WRONG),
        ("bug", BUG),
        ("needs", NEEDS),
    ):
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_journey_of_a_module_is_drawn() -> None:
    done = command("diagram", TRIAL)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == trial.diagram()


def test_an_outline() -> None:
    assert command("diagram", TRIAL, "--outline").stdout == f"{trial}\n"


def test_a_file_will_do_and_several_make_a_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    assert command("diagram", f"{EXAMPLE}:journeys", "-o", str(page)).returncode == 0
    text = page.read_text(encoding="utf-8")
    assert text == command("diagram", EXAMPLE).stdout
    assert [line for line in text.splitlines() if line.startswith("##")] == ["## trial-to-paid", "## set-up-completed"]
    for part in text.split("````mermaid\n")[1:]:
        Picture(part.partition("````")[0])


def test_a_mermaid_file_holds_one(tmp_path: Path) -> None:
    file = tmp_path / "trial.mmd"
    assert command("diagram", f"{EXAMPLE}:TRIAL", "-o", str(file)).returncode == 0
    assert file.read_text(encoding="utf-8").startswith("flowchart TD\n")
    done = command("diagram", f"{EXAMPLE}:journeys", "-o", str(file))
    assert done.returncode == 1
    assert "is 2 journeys" in done.stderr


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere:x", "there is no module 'nowhere'"),
        ("nowhere.py:x", "there is no file 'nowhere.py'"),
        ("host:missing", "no 'missing'"),
        ("host:nothing", "is no journey"),
        (":", "there is no module ''"),
        ("..:x", "there is no module '..'"),
        ("wrong:journey", "has no steps"),
    ],
)
@pytest.mark.usefixtures("host")
def test_a_wrong_name_is_one_sentence(name: str, said: str) -> None:
    for word in ("diagram", "check"):
        done = command(word, name)
        assert done.returncode == 1
        assert said in done.stderr + done.stdout
        assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("host")
def test_a_bug_of_the_hosts_is_shown_as_what_it_is() -> None:
    done = command("check", "bug")
    assert done.returncode == 1
    assert "RuntimeError: the host's own bug" in done.stderr


@pytest.mark.usefixtures("host")
def test_what_the_hosts_module_lacks_is_not_taken_for_the_module() -> None:
    done = command("check", "needs")
    assert done.returncode == 1
    assert "No module named 'not_installed'" in done.stderr


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    done = command("diagram", TRIAL, "-o", str(tmp_path / "none" / "x.mmd"))
    assert done.returncode == 1
    assert "cannot be written" in done.stderr


@pytest.mark.usefixtures("host")
def test_check_says_ok() -> None:
    done = command("check", "host:fine", f"{EXAMPLE}:journeys")
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[-1] for line in done.stdout.splitlines()[1:]] == ["ok", "ok", "ok"]
    assert "\x1b" not in done.stdout


@pytest.mark.usefixtures("host")
def test_check_lists_errors_with_their_mend_and_findings() -> None:
    done = command("check", "host:vague", "host:broken", "refused:engine", "wrong")
    assert done.returncode == 1
    assert "finding: 'vague' waits until something is not so" in done.stdout
    assert "error: " in done.stdout
    assert "by email, which no route serves. Give Engine(routes=" in done.stdout
    assert "has no steps. Give it one." in done.stdout
    assert command("check", "host:vague").returncode == 0


@pytest.mark.usefixtures("host")
def test_check_looks_at_journeys_together() -> None:
    checked = {one["name"]: one for one in command_json("check", "host:fine", "host:starts", "--json")}
    assert checked["fine"] == {
        "name": "fine", "version": 1, "steps": 1, "errors": [], "findings": [], "starts": []
    }  # fmt: skip
    assert checked["starts"]["findings"] == ["'starts' starts 'gone', which is not among those checked"]
    refused = command("check", "engines:engine")
    assert refused.returncode == 1
    assert "starts the journey 'gone', which this engine was not given" in refused.stdout
    twice = command("check", "host:fine", "host:fine")
    assert twice.returncode == 1
    assert "there are 2 journeys 'fine'" in twice.stdout


def test_journeys_in_files_are_checked_and_drawn() -> None:
    file = str(Path(__file__).parents[2] / "examples" / "trial_to_paid.yaml")
    assert command("check", file).returncode == 0
    assert "flowchart TD" in command("diagram", file).stdout


def test_check_is_found_from_the_directory_one_is_in(host: Path) -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("unichannel")), "check", "host:fine"],
        capture_output=True, text=True, timeout=600, check=False, cwd=host, env={**os.environ, "COLUMNS": "120"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr

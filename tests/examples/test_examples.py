"""Every recipe runs as a reader would run it, and does what it says."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.calling import script

EXAMPLES = Path(__file__).parents[2] / "examples"
RECIPES = sorted(EXAMPLES.glob("*.py"))


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_runs(path: Path) -> None:
    done = script(path)
    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_says_what_it_is_for(path: Path) -> None:
    paragraphs = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split("\n\n")
    assert re.search(r"\([A-K]\d+.*\)\.$", paragraphs[0]), "a title with the scenarios"
    heads = [one.partition(":")[0] for one in paragraphs[1:4]]
    assert heads == ["Aim", "Figure to watch", "Decided"]
    assert f"python examples/{path.name}" in paragraphs[4]


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_uses_public_names_only(path: Path) -> None:
    """So that what a reader copies goes on working."""
    modules = [node.module for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)]
    rooms = ("consents", "steps", "conditions", "policies", "strategies", "testing", "ports")
    public = {"unichannel", *(f"unichannel.{name}" for name in rooms)}
    assert {name for name in modules if name and name.startswith("unichannel")} <= public


def test_trial_to_paid_tells_two_stories() -> None:
    done = script(EXAMPLES / "trial_to_paid.py")
    ada, bob = (line for line in done.stdout.splitlines() if not line.startswith("  "))
    assert ada == "ada: welcome by email, tips by email, follow-up by email"
    assert bob == (
        "bob: welcome by email, welcome by sms, tips by sms, follow-up by sms, reminder by email, reminder by sms"
    )
    assert "The journey trial-to-paid ended, as its goal subscription.created was reached." in done.stdout

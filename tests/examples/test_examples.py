"""Every recipe runs as a reader would run it, and does what it says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_a_recipe_runs(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", path], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_trial_to_paid_tells_two_stories() -> None:
    done = subprocess.run(
        [sys.executable, EXAMPLES / "trial_to_paid.py"], capture_output=True, text=True, timeout=120, check=True
    )
    ada, bob = (line for line in done.stdout.splitlines() if not line.startswith("  "))
    assert ada == "ada: welcome by email, tips by email, follow-up by email"
    assert bob == (
        "bob: welcome by email, welcome by sms, tips by sms, follow-up by sms, reminder by email, reminder by sms"
    )
    assert "trial-to-paid ended: the goal was reached (subscription.created)" in done.stdout

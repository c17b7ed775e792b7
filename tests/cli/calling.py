"""How the tests call the command line: as a process of its own, or in this one, which is much quicker."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from typer.testing import CliRunner

__all__ = ["DEADLINE", "called", "run", "told"]

DEADLINE = 600


def run(*args: str) -> subprocess.CompletedProcess[str]:
    """Run ``unichannel`` as users do."""
    return subprocess.run(
        [sys.executable, "-m", "unichannel", *args],
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1"},
    )


def called(*args: str) -> tuple[int, str, str]:
    """Run the same command in this process: exit code, what it printed, what it complained of."""
    from unichannel.cli.app import app

    done = CliRunner().invoke(app, list(args), prog_name="unichannel")
    return done.exit_code, done.stdout, done.stderr


def told(*args: str) -> Any:
    """What a command with ``--json`` tells."""
    code, out, complaint = called(*args, "--json")
    assert code == 0, complaint
    return json.loads(out)

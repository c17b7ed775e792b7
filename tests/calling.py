"""Our command line and scripts, called in this process: a Python of its own takes seconds to import everything.

What they print, their exit code and what they leave behind are as they would be; a test of how a process
begins or ends starts one.
"""

from __future__ import annotations

import io
import json
import os
import runpy
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from unichannel.cli import main

_OURS = ("unichannel", "tests")


@dataclass(frozen=True)
class Ended:
    """A call that has ended, as ``subprocess`` tells it."""

    returncode: int
    stdout: str
    stderr: str


def command(*words: str, env: Mapping[str, str] | None = None) -> Ended:
    """``unichannel`` with these words."""
    return _called(main, ["unichannel", *words], {"NO_COLOR": "1", **(env or {})})


def command_json(*words: str) -> Any:
    """What a command with ``--json`` printed."""
    done = command(*words)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def script(path: Path) -> Ended:
    """``python -W error path``."""
    return _called(lambda: runpy.run_path(str(path), run_name="__main__"), [str(path)], {})


def _called(work: Callable[[], object], words: list[str], env: Mapping[str, str]) -> Ended:
    out, err = io.StringIO(), io.StringIO()
    with _as_it_was(), mock.patch.dict(os.environ, env), redirect_stdout(out), redirect_stderr(err):
        os.environ.pop("FORCE_COLOR", None)
        sys.argv = words
        code = _code(work)
    return Ended(code, out.getvalue(), err.getvalue())


def _code(work: Callable[[], object]) -> int:
    """The exit code, as the interpreter makes it."""
    try:
        work()
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    except Exception:
        traceback.print_exc()
        return 1
    return 0


@contextmanager
def _as_it_was() -> Iterator[None]:
    """What a process would take with it: its words, its path, the modules of a host."""
    words, path, modules = sys.argv, [*sys.path], set(sys.modules)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            yield
        finally:
            sys.argv, sys.path[:] = words, path
            for name in set(sys.modules) - modules:
                if _is_a_hosts(name):
                    del sys.modules[name]


def _is_a_hosts(name: str) -> bool:
    """Whether a module is neither ours nor installed."""
    file = getattr(sys.modules[name], "__file__", None) or sys.prefix
    return name.partition(".")[0] not in _OURS and not file.startswith((sys.prefix, sys.base_prefix))

"""What the commands share: the console, errors as sentences, plain tables where nobody looks."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from unichannel.errors import MissingExtra, UnavailableError, UnichannelError

__all__ = ["console", "explained", "plain_table", "print_json"]

_PIPED = 120
_TRY_LATER = 75  # EX_TEMPFAIL, which Windows does not name


def console() -> Console:
    """The terminal, or a plain stream of 120 columns where the output is piped."""
    return Console() if sys.stdout.isatty() else Console(width=_PIPED)


def plain_table() -> Table:
    """A table: ruled on a terminal, bare where the output is piped."""
    style = box.SIMPLE_HEAD if sys.stdout.isatty() else None
    return Table(box=style, pad_edge=False)


def print_json(value: Any, *, lines: bool = False) -> None:
    """Print a value for another program; ``lines`` puts it on one, for a log."""
    sys.stdout.write(json.dumps(value, indent=None if lines else 1, ensure_ascii=False) + "\n")
    sys.stdout.flush()


@contextmanager
def explained() -> Iterator[None]:
    """Turn our errors into one sentence on stderr: exit code 2 where an extra is missing, 75 to try later, else 1."""
    try:
        yield
    except UnichannelError as error:
        typer.secho(f"Error: {error}", err=True, fg=typer.colors.RED)
        raise typer.Exit(_exit_code(error)) from None


def _exit_code(error: UnichannelError) -> int:
    if isinstance(error, UnavailableError):
        return _TRY_LATER
    return 2 if isinstance(error, MissingExtra) else 1

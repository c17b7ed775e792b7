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

from unichannel.errors import MissingExtra, UnichannelError

__all__ = ["console", "explained", "plain_table", "print_json"]

_PIPED = 120


def console() -> Console:
    """The terminal, or a plain stream of 120 columns where the output is piped."""
    return Console() if sys.stdout.isatty() else Console(width=_PIPED)


def plain_table() -> Table:
    """A table: ruled on a terminal, bare where the output is piped."""
    style = box.SIMPLE_HEAD if sys.stdout.isatty() else None
    return Table(box=style, pad_edge=False)


def print_json(value: Any) -> None:
    """Print a value for another program."""
    sys.stdout.write(json.dumps(value, indent=1, ensure_ascii=False) + "\n")


@contextmanager
def explained() -> Iterator[None]:
    """Turn our errors into one sentence on stderr: exit code 2 where an extra is missing, else 1."""
    try:
        yield
    except UnichannelError as error:
        typer.secho(f"Error: {error}", err=True, fg=typer.colors.RED)
        raise typer.Exit(2 if isinstance(error, MissingExtra) else 1) from None

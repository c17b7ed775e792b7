"""One measurement in a process of its own, so that its memory is its own: ``python -m tests.benchmarks.apart …``."""

from __future__ import annotations

import argparse
import importlib
import json
import tempfile
from pathlib import Path
from typing import Any

from tests.benchmarks.entrants import by_name
from tests.benchmarks.idle import idle, waiting
from tests.benchmarks.measure import Place, peak
from unichannel.errors import ConfigurationError, MissingExtra

__all__ = ["main", "measured"]


def main() -> None:
    """Print what was measured as one line of JSON; ``missing`` says why nothing was."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("name")
    parser.add_argument("sizes", type=int, nargs="+")
    parser.add_argument("--url", default="")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="unichannel-bench-") as folder:
        print(json.dumps(measured(given.name, given.sizes, Place(Path(folder), given.url))))


def measured(name: str, sizes: list[int], place: Place) -> dict[str, Any]:
    """The figures of a contender, of "idle" or of "waiting"."""
    try:
        if name == "idle":
            return idle(sizes, place)
        if name == "waiting":
            return waiting(sizes[0], place)
        module, _, function = by_name(name).run.partition(":")
        run = getattr(importlib.import_module(f"tests.benchmarks.{module}"), function)
        figures: dict[str, Any] = run(sizes[0], place).figures()
    except (ConfigurationError, ImportError, MissingExtra) as error:
        return {"missing": str(error)}
    figures["counts"].setdefault("peak_bytes", peak())
    return figures


if __name__ == "__main__":
    main()

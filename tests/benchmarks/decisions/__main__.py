"""``python -m tests.benchmarks.decisions``: how much is missed by each way to choose a channel, in each world."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace

from tests.benchmarks.decisions.measure import Sizes, measure
from tests.benchmarks.decisions.page import table, write
from tests.benchmarks.decisions.worlds import WORLDS

QUICK = Sizes(seeds=1, people=60, before=60)


def main() -> int:
    """Measure and print."""
    given = _parser().parse_args()
    usual = QUICK if given.quick else Sizes()
    sizes = replace(usual, seeds=given.seeds or usual.seeds)
    chosen = [world for world in WORLDS if world.name in (given.world or [one.name for one in WORLDS])]
    made = {"people": sizes.seeds * sizes.people, "worlds": [entry for one in chosen for entry in measure(one, sizes)]}
    print(json.dumps(made, indent=2) if given.json else table(made))
    if given.docs:
        write(made)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.decisions", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer people: the intervals are wide")
    parser.add_argument(
        "--seeds", type=_number, metavar="N", help="how many bases; intervals are over bases from 10 on"
    )
    parser.add_argument("--json", action="store_true", help="one object, with everything that was measured")
    parser.add_argument("--world", action="append", choices=[one.name for one in WORLDS], help="these only")
    parser.add_argument("--docs", action="store_true", help="write the table and plot of docs/explanation/choosing.md")
    return parser


def _number(text: str) -> int:
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError("there is at least one base.")
    return number


if __name__ == "__main__":
    sys.exit(main())

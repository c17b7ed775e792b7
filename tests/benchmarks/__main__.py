"""``python -m tests.benchmarks``: unichannel beside what a developer would use instead, and beside the raw database."""

from __future__ import annotations

import argparse
import json
import sys

from tests.benchmarks.entrants import CONTENDERS
from tests.benchmarks.plan import FULL, QUICK, TOPICS, Measured, measure, resized
from tests.benchmarks.report import report
from tests.benchmarks.screen import show, telling


def main() -> int:
    """Measure and print; 1 where a measurement broke. What is not there is named as missing, and breaks nothing."""
    given = _parser().parse_args()
    found = _measured(given)
    made = report(found)
    if given.json:
        print(json.dumps(made, indent=2))
    else:
        show(made)
    if given.docs:
        from tests.benchmarks.page import write

        write(made)
    return 1 if found.failed else 0


def _measured(given: argparse.Namespace) -> Measured:
    sizes = resized(QUICK if given.quick else FULL, given.people, given.turns)
    with telling() as tell:
        return measure(sizes, given.only, tell)


def _parser() -> argparse.ArgumentParser:
    names = [*(one.name for one in CONTENDERS), *TOPICS]
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=main.__doc__)
    parser.add_argument("--quick", action="store_true", help="minutes instead of an hour: fewer people and turns")
    parser.add_argument("--json", action="store_true", help="one object, with everything that was measured")
    parser.add_argument("--people", type=int, help="people in workload W")
    parser.add_argument("--turns", type=int, help="turns of each contender, of which the best counts")
    parser.add_argument("--only", action="append", default=[], choices=names, metavar="NAME", help=", ".join(names))
    parser.add_argument("--docs", action="store_true", help="write the table and the plot of docs/explanation/speed.md")
    return parser


if __name__ == "__main__":
    sys.exit(main())

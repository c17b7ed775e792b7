"""``python -m tests.benchmarks``: workload W on memory and on SQLite (synchronous=FULL)."""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from tests.benchmarks.workload import Result, run
from unichannel import MemoryStore, SqlStore


def main() -> None:
    parser = argparse.ArgumentParser(description="Workload W, in steps per second.")
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--quick", action="store_true", help="1,000 people")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    people = 1_000 if given.quick else given.people
    results = {"memory": run(MemoryStore(), people), "sqlite": _sqlite(people)}
    if given.json:
        print(json.dumps({name: _figures(one) for name, one in results.items()}))
        return
    for name, one in results.items():
        parts = ", ".join(f"{phase} {seconds:.2f} s" for phase, seconds in one.seconds.items())
        print(f"{name:8} {one.steps_per_second:>10,.0f} steps/s   ({people:,} people: {parts}; {one.counts})")


def _sqlite(people: int) -> Result:
    with tempfile.TemporaryDirectory() as folder:
        return run(SqlStore(f"sqlite:///{Path(folder) / 'w.db'}"), people)


def _figures(result: Result) -> dict[str, object]:
    return {"steps_per_second": round(result.steps_per_second), "seconds": result.seconds, "counts": result.counts}


if __name__ == "__main__":
    main()

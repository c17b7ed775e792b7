"""What was measured as one object: ratios, the machine, versions, sizes, raw figures, and what is missing."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.benchmarks.entrants import CONTENDERS, RATIOS, TARGETS
from tests.benchmarks.plan import TOPICS, Measured

__all__ = ["is_met", "report"]

_NAMES = tuple(one.name for one in CONTENDERS)
PACKAGES = ("unichannel", "sqlalchemy", "psycopg", "transitions", "dbos", "procrastinate", "pydantic", "python-liquid")


def report(found: Measured) -> dict[str, Any]:
    """Plain JSON values; a ratio is null where one side of it is missing, and ``missing`` says which and why."""
    contenders = {one.name: _contender(one.name, found) for one in CONTENDERS}
    growth = {str(people): _per_person(turns) for people, turns in found.growth.items() if turns}
    ratios = {**_ratios(contenders), **_others(found, growth)}
    return {
        "ratios": ratios,
        "targets": {name: f"{how} {figure:g}" for name, (how, figure) in TARGETS.items()},
        "met": {name: is_met(name, ratio) for name, ratio in ratios.items()},
        "missing": {**_left_out(found), **found.missing},
        "failed": dict(found.failed),
        "machine": _machine(found),
        "versions": _versions(found),
        "sizes": {
            **asdict(found.sizes),
            "growth_measured": "growth_1k_to_100k is {} to {} people".format(*_growth(found)),
        },
        "contenders": contenders,
        "growth": {"seconds_per_1000_people": growth, "steps_per_cpu_second": _growth_cpu(found)},
        **{topic: found.topics.get(topic) for topic in ("waiting", "idle")},
    }


def is_met(name: str, ratio: float | None) -> bool | None:
    """Whether the target is reached; None where there is no figure, or no target."""
    if ratio is None or name not in TARGETS:
        return None
    how, target = TARGETS[name]
    return ratio >= target if how == "at least" else ratio <= target


def _left_out(found: Measured) -> dict[str, str]:
    """What has no figures and did not break: it was not asked for, or hangs on something that is missing."""
    measured = {*found.turns, *found.topics, *found.failed, *({"growth"} if found.growth else ())}
    return {name: "not measured in this run" for name in (*_NAMES, *TOPICS) if name not in measured}


def _growth(found: Measured) -> tuple[str, str]:
    small, large = found.sizes.growth
    return f"{small:,}", f"{large:,}"


def _contender(name: str, found: Measured) -> dict[str, Any] | None:
    """The best of the turns, and the steps/s of all."""
    turns = found.turns.get(name)
    if not turns:
        return None
    best = max(turns, key=lambda one: one["steps_per_second"])
    events = best["counts"].get("events")
    rate = {"events_per_second": round(events / sum(best["seconds"].values()), 1)} if events else {}
    return {**best, **rate, "turns": [one["steps_per_second"] for one in turns]}


def _ratios(contenders: Mapping[str, dict[str, Any] | None]) -> dict[str, float | None]:
    found: dict[str, float | None] = {}
    for name, (ours, theirs) in RATIOS.items():
        one, other = contenders[ours], contenders[theirs]
        found[name] = None
        if one is not None and other is not None:
            found[name] = _rounded(one["steps_per_second"] / other["steps_per_second"])
    return found


def _others(found: Measured, growth: Mapping[str, float]) -> dict[str, float | None]:
    """What is measured on SQLite alone; crowds are compared from the smallest to the largest."""
    idle, waiting = found.topics.get("idle"), found.topics.get("waiting")
    sizes = [str(size) for size in found.sizes.idle]
    small, large = (growth.get(str(people)) for people in found.sizes.growth)
    return {
        "poll_ms_at_1m": idle[sizes[-1]]["poll_ms"] if idle else None,
        "due_1m_vs_10k": _rounded(idle[sizes[-1]]["due_ms"] / idle[sizes[0]]["due_ms"]) if idle else None,
        "bytes_per_waiting": waiting["bytes"] if waiting else None,
        "growth_1k_to_100k": _rounded(large / small) if small and large else None,
    }


def _rounded(ratio: float) -> float:
    return float(f"{ratio:.3g}")


def _per_person(turns: Iterable[Mapping[str, Any]]) -> float:
    """Seconds for a thousand people, of the best turn."""
    return round(min(sum(one["seconds"].values()) / one["people"] for one in turns) * 1000, 4)


def _machine(found: Measured) -> dict[str, Any]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "system": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load_1min": {"lowest": min(found.load, default=None), "highest": max(found.load, default=None)},
        "seconds": round(found.seconds, 1),
    }


def _growth_cpu(found: Measured) -> dict[str, float]:
    """The best of each size: where the machine was busy, this tells growth from disturbance."""
    return {str(n): max(one["steps_per_cpu_second"] for one in turns) for n, turns in found.growth.items() if turns}


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def _versions(found: Measured) -> dict[str, str | None]:
    versions = {name: _version(name) for name in PACKAGES}
    return {
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "postgresql": found.server,
        **versions,
    }


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None

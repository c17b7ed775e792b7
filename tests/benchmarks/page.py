"""The measured parts of two pages of the docs, between their two marks, and the plot."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

from tests.benchmarks.entrants import CONTENDERS
from tests.benchmarks.measure import STEPS

__all__ = ["BEGIN", "END", "GROW", "SPEED", "capacity", "plot", "tables", "write"]

DOCS = Path(__file__).parents[2] / "docs"
SPEED = DOCS / "explanation" / "speed.md"
GROW = DOCS / "how-to" / "grow.md"
BEGIN, END = "<!-- measured -->", "<!-- /measured -->"

WIDTH, LEFT, BAR, GAP = 760, 230, 22, 8
_WORKERS = {
    "sqlite": "one worker, SQLite",
    "postgres": "one worker, PostgreSQL",
    "workers": "two workers, PostgreSQL",
}
OURS = ("memory", "sqlite", "postgres", "workers")


def write(report: Mapping[str, Any], speed: Path = SPEED, grow: Path = GROW) -> None:
    """Put the figures into the pages, and the plot beside the first."""
    _put(speed, tables(report))
    _put(grow, capacity(report))
    speed.with_suffix(".svg").write_text(plot(report), encoding="utf-8")


def _put(page: Path, made: str) -> None:
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    page.write_text(f"{before}{BEGIN}\n\n{made}\n\n{END}{after}", encoding="utf-8")


def tables(report: Mapping[str, Any]) -> str:
    """In Markdown: where it was measured, ratios, steps per second, crowds that wait."""
    parts = [_machine(report), _ratios(report), _speeds(report)]
    parts += [_idle(report["idle"])] if report["idle"] else []
    parts += [_waiting(report["waiting"])] if report["waiting"] else []
    missing = [f"- {name}: {why}" for name, why in {**report["missing"], **report["failed"]}.items()]
    return "\n\n".join(parts + (["Missing in this run:\n\n" + "\n".join(missing)] if missing else []))


def _machine(report: Mapping[str, Any]) -> str:
    machine, versions, load = report["machine"], report["versions"], report["machine"]["load_1min"]
    named = ", ".join(f"{name} {version}" for name, version in versions.items() if version)
    return (
        f"Measured {machine['at']} on {machine['cores']} cores ({machine['processor']}, {machine['system']}), with a "
        f"load of {load['lowest']:.1f} to {load['highest']:.1f} (its own included), {report['sizes']['turns']} turns; "
        f"{report['sizes']['growth_measured']}. {named}.{_busy(machine)}"
    )


def _busy(machine: Mapping[str, Any]) -> str:
    """A warning, where more was running than there are cores for."""
    if machine["load_1min"]["lowest"] <= machine["cores"]:
        return ""
    return "\n\n**Other work kept this machine busy: speeds are too low, and ratios are rough.**"


def _ratios(report: Mapping[str, Any]) -> str:
    words = {True: "yes", False: "**no**", None: ""}
    rows = (
        (f"`{name}`", _number(ratio), report["targets"].get(name, "none"), words[report["met"][name]])
        for name, ratio in report["ratios"].items()
    )
    return _table(("ratio", "measured", "target", "reached"), rows)


def _speeds(report: Mapping[str, Any]) -> str:
    def row(name: str, title: str) -> tuple[str, ...]:
        found = report["contenders"][name]
        if found is None:
            return title, "", "missing", "", "", ""
        memory = found["counts"].get("peak_bytes")
        speed = f"{found['steps_per_second']:,.0f}"
        shared = found["transitions_per_commit"]
        cpu = f"{found['steps_per_cpu_second']:,.0f}"
        return title, f"{found['people']:,}", speed, cpu, "" if shared is None else f"{shared:,.0f}", _megabytes(memory)

    heads = ("", "people", "steps/s", "steps per second of its process's CPU", "steps a transaction", "peak memory")
    return _table(heads, (row(one.name, one.title) for one in CONTENDERS))


def _idle(idle: Mapping[str, Any]) -> str:
    rows = ((f"{int(size):,}", f"{one['poll_ms']:g}", f"{one['due_ms']:,.0f}") for size, one in idle.items())
    return _table(("waiting", "poll with nothing due, ms", "1,000 due, ms"), rows)


def _waiting(waiting: Mapping[str, Any]) -> str:
    rows = ((f"`{name}`", f"{size:,.0f}") for name, size in waiting["parts"].items())
    return _table(
        ("table, with its indices", "bytes for each that waits"), [*rows, ("all", f"{waiting['bytes']:,.0f}")]
    )


def capacity(report: Mapping[str, Any]) -> str:
    """In Markdown: what workers do, as it was measured, and what follows from it by multiplication."""
    rows = [
        (what, f"{found['steps_per_second']:,.0f} steps/s", _people_an_hour(found["steps_per_second"]))
        for name, what in _WORKERS.items()
        if (found := report["contenders"][name]) is not None
    ]
    if waiting := report["waiting"]:
        size = waiting["bytes"]
        rows.append(("one who waits, SQLite", f"{size:,.0f} bytes", f"{size / 1e3:,.1f} GB for a million who wait"))
    if idle := report["idle"]:
        most, one = list(idle.items())[-1]
        rows.append((f"{int(most):,} who wait, SQLite", f"{one['poll_ms']:g} ms to find nothing due", ""))
        rows.append(("1,000 due among them", f"{one['due_ms']:,.0f} ms", ""))
    machine = report["machine"]
    where = (
        f"Measured {machine['at'][:10]} on {machine['cores']} cores, load up to {machine['load_1min']['highest']:.0f}."
    )
    return f"{where}{_busy(machine)}\n\n{_table(('', 'measured', 'estimate'), rows)}"


def _people_an_hour(speed: float) -> str:
    return f"{speed / STEPS * 3600:,.0f} people an hour through W"


def _number(figure: float | None) -> str:
    return "missing" if figure is None else f"{figure:g}"


def _megabytes(size: int | None) -> str:
    return f"{size / 1e6:,.0f} MB" if size else ""


def _table(heads: tuple[str, ...], rows: Any) -> str:
    lines = [heads, ("---", *("---:" for _ in heads[1:])), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def plot(report: Mapping[str, Any]) -> str:
    """Bars of steps per second, on a logarithmic scale; ours in another colour."""
    speeds = [(one, report["contenders"][one.name]) for one in CONTENDERS]
    there = [(one.name, one.title, found["steps_per_second"]) for one, found in speeds if found is not None]
    top = math.ceil(math.log10(max([speed for _, _, speed in there], default=10)))
    height = (BAR + GAP) * len(there) + 40
    box = f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="13"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {box}>'
    body = [*_scale(top, height), *(line for at, one in enumerate(there) for line in _bar(at, one, top))]
    title = "<title>Workload W, steps per second, logarithmic</title>"
    return "\n".join([head, title, f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>', *body, "</svg>", ""])


def _place(speed: float, top: int) -> float:
    """How far to the right a speed lies; one step per second lies at the left."""
    return LEFT + math.log10(max(speed, 1)) / top * (WIDTH - LEFT - 80)


def _scale(top: int, height: int) -> Iterator[str]:
    for power in range(top + 1):
        x = _place(10**power, top)
        yield f'<line x1="{x:.0f}" y1="0" x2="{x:.0f}" y2="{height - 24}" stroke="#ddd"/>'
        yield f'<text x="{x:.0f}" y="{height - 8}" text-anchor="middle" fill="#666">{10**power:,}</text>'


def _bar(at: int, one: tuple[str, str, float], top: int) -> Iterator[str]:
    name, title, speed = one
    y, end = at * (BAR + GAP) + GAP, _place(speed, top)
    colour = "#2563eb" if name in OURS else "#9ca3af"
    yield f'<text x="{LEFT - 8}" y="{y + 16}" text-anchor="end">{escape(title)}</text>'
    yield f'<rect x="{LEFT}" y="{y}" width="{end - LEFT:.0f}" height="{BAR}" fill="{colour}"/>'
    yield f'<text x="{end + 6:.0f}" y="{y + 16}">{speed:,.0f}</text>'

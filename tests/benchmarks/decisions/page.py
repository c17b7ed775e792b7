"""The measured part of docs/explanation/choosing.md, between two marks, and its plot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.benchmarks.decisions.targets import missed
from tests.benchmarks.page import BEGIN, DOCS, END

__all__ = ["CHOOSING", "plot", "table", "write"]

CHOOSING = DOCS / "explanation" / "choosing.md"
NAMES = {
    "adaptive": ("Adaptive", "#0b6"),
    "best_fixed": ("best channel", "#36c"),
    "best_ladder": ("best ladder", "#c63"),
    "email_then_sms": ("e-mail, then SMS", "#999"),
    "ucb": ("UCB", "#a3a"),
    "epsilon_greedy": ("ε-greedy", "#aa3"),
}
_WIDTH, _HEIGHT, _COLUMNS = 240, 150, 3


def table(made: Mapping[str, Any]) -> str:
    """In Markdown."""
    heads = ["world", "messages", *(title for title, _ in NAMES.values()), "above target", "target missed"]
    lines = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    for entry in made["worlds"]:
        low, high = entry["interval"]["adaptive"]
        cells = [f"{entry['regret'][name]:.1f}" for name in NAMES]
        cells[0] += f" ({low:.1f} to {high:.1f})"
        titles = missed(entry["name"], entry["horizon"], entry["regret"])
        cells += [_above(entry["above_target"]), ", ".join(titles) or "none"]
        lines.append("| " + " | ".join([entry["name"], str(entry["horizon"]), *cells]) + " |")
    recovered = {entry["name"]: entry["recovery_messages"] for entry in made["worlds"] if "recovery_messages" in entry}
    said = [
        f"\nIn `{name}` more than half were written to on their new best channel {count} messages after the change."
        for name, count in recovered.items()
    ]
    return "\n".join(lines + said)


def _above(found: Mapping[str, Any]) -> str:
    low, high = found["interval"]
    return f"{found['mean']:.2f} ({low:.2f} to {high:.2f})"


def write(made: Mapping[str, Any]) -> None:
    """Put the figures into the page, and the plot beside it."""
    before, _, rest = CHOOSING.read_text(encoding="utf-8").partition(BEGIN)
    who = f"{made['people']} people in each world; in brackets the interval of 95 %, over people."
    CHOOSING.write_text(f"{before}{BEGIN}\n\n{who}\n\n{table(made)}\n\n{END}{rest.partition(END)[2]}", encoding="utf-8")
    CHOOSING.with_suffix(".svg").write_text(plot(made), encoding="utf-8")


def plot(made: Mapping[str, Any]) -> str:
    """One small plot for each world: regret over messages."""
    worlds = list(dict.fromkeys(entry["name"] for entry in made["worlds"]))
    rows = -(-len(worlds) // _COLUMNS)
    width, height = _COLUMNS * (_WIDTH + 30) + 20, rows * (_HEIGHT + 50) + 40
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif">']
    parts.append(f'<rect width="{width}" height="{height}" fill="#fff"/>')
    for place, name in enumerate(worlds):
        left, top = 30 + place % _COLUMNS * (_WIDTH + 30), 30 + place // _COLUMNS * (_HEIGHT + 50)
        parts.append(_panel(name, [entry for entry in made["worlds"] if entry["name"] == name], left, top))
    for place, (title, color) in enumerate(NAMES.values()):
        parts.append(f'<text x="{30 + place * 125}" y="{height - 10}" font-size="12" fill="{color}">■ {title}</text>')
    return "\n".join([*parts, "</svg>\n"])


def _panel(name: str, entries: Sequence[Mapping[str, Any]], left: int, top: int) -> str:
    highest = max(max(entry["regret"].values()) for entry in entries) or 1.0
    last = max(entry["horizon"] for entry in entries)
    parts = [f'<text x="{left}" y="{top - 8}" font-size="12">{name}: points missed, {last} messages</text>']
    parts.append(f'<path d="M{left} {top}v{_HEIGHT}h{_WIDTH}" stroke="#333" fill="none"/>')
    parts.append(f'<text x="{left - 4}" y="{top + 10}" font-size="10" text-anchor="end">{highest:.0f}</text>')
    for key, (_, color) in NAMES.items():
        dots = " ".join(
            f"{left + _WIDTH * entry['horizon'] / last:.1f},{top + _HEIGHT * (1 - entry['regret'][key] / highest):.1f}"
            for entry in entries
        )
        thick = 3 if key == "adaptive" else 1.5
        parts.append(f'<polyline points="{dots}" fill="none" stroke="{color}" stroke-width="{thick}"/>')
    return "\n".join(parts)

"""What why and timeline answer with: codes and numbers for machines, a sentence for people, a look in notebooks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any, TypeVar

from unichannel.core.messaging.delivery import Delivery
from unichannel.core.words.money import Money

__all__ = ["Entry", "Explanation", "Told", "cost_of", "table"]

T = TypeVar("T", bound="Explanation | Entry")


def cost_of(delivery: Delivery) -> Money | None:
    """What a delivery costs, None where that is not known."""
    return None if delivery.cost is None else Money.of_micros(delivery.cost, delivery.currency)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """An HTML table; every text is escaped."""
    top = "".join(f"<th>{escape(head)}</th>" for head in heads)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


@dataclass(frozen=True)
class Explanation:
    """Why something was sent, or was not.

    For machines: ``code`` is what was decided, ``cause`` the code of its first reason, ``codes`` maps
    each candidate channel to its verdict, ``reasons`` are all reasons as [code, values] with instants in
    microseconds UTC and lengths in microseconds, ``trace`` is what was written down when it was decided.
    ``cost`` is what the delivery is expected to cost, or was billed, None where that is not known;
    ``route`` the provider that has it. For people: ``sentence``, and ``at``, when it was decided, in ISO
    8601 in the profile's zone.
    """

    subject: str
    code: str
    sentence: str
    codes: dict[str, str] = field(default_factory=dict)
    delivery: str = ""
    channel: str = ""
    status: str = ""
    trace: dict[str, Any] = field(default_factory=dict, repr=False)
    at: str = ""
    journey: str = ""
    step: str = ""
    cause: str = ""
    reasons: list[list[Any]] = field(default_factory=list, repr=False)
    cost: Money | None = None
    route: str = ""

    HEADS = ("at", "what", "status", "why")

    def __str__(self) -> str:
        return self.sentence

    def row(self) -> tuple[str, ...]:
        """It as a line of a table, under ``HEADS``."""
        subject = " ".join(part for part in (self.subject, self.delivery) if part)
        return self.at, subject, self.status or self.code, self.sentence

    def _repr_html_(self) -> str:
        return table(self.HEADS, [self.row()])


@dataclass(frozen=True)
class Entry:
    """One line of a profile's timeline: ``code`` is a trace code, a fact of a delivery, or event or consent."""

    at: str
    what: str
    sentence: str
    journey: str = ""
    detail: dict[str, Any] = field(default_factory=dict)
    code: str = ""

    HEADS = ("at", "journey", "what")

    def __str__(self) -> str:
        return f"{self.at}  {self.sentence}"

    def row(self) -> tuple[str, ...]:
        """It as a line of a table, under ``HEADS``."""
        return self.at, self.journey, self.sentence

    def _repr_html_(self) -> str:
        return table(self.HEADS, [self.row()])


class Told(list[T]):
    """A list of explanations or entries that notebooks show as a table."""

    def _repr_html_(self) -> str:
        return table(self[0].HEADS, [one.row() for one in self]) if self else "<p>—</p>"

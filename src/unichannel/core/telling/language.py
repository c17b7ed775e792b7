"""A language: the words for every code, and how its people write times, numbers and money."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

__all__ = ["Language", "Phrases"]

Phrases = str | tuple[str, ...]
"""A sentence's part with {values}; of several the first whose values are all known, so the last has the fewest."""


@dataclass(frozen=True)
class Language:
    """The data of one language.

    ``codes``: one entry for each code. ``facts``: what became of a message, as a verb with its subject left
    out. ``reasons``: why a delivery failed. ``channels``: their names inside a sentence. ``terms``: other
    words of ours that stand in a sentence, as in "was not opened", "no device". ``frames``: how clauses make
    sentences. ``moments``: for each form (at, of, until, since) the words with the time alone, and with the
    day. ``units``: (one, several). ``money``: how an amount in a currency is written. ``finish``: the
    language's rules of spacing.
    """

    tag: str
    codes: Mapping[str, Phrases]
    facts: Mapping[str, Phrases]
    reasons: Mapping[str, str]
    channels: Mapping[str, str]
    terms: Mapping[str, str]
    frames: Mapping[str, str]
    moments: Mapping[str, tuple[str, str]]
    units: Mapping[str, tuple[str, str]]
    months: tuple[str, ...]
    money: Mapping[str, str]
    day: str = "{day} {month}"
    year: str = "{day} {month} {year}"
    decimal: str = "."
    thousands: str = ","
    is_clock_of_12: bool = False
    finish: Callable[[str], str] = str

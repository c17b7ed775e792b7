"""Allowing: what all workers of a store share, a rate, a budget, places at a provider, taken in blocks.

The rules that every store keeps (the conformance suite asks for them):

1. Of an allowance no more than its limit is ever spent or held, however many take at once.
2. A worker takes a *block* before it needs it, in a transaction of its own: only ``take`` and
   ``give_back`` touch what others touch. ``spend`` touches the worker's own block, and belongs in
   the transaction that does what is paid for, so that both happen or neither.
3. What a block holds counts as gone until it is given back, or its lease ends: then what was not
   spent comes back by itself. A block whose lease ended is no longer the worker's once somebody
   else took what was in it: ``spend`` refuses, whatever the clocks of the two said.
4. ``correct`` adds to what was spent, whoever spent it, in the transaction that brings the news. It may
   lead beyond the limit: then nothing is taken any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Allowance", "Allowing", "Block", "Taken"]


@dataclass(frozen=True, slots=True)
class Allowance:
    """How much of something there is in a window: ``Allowance("rate:twilio", 10, start, start + SECOND)``.

    ``limit`` is in the allowance's own unit: messages, millionths of a currency, calls that are out. The
    window is from ``start`` to ``end``, microseconds UTC; each start is a window of its own, and its
    ``end`` None where it never closes. What was spent in one window is free again in the next.
    """

    name: str
    limit: int
    start: int = 0
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """Part of an allowance in one worker's hand: ``amount`` of it, until the instant ``until``.

    Where nothing was left, ``amount`` is 0, and there is nothing to give back.
    """

    name: str
    start: int
    n: int
    amount: int
    until: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What is gone of an allowance: ``spent`` for good, ``held`` in blocks and not spent."""

    spent: int = 0
    held: int = 0


class Allowing(Protocol):
    """The part of a session that hands out what is shared."""

    def take(self, allowance: Allowance, wanted: int, now: int, until: int) -> Block:
        """Take up to ``wanted`` of what is left; the lease ends at ``until``, which is after ``now``.

        Others wait while the transaction is open: let it do nothing else.
        """
        ...

    def spend(self, block: Block, amount: int) -> bool:
        """Spend this much of a block; False, and nothing is spent, where it does not hold as much any more."""
        ...

    def give_back(self, blocks: Iterable[Block]) -> None:
        """Give back what these have not spent; of what is not there any more nothing comes back."""
        ...

    def correct(self, rows: Iterable[tuple[str, int, int]]) -> None:
        """What was spent turned out to be more, or less where the amount is below 0: (name, start, amount).

        It counts at once, and touches nothing that others touch: it is added up by the next ``take``.
        """
        ...

    def taken(self, allowance: Allowance) -> Taken:
        """What is gone of an allowance; what blocks hold whose lease ended counts until the next ``take``."""
        ...

    def forget_windows(self, names: Iterable[str], ended: int) -> None:
        """Forget windows of these allowances that closed by the instant ``ended`` and of which nobody holds a block."""
        ...

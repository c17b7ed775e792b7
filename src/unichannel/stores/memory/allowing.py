"""What workers share, taken in blocks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from unichannel.ports.allowing import Allowance, Block, Taken
from unichannel.stores.memory.merging import Merging

__all__ = ["Allowing", "Window"]


@dataclass(frozen=True, slots=True)
class Window:
    """One window of an allowance: what blocks that are gone have spent, and how many blocks there were."""

    end: int | None
    spent: int = 0
    made: int = 0


@dataclass(frozen=True, slots=True)
class Held:
    """A block and what of it is spent."""

    block: Block
    used: int = 0


class Allowing(Merging):
    """One transaction over the rows, as sharing sees it."""

    def take(self, allowance: Allowance, wanted: int, now: int, until: int) -> Block:
        place = (allowance.name, allowance.start)
        self._fold(place, [one for one in self._blocks(place) if one.block.until <= now])
        window = self._s.windows.get(place) or Window(allowance.end)
        left = allowance.limit - window.spent - sum(one.block.amount for one in self._blocks(place))
        block = Block(*place, window.made + 1, max(0, min(wanted, left)), until)
        if block.amount:
            self._s.put(self._s.windows, place, replace(window, made=block.n))
            self._s.put(self._s.blocks, (*place, block.n), Held(block))
        return block

    def spend(self, block: Block, amount: int) -> bool:
        held = self._s.blocks.get((block.name, block.start, block.n))
        if held is None or held.used + amount > held.block.amount:
            return False
        self._s.put(self._s.blocks, (block.name, block.start, block.n), replace(held, used=held.used + amount))
        return True

    def give_back(self, blocks: Iterable[Block]) -> None:
        for block in blocks:
            held = self._s.blocks.get((block.name, block.start, block.n))
            if held is not None:
                self._fold((block.name, block.start), [held])

    def correct(self, rows: Iterable[tuple[str, int, int]]) -> None:
        for name, start, amount in rows:
            window = self._s.windows.get((name, start)) or Window(None)
            self._s.put(self._s.windows, (name, start), replace(window, spent=window.spent + amount))

    def taken(self, allowance: Allowance) -> Taken:
        place = (allowance.name, allowance.start)
        blocks, window = self._blocks(place), self._s.windows.get(place)
        used = sum(one.used for one in blocks)
        return Taken((window.spent if window else 0) + used, sum(one.block.amount for one in blocks) - used)

    def forget_windows(self, names: Iterable[str], ended: int) -> None:
        wanted = set(names)
        for place, window in list(self._s.windows.items()):
            is_over = window.end is not None and window.end <= ended
            if place[0] in wanted and is_over and not self._blocks(place):
                self._s.drop(self._s.windows, place)

    def _blocks(self, place: tuple[str, int]) -> list[Held]:
        return [one for key, one in self._s.blocks.items() if key[:2] == place]

    def _fold(self, place: tuple[str, int], gone: Iterable[Held]) -> None:
        """What these blocks have spent is spent; the rest is free again."""
        for held in gone:
            window = self._s.windows[place]
            self._s.put(self._s.windows, place, replace(window, spent=window.spent + held.used))
            self._s.drop(self._s.blocks, (*place, held.block.n))

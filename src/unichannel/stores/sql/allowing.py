"""What workers share, taken in blocks.

A window's row is locked by who takes or gives back, for that transaction only; a block's row is
its worker's own. Measured before: a row that every commit updates let 90 commits a second through,
where 655 went without it.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, literal_column, select, update

from unichannel.ports.allowing import Allowance, Block, Taken
from unichannel.stores.sql import rows as r
from unichannel.stores.sql import tables as t
from unichannel.stores.sql.bulk import inserting
from unichannel.stores.sql.merging import Merging
from unichannel.stores.sql.statement import Row, Statement, among, value

__all__ = ["Allowing"]

_window, _block = t.allowances.c, t.blocks.c
_here = and_(_window.name == value("name"), _window.start == value("start"))
_of_window = and_(_block.name == value("name"), _block.start == value("start"))
_this = and_(_of_window, _block.n == value("n"))
_PLACE = ("p_name", "p_start")


def _blocks(where: ColumnElement[bool]) -> Select[tuple[int, int, int]]:
    return select(_block.n, _block.amount, _block.used).where(where).order_by(_block.n)


_WINDOW = Statement(select(_window.spent, _window.made).where(_here).with_for_update(), *_PLACE)
_INSERT_WINDOW = inserting(t.allowances, "name", "start", "ends", "spent", "made", if_new=True)
_UPDATE_WINDOW = Statement(
    update(t.allowances).where(_here).values(spent=_window.spent + value("spent"), made=value("made")),
    "p_spent",
    "p_made",
    *_PLACE,
)
# One whose worker is spending at this moment is left to it, and counts in full.
_LAPSED = Statement(
    _blocks(and_(_of_window, _block.until <= value("now"))).with_for_update(skip_locked=True), *_PLACE, "p_now"
)
_OPEN = Statement(_blocks(_of_window), *_PLACE)
_BLOCK = Statement(_blocks(_this).with_for_update(), *_PLACE, "p_n")
_INSERT_BLOCK = inserting(t.blocks, "name", "start", "n", "amount", "used", "until")
_SPEND = Statement(update(t.blocks).where(_this).values(used=_block.used + value("amount")), "p_amount", *_PLACE, "p_n")
_DROP = Statement(delete(t.blocks).where(_of_window, among(_block.n, "ns")), *_PLACE, "p_ns")
_SPENT = Statement(
    select(
        select(func.coalesce(func.sum(_window.spent), literal_column("0"))).where(_here).scalar_subquery(),
        select(func.coalesce(func.sum(_block.used), literal_column("0"))).where(_of_window).scalar_subquery(),
        select(func.coalesce(func.sum(_block.amount - _block.used), literal_column("0")))
        .where(_of_window, _block.n > literal_column("0"))
        .scalar_subquery(),
    ),
    *_PLACE,
)
_FORGET = Statement(
    delete(t.allowances).where(
        among(_window.name, "names"),
        _window.ends <= value("ended"),
        ~exists().where(_block.name == _window.name, _block.start == _window.start),
    ),
    "p_names",
    "p_ended",
)


class Allowing(Merging):
    """The part of a session that hands out what is shared."""

    def take(self, allowance: Allowance, wanted: int, now: int, until: int) -> Block:
        """Take up to ``wanted`` of what is left; the lease ends at ``until``, which is after ``now``."""
        place = (allowance.name, allowance.start)
        spent, made = self._locked(allowance)
        spent, folded = self._fold(place, self._runner.rows(_LAPSED, *place, now), spent)
        held = sum(amount for _, amount, _ in self._runner.rows(_OPEN, *place))
        block = Block(*place, made + 1, max(0, min(wanted, allowance.limit - spent - held)), until)
        if block.amount:
            self._runner.many(_INSERT_BLOCK, [(*place, block.n, block.amount, 0, until)])
        if block.amount or folded:
            self._runner.run(_UPDATE_WINDOW, folded, block.n if block.amount else made, *place)
        return block

    def spend(self, block: Block, amount: int) -> bool:
        """Spend this much of a block; False, and nothing is spent, where it does not hold as much any more."""
        key = (block.name, block.start, block.n)
        found = self._runner.rows(_BLOCK, *key)
        if not found or found[0][2] + amount > found[0][1]:
            return False
        self._runner.run(_SPEND, amount, *key)
        return True

    def give_back(self, blocks: Iterable[Block]) -> None:
        """Give back what these have not spent; of what is not there any more nothing comes back."""
        for block in sorted(blocks, key=lambda one: (one.name, one.start, one.n)):
            place = (block.name, block.start)
            windows = self._runner.rows(_WINDOW, *place)
            found = self._runner.rows(_BLOCK, *place, block.n)
            if windows and found:
                _, folded = self._fold(place, found, 0)
                self._runner.run(_UPDATE_WINDOW, folded, windows[0][1], *place)

    def correct(self, rows: Iterable[tuple[str, int, int]]) -> None:
        """What was spent turned out to be more, or less: a block of nothing, lapsed and used, that ``take`` folds.

        Its number is below 0, and nobody else's: allocated as those of runs are, so that nobody is waited for.
        """
        given = [row for row in rows if row[2]]
        if given:
            first = self.allocate(len(given))
            blocks = [(name, start, -n, 0, amount, 0) for n, (name, start, amount) in enumerate(given, first)]
            self._runner.many(_INSERT_BLOCK, blocks)

    def taken(self, allowance: Allowance) -> Taken:
        """What is gone of an allowance; what blocks hold whose lease ended counts until the next ``take``."""
        ((spent, used, held),) = self._runner.rows(_SPENT, allowance.name, allowance.start)
        return Taken(int(spent + used), int(held))

    def forget_windows(self, names: Iterable[str], ended: int) -> None:
        """Forget windows of these allowances that closed by the instant ``ended`` and of which nobody holds a block."""
        self._runner.run(_FORGET, r.listed(names), ended)

    def _locked(self, allowance: Allowance) -> Row:
        """What is spent in the window by blocks that are gone, and how many there were; the window is locked."""
        place = (allowance.name, allowance.start)
        found = self._runner.rows(_WINDOW, *place)
        if not found:
            self._runner.many(_INSERT_WINDOW, [(*place, allowance.end, 0, 0)])
            found = self._runner.rows(_WINDOW, *place)
        return found[0]

    def _fold(self, place: tuple[str, int], gone: Iterable[Row], spent: int) -> tuple[int, int]:
        """What these blocks have spent is spent, the rest is free again: the sum, and what they add to it."""
        rows = list(gone)
        if rows:
            self._runner.run(_DROP, *place, r.listed(n for n, _, _ in rows))
        added = sum(used for _, _, used in rows)
        return spent + added, added

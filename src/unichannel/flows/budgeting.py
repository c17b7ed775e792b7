"""Budgeting: money is taken in blocks before it is decided about, spent in the commit that reserves, and given back.

The rules of this file:

1. A batch is decided as if there were enough. Where its purse holds less than the batch costs, nothing is
   committed: a block of what lacks is taken, in a transaction of its own, and the batch is decided anew.
2. Where the budget had less than was asked for, what there is bounds the decisions: each sees what the
   earlier ones left, and what is too dear gives way to the next channel.
3. A block is asked for twice what the batch costs, so that the next one has its money already. What is left
   is given back at the end of the pass, or when the lease ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from unichannel.core.messaging.delivery import Delivery
from unichannel.core.policy.budget import Account, Budget, charge_of, window
from unichannel.core.words.money import Money
from unichannel.flows.kit import Kit
from unichannel.flows.ops import Flow, Now, Transact, ask
from unichannel.ports import Allowance, Block, Changes, Session

__all__ = ["Charges", "Purse", "Short", "Spending", "paid", "put_back", "spending"]

T = TypeVar("T")

NAMED = "budget:"
"""How the allowance of a budget begins."""


@dataclass(slots=True)
class Purse:
    """What one pass of one worker holds of budgets: blocks, what is left of each, and those that end."""

    blocks: dict[Account, Block] = field(default_factory=dict)
    left: dict[Account, int] = field(default_factory=dict)
    ending: set[Account] = field(default_factory=set)

    def copy(self) -> Purse:
        return Purse(dict(self.blocks), dict(self.left), set(self.ending))

    def become(self, other: Purse) -> None:
        """Hold what the other holds: a transaction that may run twice changes a copy."""
        self.blocks, self.left, self.ending = other.blocks, other.left, other.ending

    def bounds(self) -> dict[Account, int]:
        """What decisions may still spend, of the budgets that may end now."""
        return {account: self.left.get(account, 0) for account in self.ending}


@dataclass(frozen=True, slots=True)
class Short:
    """What a batch costs beyond what the purse holds; nothing of the batch was committed."""

    wanted: dict[Account, int]


def paid(kit: Kit, purse: Purse, decide: Callable[[Session, Purse], T | Short]) -> Flow[T]:
    """Decide a batch in a transaction; as often as the purse lacks something, take it first."""
    while True:
        answer, after = yield from ask(Transact(partial(_attempt, decide=decide, purse=purse)))
        purse.become(after)
        if not isinstance(answer, Short):
            return answer
        now = yield from ask(Now())
        for account, wanted in answer.wanted.items():
            yield from _take(kit, purse, account, wanted, now)


def _attempt(session: Session, decide: Callable[[Session, Purse], T | Short], purse: Purse) -> tuple[T | Short, Purse]:
    mine = purse.copy()
    return decide(session, mine), mine


def _take(kit: Kit, purse: Purse, account: Account, wanted: int, now: int) -> Flow[None]:
    """One block in the place of the one that was too small; a budget that has less than is wanted ends."""
    old = purse.blocks.pop(account, None)
    allowance = allowance_of(kit, account)
    work = partial(_exchange, old=old, allowance=allowance, wanted=2 * wanted, now=now, until=now + kit.lease)
    block = yield from ask(Transact(work))
    purse.blocks[account], purse.left[account] = block, block.amount
    if block.amount < wanted:
        purse.ending.add(account)


def _exchange(session: Session, old: Block | None, allowance: Allowance, wanted: int, now: int, until: int) -> Block:
    if old is not None and old.amount:
        session.give_back([old])
    return session.take(allowance, wanted, now, until)


def put_back(purse: Purse) -> Flow[None]:
    """Give back what was not spent."""
    held = [block for block in purse.blocks.values() if block.amount]
    purse.become(Purse())
    if held:
        yield from ask(Transact(lambda session: session.give_back(held)))


def allowance_of(kit: Kit, account: Account) -> Allowance:
    """The allowance behind a window of a budget."""
    name, start = account
    budget = next(one for one in kit.setting.budgets if one.name == name)
    _, end = window(budget.per, start, kit.setting.default_zone)
    return Allowance(NAMED + name, budget.limit.micros, start, end)


# inside the transaction that decides


def settle_charges(session: Session, purse: Purse, changes: Changes) -> Short | None:
    """Spend what the batch reserved and give back what it cancelled; what lacks, where the purse holds less."""
    costs = totals((account, charge_of(one)) for one in changes.reserved for account in one.accounts)
    lacking = {account: cost for account, cost in costs.items() if cost > purse.left.get(account, 0)}
    if lacking.keys() & purse.ending:
        raise AssertionError("a decision spends no more than it was told is left")  # or it would be decided for ever
    if lacking:
        return Short(lacking)
    spent: list[tuple[Account, int]] = []
    for account, cost in costs.items():
        if not session.spend(purse.blocks[account], cost):
            _undo(session, purse, spent)
            purse.left[account] = 0
            purse.ending.discard(account)
            return Short({account: cost})
        spent.append((account, cost))
    for account, cost in spent:
        purse.left[account] -= cost
    session.correct(_given_back(session, changes.uncharged))
    return None


def _undo(session: Session, purse: Purse, spent: Iterable[tuple[Account, int]]) -> None:
    """What was spent on a batch that is not committed is in the blocks again."""
    for account, cost in spent:
        session.spend(purse.blocks[account], -cost)


def _given_back(session: Session, keys: Sequence[str]) -> list[tuple[str, int, int]]:
    """What cancelling these gives back; they are locked, so that none goes out in between."""
    found = session.find(dict.fromkeys(keys)) if keys else []
    open_ = [one for one in found if one.status in ("reserved", "retry")]
    return _rows(totals((account, -charge_of(one)) for one in open_ for account in one.accounts))


def totals(charges: Iterable[tuple[Account, int]]) -> dict[Account, int]:
    """The sum of each account, those of 0 left out."""
    sums: dict[Account, int] = {}
    for account, amount in charges:
        sums[account] = sums.get(account, 0) + amount
    return {account: amount for account, amount in sorted(sums.items()) if amount}


def _rows(sums: dict[Account, int]) -> list[tuple[str, int, int]]:
    return [(NAMED + name, start, amount) for (name, start), amount in sums.items()]


class Charges:
    """What deliveries weighed before they were changed: ``settle`` writes the difference."""

    def __init__(self, deliveries: Iterable[Delivery]) -> None:
        self._before = [(one, charge_of(one)) for one in deliveries if one.accounts]

    def settle(self, session: Session) -> None:
        """Correct the budgets by what has changed since, in the transaction that saves the deliveries."""
        changed = ((account, charge_of(one) - before) for one, before in self._before for account in one.accounts)
        session.correct(_rows(totals(changed)))


# reading


@dataclass(frozen=True, slots=True)
class Spending:
    """How a budget stands: ``spent`` for good, ``held`` by workers that are deciding, ``left`` to take."""

    budget: Budget
    spent: Money
    held: Money
    left: Money


def spending(kit: Kit, budget: Budget) -> Flow[Spending]:
    """How a budget stands in its present window; nobody is waited for."""
    now = yield from ask(Now())
    allowance = allowance_of(kit, budget.account(now, kit.setting.default_zone))
    taken = yield from ask(Transact(lambda session: session.taken(allowance)))
    left = max(0, budget.limit.micros - taken.spent - taken.held)
    spent, held, free = (Money.of_micros(one, budget.limit.currency) for one in (taken.spent, taken.held, left))
    return Spending(budget, spent, held, free)

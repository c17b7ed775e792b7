"""Costing: what a channel would cost for this message and person, and whether the budgets hold it."""

from __future__ import annotations

from typing import Any

from unichannel.core.journey.context import frozen_values
from unichannel.core.journey.language.step import Send
from unichannel.core.journey.turn import Turn
from unichannel.core.messaging.content import Content
from unichannel.core.messaging.render import render
from unichannel.core.policy.budget import Account, charge_of
from unichannel.core.policy.eligibility import Candidate
from unichannel.core.policy.prices import MEASURED, Quote
from unichannel.core.words.trace import Verdict
from unichannel.errors import InvalidInput

__all__ = ["afford", "cost_detail", "quoted"]

_ANY_KEY = "0" * 24
"""Stands for the key of the delivery that is not made yet: a token has one length whatever its key."""


def afford(turn: Turn, step: Send, candidate: Candidate) -> Candidate:
    """The candidate with what it costs; refused where a budget that covers it does not hold that."""
    candidate = quoted(turn, step, candidate)
    if turn.setting.prices is None or not candidate.is_ready:
        return candidate
    channel = candidate.verdict.channel
    category = turn.setting.category(step.message.category)
    covering = [
        budget for budget in turn.setting.budgets if budget.covers(turn.run.journey, turn.run.data, channel, category)
    ]
    accounts = tuple(budget.account(turn.now, turn.setting.default_zone) for budget in covering)
    refused = _refusal(turn, channel, candidate.quotes, accounts)
    if refused is not None:
        return Candidate(refused)
    candidate.accounts = accounts
    return candidate


def quoted(turn: Turn, step: Send, candidate: Candidate) -> Candidate:
    """The candidate with what the step's message costs there, now or once it may go."""
    addresses = [address for address, _ in candidate.addresses]
    candidate.quotes = _quotes(turn, step, candidate.verdict.channel, addresses)
    return candidate


def _quotes(turn: Turn, step: Send, channel: str, addresses: list[str]) -> tuple[Quote, ...]:
    content, prices = step.message.content(channel), turn.setting.prices
    if content is None or prices is None or not addresses:
        return (Quote(None),) * len(addresses)
    if channel in MEASURED and channel in prices:
        content = _as_sent(turn, step, channel, content)
    return tuple(prices.quote(channel, address, content) for address in addresses)


def _as_sent(turn: Turn, step: Send, channel: str, content: Content) -> Content:
    """The content rendered: pure, so it is as long as what will be sent."""
    try:
        return render(content, frozen_values(turn, step, channel, content), turn.setting.linker(_ANY_KEY))
    except InvalidInput:
        return content  # it cannot be made either, which reserving says


def _refusal(turn: Turn, channel: str, quotes: tuple[Quote, ...], accounts: tuple[Account, ...]) -> Verdict | None:
    unknown = next((quote for quote in quotes if quote.micros is None), None)
    if unknown is not None and accounts:
        return Verdict(channel, "no_price", {"budget": accounts[0][0], "country": unknown.country})
    cost = sum(quote.micros or 0 for quote in quotes)
    for account in accounts:
        left = _left(turn, account)
        if cost and left is not None and cost > left:
            numbers = {"budget": account[0], "left": left, "cost": cost, "currency": turn.setting.currency}
            return Verdict(channel, "budget", numbers)
    return None


def _left(turn: Turn, account: Account) -> int | None:
    """What is left of a budget, less what this very decision has reserved; None where it does not end yet."""
    left = turn.facts.budgets.get(account)
    if left is None:
        return None
    return left - sum(charge_of(one) for one in turn.decision.reserve if account in one.accounts)


def cost_detail(candidate: Candidate) -> dict[str, Any]:
    """How the cost came about, for the trace; nothing where it is not known."""
    known = [quote for quote in candidate.quotes if quote.micros is not None]
    if not known:
        return {}
    unit = (known[0].micros or 0) // known[0].units
    detail = {
        "unit": unit,
        "units": known[0].units,
        "country": known[0].country,
        "accounts": [list(one) for one in candidate.accounts],
    }
    return {"cost": {name: value for name, value in detail.items() if value}}

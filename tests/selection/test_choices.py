"""Another strategy judged by the log of the one that ran: IPS and SNIPS."""

from __future__ import annotations

from random import Random

import pytest

from tests.selection.kit import delivery_of
from unichannel.analytics.choices import Choice, choices, ips, snips
from unichannel.errors import InvalidInput

LIKELY = {"email": 0.3, "sms": 0.6}


def log(size: int = 20_000) -> list[Choice]:
    """Eight in ten by e-mail, the rest by text, of which twice as many are answered."""
    chance, odds = Random(3), {"email": 0.8, "sms": 0.2}
    drawn = ["email" if chance.random() < odds["email"] else "sms" for _ in range(size)]
    return [Choice("d", "news", one, odds, {}, float(chance.random() < LIKELY[one])) for one in drawn]


@pytest.mark.parametrize("estimate", [ips, snips])
def test_what_was_seldom_tried_is_judged_by_what_it_brought(estimate) -> None:  # type: ignore[no-untyped-def]
    found = estimate(log(), lambda one: {"sms": 1.0})
    assert found.low < 0.6 < found.high
    assert found.high - found.low < 0.1
    assert found.covered == 1.0


def test_what_was_never_tried_is_not_covered() -> None:
    assert snips(log(50), lambda one: {"push": 0.5, "sms": 0.5}).covered == 0.5
    with pytest.raises(InvalidInput):
        ips([], lambda one: {})


def test_only_first_tries_by_a_strategy_are_choices() -> None:
    chosen, written, silent = delivery_of(tried=True, facts={"opened": 1}), delivery_of(tried=True), delivery_of()
    chosen.trace["detail"]["odds"] = silent.trace["detail"]["odds"] = {"email": 0.9, "sms": 0.1}
    (one,) = choices([chosen, written, silent])
    assert (one.channel, one.worth, one.odds["sms"]) == ("email", 1.0, 0.1)

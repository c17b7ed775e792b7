"""From what the engine logged to what another strategy would have brought: IPS, SNIPS of stored deliveries (E5, H3)."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

import pytest

from tests.journeys.trial import message
from unichannel import Category, MemoryStore, SqlStore, days
from unichannel.analytics.choices import Choice, choices, ips, snips
from unichannel.core.messaging.delivery import Delivery
from unichannel.ports import Store
from unichannel.strategies import Adaptive, Mixed, Strategy
from unichannel.testing import Lab

NEWS, KIND = message("news", "news"), Category("news", purpose="transactional")
PEOPLE, ROUNDS = 60, 3
LIKELY = {"email": 0.2, "sms": 0.6}
ANSWERS = {"email": "opened", "sms": "clicked"}


def lived(store: Store, strategy: Strategy, seed: int = 1) -> tuple[list[Choice], float]:
    """The log of a base that was written to, read back from the store; and what a message was worth."""
    lab, chance, answered = Lab(store=store, categories=[KIND], strategy=strategy), Random(seed), []
    people = [lab.profile(f"p{n}", email=f"p{n}@example.com", phone=f"+336123456{n:02}") for n in range(PEOPLE)]
    for _ in range(ROUNDS):
        for one in people:
            lab.engine.send(one, NEWS)
        lab.run_due()
        for delivery in [logged(store, one)[-1] for one in people]:
            answered.append(chance.random() < LIKELY[delivery.channel])
            if answered[-1]:
                lab.engine.track(ANSWERS[delivery.channel], delivery=delivery.id)
        lab.advance(days(1))
    log = choices(delivery for one in people for delivery in logged(store, one))
    return log, sum(answered) / len(answered)


def logged(store: Store, person: str) -> list[Delivery]:
    """What the engine stored."""
    history = store.transact(lambda session: session.history(person))
    assert history is not None
    return sorted(history.deliveries, key=lambda one: (one.reserved, one.id))


def only(channel: str) -> Any:
    return lambda one: {channel: 1.0}


def the_one_that_ran(one: Choice) -> Mapping[str, float]:
    return one.odds


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest) -> Store:
    return MemoryStore() if request.param == "memory" else SqlStore("sqlite://")


def test_the_log_tells_what_each_channel_alone_would_have_brought(store: Store) -> None:
    log, worth = lived(store, Mixed([(0.7, "email"), (0.3, "sms")]))
    assert len(log) == PEOPLE * ROUNDS
    assert {channel: one.odds for one in log for channel in one.odds}.keys() == {"email", "sms"}
    assert all(one.odds == {"email": 0.7, "sms": 0.3} for one in log)
    for estimate in (ips, snips):
        for channel, likely in LIKELY.items():
            found = estimate(log, only(channel))
            assert found.low < likely < found.high
            assert found.covered == 1.0
        assert estimate(log, the_one_that_ran).worth == pytest.approx(worth)


def test_odds_that_adaptive_logged_replay_and_judge(store: Store) -> None:
    """Its own odds of every choice, read back, give what really happened; what SMS alone would have, lies within."""
    log, worth = lived(store, Adaptive(explore=0.5))
    assert all(sum(one.odds.values()) == pytest.approx(1.0, abs=1e-5) for one in log)
    assert all(one.odds[one.channel] > 0 and one.beliefs.keys() == {"email", "sms"} for one in log)
    assert ips(log, the_one_that_ran).worth == snips(log, the_one_that_ran).worth == pytest.approx(worth)
    found = ips(log, only("sms"))
    assert found.low < LIKELY["sms"] < found.high

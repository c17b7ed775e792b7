"""Every answer of ``why``, over many lives: true and whole (A1 to A10, E2, E10, P13, P30, P31, P34)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest

from tests.telling.checking import World, check
from tests.telling.stories import PRICES, STORIES
from unichannel import Send
from unichannel.core.journey.language.journey import walk
from unichannel.ports import History
from unichannel.testing import Lab


@cache
def lived(story: str) -> Lab:
    return STORIES[story]()


def histories(lab: Lab) -> dict[str, History]:
    store = lab._settings["store"]
    keys = store.transact(lambda session: list(session.profile_keys(range(1, 40)).values()))
    return {key: found for key in keys if (found := lab.history(key)) is not None}


def world(lab: Lab, history: History, everybody: list[History]) -> World:
    """The person's world, and what the whole base had spent of a budget before an instant."""

    def spent(budget: str, before: int) -> int:
        made = [one for each in everybody for one in each.deliveries if one.reserved < before or one.cost]
        charged = [one for one in made if budget in [name for name, _ in one.accounts] and one.reserved <= before]
        return sum(one.cost or 0 for one in charged)

    limits = {one.name: one.limit.micros for one in lab._settings.get("budgets", ())}
    return World(history, lab._journeys, PRICES, limits, spent)


@pytest.mark.parametrize("story", STORIES)
def test_every_answer_is_true_and_whole(story: str) -> None:
    lab = lived(story)
    everybody = histories(lab)
    for key, history in everybody.items():
        known = world(lab, history, list(everybody.values()))
        told = {}
        for journey in dict.fromkeys(run.journey for run in history.runs):
            english, french = (lab.engine.why(key, journey=journey, language=tag) for tag in ("en", "fr"))
            told |= {one.delivery: one for one in english if one.delivery}
            for one, other in zip(english, french, strict=True):
                check(known, one, other)
        assert set(told) == {one.id for one in history.deliveries}, "every delivery is explained"


@pytest.mark.parametrize("story", STORIES)
def test_every_send_of_every_run_has_an_answer(story: str) -> None:
    """P13: a send that made nothing is answered for too, by what kept it."""
    lab = lived(story)
    everybody = histories(lab)
    for key, history in everybody.items():
        known = world(lab, history, list(everybody.values()))
        for journey, step in sends(lab, history):
            found = lab.engine.why(key, journey=journey, step=step)
            assert found, (key, journey, step)
            for one, other in zip(found, lab.engine.why(key, journey=journey, step=step, language="fr"), strict=True):
                check(known, one, other)
            mine = {run.id for run in history.runs if run.journey == journey}
            made = [one for one in history.deliveries if one.step == step and one.enrollment in mine]
            assert any(one.delivery for one in found) == bool(made), (key, step)


def sends(lab: Lab, history: History) -> Iterator[tuple[str, str]]:
    for name in dict.fromkeys(run.journey for run in history.runs):
        if name in lab._journeys:
            yield from ((name, one.name) for one in walk(lab._journeys[name]) if isinstance(one, Send) and one.name)


def test_the_stories_tell_of_most_reasons_there_are() -> None:
    """A reason that none of them has is one that nobody checks."""
    codes = set()
    for story in STORIES:
        lab = lived(story)
        for key, history in histories(lab).items():
            for journey in dict.fromkeys(run.journey for run in history.runs):
                codes |= {code for one in lab.engine.why(key, journey=journey) for code, _ in one.reasons}
    assert len(codes) > 55, sorted(codes)

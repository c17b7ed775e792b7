"""P51: splits stay with the person; changing the shares moves as few as possible."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.journeys.trial import message
from unichannel import Email, Handler, Journey, Message, Repeat, Send, Split, Wait, days, hours, on, variant
from unichannel.core.words.ids import choose
from unichannel.testing import Lab

NAMES = ("short", "long", "none")
PEOPLE = [f"person-{number}" for number in range(3000)]


def shares(*weights: float) -> dict[str, str]:
    """What each person gets."""
    pairs = tuple(zip(NAMES, weights, strict=True))
    return {person: choose(pairs, "wording", person) for person in PEOPLE}


def test_p51_shares_are_what_was_asked_for() -> None:
    counts = Counter(shares(50, 30, 20).values())
    assert {name: round(counts[name] / len(PEOPLE), 1) for name in NAMES} == {"short": 0.5, "long": 0.3, "none": 0.2}


def test_p51_raising_one_share_moves_people_to_it_and_nobody_else() -> None:
    before, after = shares(50, 30, 20), shares(50, 30, 40)
    moved = {person for person in PEOPLE if before[person] != after[person]}
    assert {after[person] for person in moved} == {"none"}
    assert len(moved) / len(PEOPLE) < 0.16  # 40/120 - 20/100 = 13 %


@given(st.lists(st.integers(0, 9), min_size=3, max_size=3), st.integers(0, 2), st.integers(0, 9))
def test_p51_changing_one_share_moves_only_from_it_or_to_it(weights: list[int], place: int, weight: int) -> None:
    changed = [*weights]
    changed[place] = weight
    if not sum(weights) or not sum(changed):
        return
    name = NAMES[place]
    for person in PEOPLE[:40]:
        before = choose(tuple(zip(NAMES, weights, strict=True)), "wording", person)
        after = choose(tuple(zip(NAMES, changed, strict=True)), "wording", person)
        assert before == after or name in (before, after)


def test_p51_a_share_of_nothing_gets_nobody() -> None:
    assert set(shares(1, 0, 1).values()) == {"short", "none"}


def wording() -> Split:
    return Split(
        variant("a", 50, Send(message("a", "transactional"), via="email")),
        variant("b", 50, Send(message("b", "transactional"), via="email")),
        name="wording",
    )


def test_p51_every_visit_goes_the_same_way(lab: Lab, meet: Any) -> None:
    steps = [wording(), Wait(days(1)), Wait(days(30), name="end")]
    lab.add(Journey("loops", start=on("begun"), steps=steps, handlers=[Handler(on("again"), to="wording", again=True)]))
    people = [meet(f"p{number}") for number in range(12)]
    for person in people:
        lab.track(person, "begun")
        for _ in range(3):
            lab.advance(hours(30))
            lab.track(person, "again")
    ways = [{name for name, _ in lab.messages_sent(person)} for person in people]
    assert all(len(way) == 1 for way in ways)
    assert set.union(*ways) == {"a", "b"}
    assert all(len(lab.messages_sent(person)) == 4 for person in people)


def test_p51_a_retry_goes_the_same_way(lab: Lab, meet: Any) -> None:
    """The decision raised, the run was set aside and taken up again: the way is that of the first time."""
    needs = {name: Message(name, Email("{{ profile.word }}", text="…"), category="transactional") for name in "ab"}
    split = Split(*(variant(name, 50, Send(one, via="email")) for name, one in needs.items()), name="wording")
    lab.add(Journey("splits", start=on("begun"), steps=[split]))
    people = [meet(f"p{number}") for number in range(8)]
    for person in people:
        lab.track(person, "begun")
    lab.advance(hours(1))
    assert len(lab.engine.failed()) == 8
    for person in people:
        lab.profile(person, word="now it is there")
    lab.engine.retry()
    lab.run_due()
    for person in people:
        (way, _), *more = lab.messages_sent(person)
        assert not more
        assert way == choose((("a", 50), ("b", 50)), "wording", person)


def test_p51_every_round_goes_the_same_way(lab: Lab, meet: Any) -> None:
    lab.add(Journey("rounds", start=on("begun"), steps=[Repeat([wording()], times=3, every=days(1))]))
    people = [meet(f"p{number}") for number in range(12)]
    for person in people:
        lab.track(person, "begun")
    lab.advance(days(4))
    ways = [{name for name, _ in lab.messages_sent(person)} for person in people]
    assert all(len(way) == 1 for way in ways)
    assert all(len(lab.messages_sent(person)) == 3 for person in people)

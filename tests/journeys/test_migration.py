"""Running enrollments and versions: they keep what they began with until a rule moves them (P49, P50)."""

from __future__ import annotations

import pytest

from unichannel import (
    Call,
    Journey,
    MemoryStore,
    Message,
    Migration,
    Profile,
    Send,
    Sms,
    Wait,
    days,
    diff,
    hours,
    on,
    start,
)
from unichannel.conditions import attribute_date, opened
from unichannel.errors import InvalidInput, UnknownError
from unichannel.steps import Branch, on_date, when
from unichannel.testing import Lab
from unichannel.testing.lab import EVERYTHING


def say(name: str, text: str = "") -> Send:
    return Send(Message(name, Sms(text or name), category="transactional"), name=name)


ONE = Journey(
    "trial", start=on("trial.started"), goal=on("paid"), steps=[say("hello"), Wait(until=start + days(3)), say("tips")]
)
TWO = Journey(
    "trial",
    version=2,
    start=on("trial.started"),
    goal=on("paid"),
    steps=[
        say("hello", "hello anew"),
        Wait(until=start + days(2), name="wait-start+3d"),
        say("video"),
        say("tips", "tips anew"),
    ],
)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def deploy(lab: Lab, *journeys: Journey) -> None:
    """The code of another version: the store and the time stay."""
    lab._journeys.clear()
    lab.use(drafts=False)
    lab.add(*journeys)


def texts(lab: Lab, profile: str) -> list[str]:
    return [sent.content.text for sent in lab.sent(profile) if isinstance(sent.content, Sms)]


def test_a_run_keeps_the_version_it_began_with(lab: Lab) -> None:
    """P50: a deploy changes nothing that is pending, even when the code of its version is gone."""
    ada, bob = lab.profile(phone="+33612345678"), lab.profile(phone="+33612345679")
    lab.add(ONE)
    lab.track(ada, "trial.started")
    deploy(lab, TWO)
    lab.track(bob, "trial.started")
    lab.advance(days(4))
    assert texts(lab, ada) == ["hello", "tips"]
    assert texts(lab, bob) == ["hello anew", "video", "tips anew"]


def test_a_run_is_moved_by_name_and_its_wait_counts_from_its_anchor(lab: Lab) -> None:
    """P49: a new step is not ignored for those inside, and nobody begins again."""
    ada = lab.profile(phone="+33612345678")
    lab.add(ONE)
    lab.track(ada, "trial.started")
    lab.advance(days(1))
    deploy(lab, TWO)
    assert lab.engine.migrate_enrollments(Migration("trial", 1, 2)) == 1
    lab.advance(days(1))
    assert texts(lab, ada) == ["hello", "video", "tips anew"], "day 2, not day 1 + 2"
    assert lab.engine.migrate_enrollments(Migration("trial", 1, 2)) == 0


def test_a_wait_that_is_over_by_the_new_rule_ends_at_once(lab: Lab) -> None:
    ada = lab.profile(phone="+33612345678")
    lab.add(ONE)
    lab.track(ada, "trial.started")
    lab.advance(days(2) + hours(12))
    deploy(lab, TWO)
    lab.engine.migrate_enrollments(Migration("trial", 1, 2))
    lab.advance(hours(0))
    assert texts(lab, ada) == ["hello", "video", "tips anew"]


SHORT = Journey("trial", version=3, start=on("trial.started"), steps=[Wait(days(9), name="pause"), say("late")])


def test_the_preview_counts_who_waits_where_and_who_has_no_target(lab: Lab) -> None:
    lab.add(ONE)
    for number in range(5):
        lab.track(lab.profile(phone=f"+3361234567{number}"), "trial.started")
    lab.advance(days(1))
    deploy(lab, SHORT)
    shown = lab.engine.preview_migration(Migration("trial", 1, 3))
    assert (shown.enrollments, shown.without_target) == (5, 5)
    assert "5 wait at wait-start+3d, no target: would stay" in str(shown)
    mapped = lab.engine.preview_migration(Migration("trial", 1, 3, steps={"wait-start+3d": "late"}))
    assert (mapped.enrollments, mapped.without_target) == (5, 0)
    assert "5 wait at wait-start+3d, go on at late" in str(mapped)


def test_who_has_no_target_stays_or_leaves(lab: Lab) -> None:
    ada, bob = lab.profile(phone="+33612345678"), lab.profile(phone="+33612345679")
    lab.add(ONE)
    lab.track(ada, "trial.started")
    lab.advance(days(1))
    deploy(lab, SHORT)
    lab.engine.migrate_enrollments(Migration("trial", 1, 3))
    lab.advance(days(3))
    assert texts(lab, ada) == ["hello", "tips"], "it went on as it began"
    deploy(lab, ONE)
    lab.track(bob, "trial.started")
    deploy(lab, SHORT)
    lab.engine.migrate_enrollments(Migration("trial", 1, 3, otherwise="exit"))
    lab.advance(days(30))
    assert texts(lab, bob) == ["hello"]
    assert lab.history(bob).runs[0].reason == "migration"  # type: ignore[union-attr]


def test_a_step_of_another_kind_is_entered_now(lab: Lab) -> None:
    ada = lab.profile(phone="+33612345678")
    lab.add(ONE)
    lab.track(ada, "trial.started")
    lab.advance(days(1))
    deploy(lab, SHORT)
    lab.engine.migrate_enrollments(Migration("trial", 1, 3, steps={"wait-start+3d": "late"}))
    lab.advance(hours(0))
    assert texts(lab, ada) == ["hello", "late"]


def test_what_was_reserved_keeps_its_own_text(lab: Lab) -> None:
    """P50: the ladder goes along, what is due already says what it said."""
    old = Journey("j", start=on("go"), steps=[say("hello"), say("more")])
    new = Journey("j", version=2, start=on("go"), steps=[say("hello", "anew"), say("more", "more anew")])
    ada = lab.profile(phone="+33612345678")
    lab.add(old)
    lab.transport.plan("refuse")
    lab.track(ada, "go")
    lab.add(new)
    lab.engine.migrate_enrollments(Migration("j", 1, 2))
    lab.advance(hours(1))
    assert set(texts(lab, ada)) == {"hello", "more"}


def test_a_rule_that_names_no_step_is_an_error(lab: Lab) -> None:
    lab.add(ONE)
    lab.profile()
    deploy(lab, TWO)
    with pytest.raises(InvalidInput, match="version 2 has no step 'nowhere'"):
        lab.engine.preview_migration(Migration("trial", 1, 2, steps={"tips": "nowhere"}))
    with pytest.raises(InvalidInput, match="version 1 has no step 'nobody'"):
        lab.engine.migrate_enrollments(Migration("trial", 1, 2, steps={"nobody": "tips"}))
    with pytest.raises(UnknownError, match="no version 7"):
        lab.engine.preview_migration(Migration("trial", 1, 7))


def test_a_difference_in_words() -> None:
    assert diff(ONE, ONE) == []
    assert diff(ONE, TWO) == [
        "step video is new",
        "step hello: message hello has other contents",
        "step wait-start+3d: until is start+2d instead of start+3d",
        "step tips: message tips has other contents",
    ]


def test_a_difference_in_settings_arms_and_order() -> None:
    arms = [when(opened("email"), say("a")), when(opened("sms"), say("b"))]
    others = [when(opened("email"), say("a")), when(opened("push"), say("b"))]
    old = Journey("j", start=on("go"), steps=[Branch(*arms, name="choice"), say("c"), say("d")])
    new = Journey(
        "j",
        start=[on("go"), on("went")],
        priority=3,
        steps=[Branch(*others, name="choice"), say("d"), say("c")],
    )
    assert diff(old, new) == [
        "start changed",
        "priority changed",
        "step choice: arms changed",
        "the order is now choice, a, b, d, c",
    ]
    asked = Journey("j", start=on("go"), steps=[Call("f", name="choice")])
    assert "step choice: is now of kind call" in diff(old, asked)


BIRTHDAY = Journey(
    "birthday", start=on_date(attribute_date("born"), at="09:00", yearly=True), steps=[say("many happy returns")]
)


def test_a_first_run_over_an_existing_base_says_how_many(lab: Lab) -> None:
    """People who were there before the journey have their timers after a sweep, and the preview counts them."""
    lab.use(journeys=[ONE])
    born = {"ada": "1990-01-10", "bob": "1990-01-14", "eve": "1990-06-01"}
    for number, (name, day) in enumerate(born.items()):
        lab.profile(name, phone=f"+3361234567{number}", born=day, timezone="Europe/Paris")
    lab.profile("nobody", phone="+33612345679")
    shown = lab.engine.preview(BIRTHDAY, within=days(7))
    assert (shown.profiles, shown.dated, shown.due, shown.enrolled) == (4, 3, 2, 2)
    assert str(shown).startswith("birthday: 2 of 4 profiles would be enrolled")
    lab.add(BIRTHDAY)
    lab.advance(days(7))
    assert [lab.messages_sent(name) for name in born] == [[("many happy returns", "sms")]] * 2 + [[]]


def test_a_sweep_goes_on_after_a_crash(lab: Lab) -> None:
    lab.use(journeys=[ONE])
    for number in range(1200):
        lab.engine.identify(Profile(f"p{number}", phone=f"+3361{number:07}", born="1990-01-10", consents=EVERYTHING))
    lab.run_due()
    lab.add(BIRTHDAY)
    lab.engine.run_due(limit=500)
    lab.restart()
    lab.run_due()
    lab.advance(days(3))
    assert len(lab.sent()) == 1200

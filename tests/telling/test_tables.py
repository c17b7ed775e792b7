"""The tables of the languages: a sentence for every code, values that exist, nothing that is private."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unichannel.core.messaging.delivery import ORDER, RECEIPT_FACTS
from unichannel.core.telling.clause import CLAUSES, FACTS, TELLABLE, Clause
from unichannel.core.telling.language import Language, Phrases
from unichannel.core.telling.reasons import reason_words
from unichannel.core.telling.wording import LANGUAGES, NAMES, Words, language_of, placeholders
from unichannel.core.words.channel import BUILT_IN, EVIDENCE
from unichannel.core.words.trace import CODES
from unichannel.errors import InvalidInput

ALWAYS = {"channel", "step", "journey", "event"}
"""Values that are at hand wherever a phrase that names them is told."""

TOPICS = ("SENDS", "CONSENTS", "LIMITS", "CHOOSING", "LADDERS", "RUNS", "STEPS")

BOTH = pytest.mark.parametrize("language", LANGUAGES.values(), ids=list(LANGUAGES))
AT = 1_893_974_400_000_000  # 2030-01-07 00:00 UTC


def phrases(language: Language) -> Iterator[tuple[str, tuple[str, ...]]]:
    for table in (language.codes, language.facts):
        yield from ((name, _all(one)) for name, one in table.items())


def _all(one: Phrases) -> tuple[str, ...]:
    return (one,) if isinstance(one, str) else one


@BOTH
def test_every_code_has_its_sentence_and_no_sentence_lacks_a_code(language: Language) -> None:
    assert set(language.codes) == TELLABLE
    assert not CLAUSES.keys() & CODES.keys(), "one code, one meaning"
    assert set(language.facts) == set(FACTS)
    assert {*ORDER, *RECEIPT_FACTS.values(), "cancelled", "expired"} <= set(FACTS)


@pytest.mark.parametrize("tag", ["en", "fr"])
def test_each_code_stands_once_and_the_topics_are_alike_in_every_language(tag: str) -> None:
    """So that a sentence of one language is found in the others at the same place."""
    topics, english = tables(tag), tables("en")
    codes = [code for topic in topics.values() for code in topic]
    assert sorted(codes) == sorted(language_of(tag).codes)
    assert {name: list(topic) for name, topic in topics.items()} == {name: list(one) for name, one in english.items()}


def tables(tag: str) -> dict[str, dict[str, Phrases]]:
    """The tables of codes of a language, by their topics."""
    package = importlib.import_module(f"unichannel.core.telling.{tag}")
    return {topic: getattr(package, topic) for topic in TOPICS}


@BOTH
def test_every_placeholder_exists_and_the_last_phrase_needs_the_fewest(language: Language) -> None:
    for name, some in phrases(language):
        for phrase in some:
            assert placeholders(phrase) <= NAMES, name
            for form in re.findall(r"\{\w+:(\w+)\}", phrase):
                assert form in language.moments, name
        assert placeholders(some[-1]) <= ALWAYS | BARE.get(name, set()), name
        counts = [len(placeholders(phrase)) for phrase in some]
        assert counts == sorted(counts, reverse=True), name


BARE = {
    "cost": {"cost"},
    "derived": {"seen_channel"},
    "affinity": {"beliefs", "messages"},
    "value": {"values"},
    "first_rung": {"rungs"},
    "late": {"planned", "decided"},
    "next_rung": {"until", "evidence"},
    "followed": {"since"},
    "of_run": {"start"},
    "of_send": {"start"},
    "delivery_waits": {"until"},
    "event_told_late": {"told"},
    "consent_given": {"purpose"},
    "consent_withdrawn": {"purpose"},
    "consent_pending": {"purpose"},
    "consent_soft_opt_in": {"purpose"},
    "consent_denied": {"purpose"},
    "function_called": {"function"},
}
"""Codes that are never told without these values, as they are what they say."""


@BOTH
def test_every_word_of_ours_is_there(language: Language) -> None:
    assert {one.name for one in BUILT_IN.values()} <= set(language.channels)
    assert set(EVIDENCE) <= set(language.terms)
    assert {one.address for one in BUILT_IN.values()} <= set(language.terms)
    english = language_of("en")
    for table in ("reasons", "channels", "terms", "frames", "moments", "units", "money"):
        assert set(getattr(language, table)) == set(getattr(english, table)), table
    assert len(language.months) == 12


@BOTH
@pytest.mark.parametrize("code", sorted(TELLABLE))
def test_a_code_is_told_whatever_is_known_of_it(language: Language, code: str) -> None:
    """An old trace may lack a number that a newer phrase would tell."""
    words = Words(language, "Europe/Paris", AT)
    full = {**SAMPLE, "reason": "5.2.2 full"}
    for values in ({name: full[name] for name in ALWAYS | BARE.get(code, set())}, full):
        told = words.clause(Clause(code, values))
        assert told
        assert not re.search(r"[{}…]", told), told


SAMPLE: dict[str, object] = {
    **dict.fromkeys(NAMES, "thing"),
    **dict.fromkeys(("at", "sent", "until", "since", "told", "expires", "planned", "decided", "start", "holiday"), AT),
    **dict.fromkeys(("occurred", "recorded"), AT),
    **dict.fromkeys(("channel", "seen_channel", "failed_channel"), "sms"),
    "delay": 4 * 3_600_000_000,
    "within": {"days": 7},
    "cost": 74_500,
    "left": 50_000,
    "worth": 500_000,
    "values": {"sms": [185_500, 74_500, "EUR"]},
    "currency": "EUR",
    "messages": 9,
    "tries": 3,
    "odds": 0.05,
    "promised": {"email": 2.314, "sms": 2.1},
    "rungs": ["email", "sms"],
    "triggers": ["trial.started"],
    "beliefs": {"email": {"mean": 0.31, "sd": 0.08, "n": 4}},
    "capped": {"purpose": "marketing", "channel": ["sms"]},
    "evidence": "opened",
    "needs": "push",
    "purpose": "marketing",
    "arm": "otherwise",
}


def test_the_sentences_of_the_issue_in_both_languages() -> None:
    shown = {
        "beliefs": {"email": {"mean": 0.31, "sd": 0.08}, "sms": {"mean": 0.52, "sd": 0.11}},
        "messages": 9,
    }
    cost = {"channel": "sms", "cost": 74_500, "currency": "EUR"}
    english, french = (Words(language_of(one), "Europe/Paris", AT) for one in ("en", "fr"))
    assert english.clause(Clause("affinity", shown)) == "affinity email 0.31 ± 0.08, SMS 0.52 ± 0.11 from 9 messages"
    assert french.clause(Clause("affinity", shown)) == "affinité e-mail 0,31 ± 0,08, SMS 0,52 ± 0,11 d'après 9 messages"
    promising = Clause("promising", {"promised": {"email": 2.314, "sms": 2.1}})
    assert english.clause(promising).endswith("expected over the next messages: email 2.31, SMS 2.10)")
    assert french.clause(promising).endswith("sur les prochains messages : e-mail 2,31, SMS 2,10)")
    seldom = Clause("explored", {"odds": 0.0006})
    assert "odds of 0.0006 " in english.clause(seldom)
    assert english.clause(Clause("cost", cost)) == "SMS costs 0.0745 €"
    assert french.finished(french.clause(Clause("cost", cost))) == "SMS coûte 0,0745\u00a0€"


def test_times_by_zone_day_and_language() -> None:
    """The same day says the hour alone; another year says the year; noon and midnight of twelve hours."""
    hour = 3_600_000_000
    expected = {
        "en": ("at 01:00", "on 8 Jan at 00:30", "on 31 Dec 2029 at 13:00"),
        "en-US": ("at 1:00 AM", "on Jan 8 at 12:30 AM", "on Dec 31, 2029 at 1:00 PM"),
        "fr": ("à 01:00", "le 8 janv. à 00:30", "le 31 déc. 2029 à 13:00"),
        "fr-CA": ("à 01:00", "le 8 janv. à 00:30", "le 31 déc. 2029 à 13:00"),
    }
    for tag, forms in expected.items():
        words = Words(language_of(tag), "Europe/Paris", AT)
        instants = (AT, AT + 23 * hour + hour // 2, AT - 7 * 24 * hour + 12 * hour)
        assert tuple(f"{words.moment(one)}" for one in instants) == forms, tag


def test_an_unknown_language_names_those_that_there_are() -> None:
    with pytest.raises(InvalidInput, match=r"'tlh'.*en, en-US, fr"):
        language_of("tlh")


@pytest.mark.parametrize(
    ("reason", "english", "french"),
    [
        ("5.2.2 smtp; 552 5.2.2 <ada@example.com>: over quota", "mailbox full, 5.2.2", "boîte pleine, 5.2.2"),
        ("550 5.1.1 No such user here", "no such mailbox, 5.1.1", "boîte inexistante, 5.1.1"),
        ("552 Too much mail", "mailbox full, 552", "boîte pleine, 552"),
        ("30003 Unreachable destination handset", "30003 Unreachable destination handset", None),
        (
            "MissingVariable: there is no first_name",
            "the message could not be made",
            "le message n'a pas pu être composé",
        ),
    ],
)
def test_reasons(reason: str, english: str, french: str | None) -> None:
    assert reason_words(language_of("en"), reason) == english
    assert reason_words(language_of("fr"), reason) == (french or english)


LOCAL = st.from_regex(r"[a-z0-9.]{1,12}", fullmatch=True)


@given(local=LOCAL, before=st.text("ab: <", max_size=8), after=st.text("ab> ", max_size=8))
def test_no_reason_tells_an_address(local: str, before: str, after: str) -> None:
    said = f"999 {before}{local}@mail.example{after} or +33 6 12 34 56 78 in «Your code is 1234»"
    for language in LANGUAGES.values():
        told = reason_words(language, said)
        assert "@" not in told
        assert "12 34" not in told
        assert "code is" not in told

"""Opt-out words: PITFALLS P40 (a sentence is none), P41 (dressed up), P42 (start, help, the host's)."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unichannel.core.inbound.opt_out import HELP, START, STOP, read_opt_out

NOT_STOP = (
    "don't stop",
    "Don’t stop!",
    "please don't stop",
    "do not stop sending me texts",
    "I can't stop laughing",
    "stop by tomorrow",
    "the bus stop",
    "non stop",
    "no, stop",
    "stopped",
    "nonstop",
    "unstoppable",
    "backstop",
    "the end",
    "in the end yes",
    "cancel my appointment",
    "can I cancel?",
    "quite",
    "weekend",
    "ne pas arrêter",
    "arrêt de bus",
    "nicht stoppen",
    "no parar",
    "non fermarti",
    "não pare",
    "niet stoppen",
    "una casa alta",
    "fin",
    "opt",
    "out",
    "",
    "   ",
    "!!!",
    "🙂",
    "36180",
    "please",
    "merci",
    "messages",
)

STOPS = (
    "stop",
    "STOP",
    "sToP",
    "STOP.",
    "Stop!!!",
    " stop \n",
    "«STOP»",
    '"stop"',
    "stop?",
    "Stop please",
    "please stop",
    "PLEASE STOP TEXTING ME",
    "ok stop",
    "stop sms",
    "STOP SMS.",
    "stop all",
    "STOPALL",
    "stop-all",
    "OPT OUT",
    "opt-out",
    "OptOut",
    "opt me out please",
    "ARRET",
    "arrêt",
    "Arrêt.",
    "ARRÊTÉ",
    "arrêtez svp",
    "s’il vous plaît, arrêtez les SMS",
    "Arrêtez de m'envoyer vos pubs",
    "STOP au 36180",
    "désabonnement",
    "st\u200bop",
    "\ufeffstop",
    "st\u00adop",
    "S T O P",
    "S.T.O.P.",
    "stooooop",
    "ＳＴＯＰ",
    "stop 🛑",
    "STOP STOP STOP",
    "stop / unsubscribe",
    "unsubscribe",
    "Unsubscribe me from this list",
    "cancel",
    "END",
    "quit please",
    "revoke",
    "REMOVE",
    "take me off your list",
    "no more texts please",
    "baja",
    "dar de baja",
    "no más mensajes, por favor",
    "Abmelden bitte",
    "kündigen",
    "STOPP",
    "disiscrivimi",
    "basta",
    "sair",
    "descadastrar",
    "afmelden",
    "Uitschrijven aub",
)


@pytest.mark.parametrize("text", NOT_STOP)
def test_a_sentence_is_no_opt_out(text: str) -> None:
    assert read_opt_out(text) is None


@pytest.mark.parametrize("text", STOPS)
def test_an_opt_out_is_read_however_it_is_written(text: str) -> None:
    assert read_opt_out(text) == "stop"
    assert read_opt_out(unicodedata.normalize("NFD", text)) == "stop"


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("START", "start"),
        ("unstop.", "start"),
        ("Yes", "start"),
        ("opt in", "start"),
        ("HELP", "help"),
        ("help me please", "help"),
        ("INFO?", "help"),
        ("aide", "help"),
        ("¡Ayuda!", "help"),
        ("yes please", None),
        ("yes, at five", None),
        ("start at five", None),
        ("info about my order", None),
    ],
)
def test_start_and_help_are_read_too(text: str, wish: str | None) -> None:
    assert read_opt_out(text) == wish


def test_the_hosts_words_stand_beside_ours() -> None:
    assert read_opt_out("finito") is None
    assert read_opt_out("Finito, grazie!", stop=["finito"]) == "stop"
    assert read_opt_out("stop", stop=["finito"]) == "stop"
    assert read_opt_out("join club", start=["JOIN club"]) == "start"
    assert read_opt_out("who?", help=["Who"]) == "help"
    assert read_opt_out("yes", stop=["yes"]) == "stop"


def test_a_word_may_be_left_out_but_never_stop() -> None:
    assert read_opt_out("cancel", without=["cancel"]) is None
    assert read_opt_out("Cancelar", without=["cancel"]) == "stop"
    assert read_opt_out("stop", without=["stop"]) == "stop"


@pytest.mark.parametrize("words", [*STOP, *START, *HELP], ids=lambda words: f"{words.language}-{words.source[:12]}")
def test_each_word_of_the_lists_is_read_and_has_a_source(words: object) -> None:
    assert words.source  # type: ignore[attr-defined]
    wish = "stop" if words in STOP else "start" if words in START else "help"
    for word in words.clear + words.alone:  # type: ignore[attr-defined]
        assert read_opt_out(word) == wish, word
        assert read_opt_out(f" {word.upper()}. ") == wish, word
        assert read_opt_out(f"xyz {word}") is None, word


def test_seven_languages_have_a_stop_of_their_own() -> None:
    assert {words.language for words in STOP} >= {"en", "fr", "es", "de", "it", "pt", "nl"}


@given(st.text())
def test_no_text_raises(text: str) -> None:
    assert read_opt_out(text) in ("stop", "start", "help", None)


@given(
    st.text(alphabet=st.characters(categories=["Cf", "P", "Z"]), max_size=4),
    st.sampled_from(["stop", "ARRÊT", "Opt Out"]),
)
def test_signs_around_a_word_change_nothing(signs: str, word: str) -> None:
    assert read_opt_out(f"{signs}{word}{signs}") == "stop"


@given(
    st.sampled_from(["don't", "can't", "never", "ne pas", "nicht", "why", "bus"]), st.sampled_from(["stop", "arrêt"])
)
def test_any_other_word_makes_it_a_sentence(other: str, word: str) -> None:
    assert read_opt_out(f"{other} {word}") is None
    assert read_opt_out(f"{word} {other}") is None

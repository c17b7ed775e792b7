"""The demo's trial journey, asked why: three deliveries and one that was not made, against the facts (A1 to A5, G8)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from rich.console import Console

from tests.calling import command, command_json
from unichannel import SqlStore
from unichannel.cli.asking import ask_timeline, ask_why
from unichannel.core.telling.shown import Moment
from unichannel.core.telling.wording import language_of
from unichannel.core.words.instant import HOUR
from unichannel.ports import History

PEOPLE = [f"p{n:03}" for n in range(1, 7)]

SAID = {
    "en": (
        (
            "SMS, because the welcome email of 10:30 was not opened within 4 h and email was the only rung before. "
            "It is the step welcome of trial-to-paid, which began at 10:30 with trial.started. "
            "It was accepted at 14:30 and was delivered at 15:00."
        ),
        (
            "Email, because it is the step's channel. "
            "It is the step tips-by-email of trial-to-paid, which began on 7 Jan at 10:30 with trial.started. "
            "On the way: day-3 was over and tips-for took the way opened-email. It was accepted at 10:30."
        ),
        (
            "Email, because no other channel was possible; SMS was not allowed: no consent for marketing "
            "(follow-up), which has to be given first (law:F1, doctrine.fr, a copy of L34-5 of "
            "2016); affinity email 0.50 from 2 messages. "
            "It is the step follow-up of trial-to-paid, which began on 7 Jan at 10:30 with trial.started. "
            "On the way: day-7 was over. It was accepted at 10:30."
        ),
        (
            "The step reminder sent nothing more, because the reminder email of 10:30 was not opened within 6 h; "
            "SMS was not allowed: no consent for marketing (renewal), which has to be given first "
            "(law:F1, doctrine.fr, a copy of L34-5 of 2016)."
        ),
    ),
    "fr": (
        (
            "SMS, car le message welcome par e-mail de 10:30 n'a pas été ouvert en 4 h et e-mail était le seul essayé "
            "avant. C'est l'étape welcome de trial-to-paid, qui a commencé à 10:30 avec trial.started. "
            "Le message a été accepté à 14:30 et a été remis à 15:00."
        ),
        (
            "E-mail, car c'est le canal de l'étape. "
            "C'est l'étape tips-by-email de trial-to-paid, qui a commencé le 7 janv. à 10:30 avec trial.started. "
            "En chemin : day-3 était passé et tips-for a pris la voie opened-email. Le message a été accepté à 10:30."
        ),
        (
            "E-mail, car aucun autre canal n'était possible ; SMS : pas permis, sans consentement pour le "
            "marketing (follow-up), à donner d'abord (law:F1, doctrine.fr, a copy of L34-5 of 2016) ; "
            "affinité e-mail 0,50 d'après 2 messages. "
            "C'est l'étape follow-up de trial-to-paid, qui a commencé le 7 janv. à 10:30 avec trial.started. "
            "En chemin : day-7 était passé. Le message a été accepté à 10:30."
        ),
        (
            "L'étape reminder n'a plus rien envoyé, car le message reminder par e-mail de 10:30 n'a pas été ouvert en "
            "6 h ; SMS : pas permis, sans consentement pour le marketing (renewal), "
            "à donner d'abord (law:F1, doctrine.fr, a copy of L34-5 of 2016)."
        ),
    ),
}


def history(database: str, profile: str) -> History:
    store = SqlStore(f"sqlite:///{database}")
    try:
        found = store.transact(lambda session: session.history(profile))
    finally:
        store.close()
    assert found is not None
    return found


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_four_cases_word_for_word(database: str, language: str) -> None:
    told = command_json("why", "p001", "--journey", "trial-to-paid", "--language", language, "--db", database, "--json")
    sentences = tuple(told[place]["sentence"].replace("\u00a0", " ") for place in (1, 2, 3, 5))
    assert sentences == SAID[language]


def test_the_sentences_are_true_of_everybody(database: str) -> None:
    """Every delivery, every fact of it, its cause and the verdict of each other candidate."""
    silences = refusals = 0
    for profile in PEOPLE:
        known = history(database, profile)
        explained = {one["delivery"]: one for one in command_json("why", profile, "--db", database, "--json")}
        for delivery in known.deliveries:
            one = explained[delivery.id]
            assert one["status"] == delivery.status
            for fact, at in delivery.facts.items():
                if fact not in ("sending", "in_doubt"):
                    assert _shown(known, at, delivery.reserved) in one["sentence"], fact
            silences += _silence_is_true(known, delivery, one)
            refusals += _refusals_are_true(known, one)
    assert silences
    assert refusals


def _shown(known: History, instant: int, today: int) -> str:
    return f"{Moment(instant, language_of('en'), known.person.timezone, today)}"


def _silence_is_true(known: History, delivery: Any, one: dict[str, Any]) -> bool:
    """Nothing of what was asked for had come when the delay was over, counted from the acceptance."""
    if one["cause"] != "silence":
        return False
    values = dict(map(tuple, one["reasons"]))["silence"]
    before = next(other for other in known.deliveries if other.id == values["delivery"])
    asked = ("opened", "clicked", "replied")[("opened", "clicked", "replied").index(values["evidence"]) :]
    assert not [at for fact, at in before.facts.items() if fact in asked and at <= delivery.reserved]
    assert before.facts["accepted"] + values["delay"] == delivery.at
    assert values["delay"] in (4 * HOUR, 6 * HOUR)
    return True


def _refusals_are_true(known: History, one: dict[str, Any]) -> int:
    """Who is said to have given no consent has none in the ledger."""
    refused = [channel for channel, code in one["codes"].items() if code == "no_consent"]
    for channel in refused:
        assert not [entry for entry in known.consents if entry.channel in (channel, "*")]
        assert "no consent for marketing" in one["sentence"]
    return len(refused)


def test_a_terminal_shows_tables_in_colour_and_a_pipe_plain_lines(database: str) -> None:
    shown = Console(force_terminal=True, width=160, record=True, no_color=False, color_system="standard")
    ask_why("p001", "trial-to-paid", None, database, shown, language="en", json=False)
    ask_timeline("p001", database, shown, language="fr", json=False)
    text = shown.export_text(styles=True)
    assert "\x1b[32m" in text, "what went well is green"
    assert "was not opened within 4 h" in re.sub(r"\s+", " ", re.sub(r"\x1b\[[\d;]*m", "", text))
    piped = command("why", "p001", "--journey", "trial-to-paid", "--db", database).stdout
    assert "\x1b" not in piped
    assert SAID["en"][0] in piped


def test_names_nobody_knows(database: str) -> None:
    for asked, said in (
        (("p001", "--journey", "trial-to-payed"), "Did you mean trial-to-paid?"),
        (("p001", "--step", "welcom"), "Did you mean welcome"),
        (("d1-99",), "The run e1 has"),
        (("p001", "--journey", "trial-to-paid", "--language", "tlh"), "There are: en, en-US, fr"),
    ):
        done = command("why", *asked, "--db", database)
        assert (done.returncode, "Traceback" in done.stderr) == (1, False)
        assert said in done.stderr

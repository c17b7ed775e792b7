"""Wording: from clauses to sentences of a language. Pure: the same clauses, zone and day, the same words."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unichannel.core.policy.compliance.countries import SOURCES
from unichannel.core.telling.clause import Clause
from unichannel.core.telling.en import AMERICAN, ENGLISH
from unichannel.core.telling.fr import FRENCH
from unichannel.core.telling.language import Language, Phrases
from unichannel.core.telling.reasons import reason_words
from unichannel.core.telling.shown import Moment, counted, length, money, number, span_of_fields
from unichannel.core.words.saying import cut
from unichannel.errors import InvalidInput

__all__ = ["LANGUAGES", "NAMES", "Words", "language_of", "placeholders"]

LANGUAGES: dict[str, Language] = {one.tag.lower(): one for one in (ENGLISH, AMERICAN, FRENCH)}
"""The languages that explanations are told in, by their tag."""


def language_of(tag: str) -> Language:
    """The language of a tag such as "en", "en-US", "fr" or "fr-CA"; raises InvalidInput where there is none."""
    wanted = tag.replace("_", "-").lower()
    found = LANGUAGES.get(wanted) or LANGUAGES.get(wanted.partition("-")[0])
    if found is None:
        raise InvalidInput(
            f"nothing is told in the language {tag!r}.",
            thing="language",
            mend=f"There are: {', '.join(one.tag for one in LANGUAGES.values())}.",
        )
    return found


@dataclass(frozen=True, slots=True)
class Words:
    """Makes sentences in one language, with times in one zone; of ``today`` only the time of day is told."""

    language: Language
    zone: str
    today: int

    # clauses

    def clause(self, clause: Clause) -> str:
        """The words of one clause."""
        return self._filled(self.language.codes[clause.code], clause.values)

    def fact(self, fact: str, **values: Any) -> str:
        """What became of a message, with its subject left out: "was opened at 10:02"; a fact may name a route."""
        what, _, route = fact.partition(":")
        said = self._filled(self.language.facts.get(what, what.replace("_", " ")), values)
        return f"{said} ({cut(route, 40)})" if route else said

    def _filled(self, phrases: Phrases, values: Mapping[str, Any]) -> str:
        """The first phrase whose values are all known."""
        known = {name: value for name, value in values.items() if value is not None and value != ""}
        some = (phrases,) if isinstance(phrases, str) else phrases
        chosen = next((one for one in some if placeholders(one) <= known.keys()), some[-1])
        shown = {name: self._shown(name, known) for name in placeholders(chosen)}
        return chosen.format_map(shown)

    def _shown(self, name: str, values: Mapping[str, Any]) -> Any:
        if name not in values:
            return "…"
        # A reason is a sentence of its own, with the same values; an amount goes with its currency.
        value = values[name]
        if name == "reason":
            return self.reason(str(value), {one: given for one, given in values.items() if one != "reason"})
        if name in _AMOUNTS:
            return money(self.language, int(value), str(values.get("currency", "")))
        return SHOWN[name](self, value)

    # values

    def moment(self, instant: int) -> Moment:
        return Moment(int(instant), self.language, self.zone, self.today)

    def channel(self, name: str) -> str:
        return self.language.channels.get(name, cut(name.replace("_", " "), 40))

    def reason(self, reason: str, values: Mapping[str, Any]) -> str:
        """Why a delivery failed: a code of ours in its words, else by ``reason_words``."""
        if reason in self.language.codes:
            return self._filled(self.language.codes[reason], values)
        return reason_words(self.language, reason)

    # sentences

    def because(self, head: str, causes: Sequence[str], more: Sequence[str]) -> str:
        """ "SMS, because the email bounced and it was the only rung before; push was not possible: no device." """
        told = self.frame("because", head=head, causes=self.joined(causes)) if causes else head
        return self.sentence(self.language.frames["more"].join([told, *more]))

    def joined(self, parts: Iterable[str]) -> str:
        """ "a", "a and b", "a, b and c"."""
        *first, last = list(parts) or [""]
        return f"{', '.join(first)}{self.language.frames['and']}{last}" if first else last

    def frame(self, name: str, **values: str) -> str:
        return self.language.frames[name].format_map(values)

    def sentence(self, text: str) -> str:
        """The text as a sentence: a capital in front, a stop behind, spaces as the language has them."""
        return self.finished(f"{text[:1].upper()}{text[1:]}." if text and text[-1] not in ".…" else text)

    def finished(self, text: str) -> str:
        return self.language.finish(text)


def placeholders(phrase: str) -> set[str]:
    """The names of a phrase's values."""
    return {name for _, name, _, _ in string.Formatter().parse(phrase) if name}


# how each value is shown, by its name


def _plain(_: Words, value: Any) -> str:
    return cut(str(value), 60)


def _rule(_: Words, value: Any) -> str:
    """A rule by its name, and where it was read."""
    source = SOURCES.get(str(value))
    return cut(f"{value}, {source.page}" if source is not None and source.page else str(value), 80)


def _term(words: Words, value: Any) -> str:
    return words.language.terms.get(value) or cut(str(value), 60)


def _within(words: Words, value: Any) -> str:
    """A span by its fields, or the name of a stretch of the calendar."""
    if isinstance(value, Mapping):
        return span_of_fields(words.language, **value)
    return counted(words.language, 1, value) if value in words.language.units else str(value)


def _capped(words: Words, value: Mapping[str, Any]) -> str:
    """What kind of message a cap or gap is about: "marketing", "news and digest", "marketing SMS"."""
    purpose = words.language.terms.get(f"of_{value.get('purpose')}", "")
    categories = words.joined(cut(str(one), 40) for one in value.get("category", ()))
    channels = words.joined(words.channel(one) for one in value.get("channel", ()))
    return " ".join(part for part in (purpose, categories, channels) if part)


def _beliefs(words: Words, value: Mapping[str, Mapping[str, float]]) -> str:
    """ "email 0.31 ± 0.08, SMS 0.52 ± 0.11", from {channel: {mean, sd}}."""
    return ", ".join(f"{words.channel(one)} {_belief(words, belief)}" for one, belief in value.items())


def _belief(words: Words, belief: Mapping[str, float]) -> str:
    mean = number(words.language, belief["mean"])
    return f"{mean} ± {number(words.language, belief['sd'])}" if "sd" in belief else mean


def _promised(words: Words, value: Mapping[str, float]) -> str:
    """ "email 2.31, SMS 2.10", from {channel: answers}."""
    return ", ".join(f"{words.channel(one)} {number(words.language, some)}" for one, some in value.items())


def _values(words: Words, value: Mapping[str, tuple[int, int, str]]) -> str:
    """ "SMS 0.26 € − 0.0745 € = 0.1855 €", from {channel: (value, cost, currency)}."""
    return ", ".join(f"{words.channel(one)} {_value(words, *some)}" for one, some in value.items())


def _value(words: Words, value: int, cost: int, currency: str) -> str:
    gross = round(value + cost, _TOLD_TO)
    worth, less, net = (money(words.language, one, currency) for one in (gross, cost, gross - cost))
    return f"{worth} − {less} = {net}"


_SELDOM = 0.01
"""Odds below this are told with four decimals: they are not 0.00."""

_TOLD_TO = -2
"""What is expected is told to a ten-thousandth of the currency's unit."""

_INSTANTS = ("at", "sent", "until", "since", "told", "expires", "planned", "decided", "start", "occurred", "recorded")
_CHANNELS = ("channel", "seen_channel", "failed_channel")
_PLAIN = (
    *("step", "journey", "event", "message", "category", "topic", "function", "into", "property", "strategy", "prior"),
    *("limit", "count", "first_delivery", "budget", "country", "error"),
)

SHOWN: dict[str, Callable[[Words, Any], Any]] = {
    **dict.fromkeys(_PLAIN, _plain),
    **dict.fromkeys(_INSTANTS, Words.moment),
    **dict.fromkeys(_CHANNELS, Words.channel),
    **dict.fromkeys(("needs", "evidence", "purpose", "arm"), _term),
    "delay": lambda words, value: length(words.language, int(value)),
    "within": _within,
    "messages": lambda words, value: counted(words.language, value, "message"),
    "tries": lambda words, value: counted(words.language, value, "try"),
    "rule": _rule,
    "holiday": lambda words, value: words.moment(value).day(),
    "odds": lambda words, value: number(words.language, value, 2 if value >= _SELDOM else 4),
    "promised": _promised,
    "rungs": lambda words, value: words.language.frames["then"].join(words.channel(one) for one in value),
    "triggers": lambda words, value: words.joined(cut(str(one), 40) for one in value),
    "beliefs": _beliefs,
    "capped": _capped,
    "values": _values,
}
"""How a value is shown that stands alone, by its name."""

_AMOUNTS = frozenset({"cost", "left", "worth"})

NAMES = frozenset({*SHOWN, *_AMOUNTS, "reason"})
"""Every value that a phrase may name."""

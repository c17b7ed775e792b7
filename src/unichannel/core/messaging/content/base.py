"""What every content is made of: parts with texts, what they may hold, and what is said of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import AfterValidator, WithJsonSchema

from unichannel.core.words.definition import Family
from unichannel.core.words.saying import cut
from unichannel.core.words.values import Values
from unichannel.errors import DefinitionError

__all__ = [
    "BREAK",
    "FEATURES",
    "LINK",
    "Content",
    "Part",
    "Texts",
    "check_texts",
    "is_written",
    "least",
    "said",
    "too_many",
]

FEATURES: Mapping[str, str] = {
    "attachments": "files that are sent along with an e-mail",
    "inline": "pictures inside an e-mail's HTML",
    "text": "a plain text",
    "media": "pictures, sounds, films and other files by their URL",
    "card": "a card with a picture, a title and a text",
    "carousel": "several cards beside each other",
    "suggestions": "replies and actions to tap",
    "template": "a template that the provider has approved",
    "buttons": "buttons below a text",
    "audio": "a recording in place of spoken text",
    "blocks": "blocks in the service's own form",
}
"""What a content may ask of a route, beyond what its channel always has; a route says which it ``takes``."""

BREAK = re.compile(r"[\x00\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")
"""What would begin another header."""

_PRINTED = re.compile(r"\s*\{\{.*?\}\}\s*", re.DOTALL)
LINK = re.compile(r"https?://|\|\s*link\b|\bhref\s*=", re.IGNORECASE)
"""What shows that a text has a link."""

_NUMBER = re.compile(r"\+?\d[\d ().-]{6,}\d")


def _only_texts(value: Mapping[str, Any]) -> Mapping[str, Any]:
    if not all(isinstance(one, str) for one in value.values()):
        raise ValueError("expected names and texts")
    return value


Texts = Annotated[
    Values,
    AfterValidator(_only_texts),
    WithJsonSchema({"type": "object", "additionalProperties": {"type": "string"}}),
]
"""Names and texts; each text may be a template."""


class Part:
    """A piece of a content whose texts are templates.

    ``texts`` names its fields that are templates, or that hold parts, lists or plain values with
    templates inside; ``html_texts`` those of them that are HTML; ``one_line`` those that become
    headers, in which a line break is refused, in what they hold too; ``longest`` how many characters a text may have.
    """

    texts: ClassVar[tuple[str, ...]] = ()
    html_texts: ClassVar[tuple[str, ...]] = ()
    one_line: ClassVar[tuple[str, ...]] = ("subject", "sender", "reply_to")
    longest: ClassVar[Mapping[str, int]] = {}


class Content(Part, Family):
    """What a message is on one channel.

    A host's own content subclasses it with a ``kind``, under ``@definition``, names its ``channel``, and
    lists in ``texts`` the fields that are templates and in ``html_texts`` those of them that are HTML.
    """

    channel: ClassVar[str] = ""

    if not TYPE_CHECKING:  # a checker knows the arguments by the decorator

        def __init__(self, *given: Any, **named: Any) -> None:
            if not given and not named:
                return
            name = type(self).__name__
            raise DefinitionError(f"the content {name} has no fields.", thing=name, mend="Write @definition above it.")

    def shows(self, evidence: str) -> bool:
        """Whether this content is able to give the evidence, where its channel and route are."""
        return True

    def features(self) -> frozenset[str]:
        """What it asks of a route, of ``FEATURES``."""
        return frozenset()

    def plain(self) -> tuple[str, str]:
        """Its title and its text for a channel that shows nothing else; "" for what it does not have."""
        return "", ""

    def acts(self) -> bool:
        """Whether it gives the person something to do: a link, a number to call, a button."""
        return any(LINK.search(text) or _NUMBER.search(text) for _, text in said(self))

    def words(self) -> str:
        """Its first words, for people."""
        texts = [value for name in self.texts if isinstance(value := getattr(self, name, ""), str) and value]
        return cut(": ".join(texts[:2]), 72)

    def __str__(self) -> str:
        return self.words()


def said(part: Part) -> Iterator[tuple[str, str]]:
    """Every text of a part by the place it has there: ("subject", …), ("cards[0].title", …)."""
    for name in part.texts:
        yield from _said(name, getattr(part, name, ""))


def _said(place: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        if value:
            yield place, value
    elif isinstance(value, Part):
        yield from ((f"{place}.{inner}", text) for inner, text in said(value))
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield from _said(f"{place}.{name}", one)
    elif isinstance(value, list | tuple):
        for number, one in enumerate(value):
            yield from _said(f"{place}[{number}]", one)


def least(text: str) -> str:
    """What a text surely prints: without its variables, and nothing where it has branches."""
    if "{" not in text:
        return text
    return "" if "{%" in text else _PRINTED.sub("", text)


def is_written(text: str) -> bool:
    """Whether a text is final: no template stands in it."""
    return "{{" not in text and "{%" not in text


def check_texts(part: Part, what: str) -> None:
    """Raise DefinitionError for a text that is surely too long, or has a line break where none may be."""
    for name, most in part.longest.items():
        if len(least(getattr(part, name))) > most:
            raise DefinitionError(
                f"the {name} of {what} has more than {most:,} characters.", thing=name, mend="Shorten it."
            )
    for name in part.one_line:
        text = getattr(part, name, "")
        if isinstance(text, str) and is_written(text) and BREAK.search(text):
            raise DefinitionError(f"the {name} of {what} has a line break.", thing=name, mend="Give it as one line.")


def too_many(what: str, given: int, most: int, thing: str) -> None:
    """Raise DefinitionError where there are more than the channel takes."""
    if given > most:
        raise DefinitionError(f"{what} has {given} {thing}; {most} are the most.", thing=thing, mend="Leave some out.")

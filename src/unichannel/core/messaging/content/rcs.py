"""RCS: texts, cards, carousels, files, with replies and actions to tap.

The limits are those of RCS for Business as the networks have them:
https://docs.aws.amazon.com/sms-voice/latest/userguide/sms-limitations-rcs.html (read 2026-11-22).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY
from typing import ClassVar, Literal

from unichannel.core.messaging.content.base import Content, Part, check_texts, least, too_many
from unichannel.core.messaging.content.pieces import Dial, Media, OpenUrl, Reply, Suggestion
from unichannel.core.words.definition import Many, definition
from unichannel.errors import DefinitionError

__all__ = ["MOST_CARDS", "MOST_ON_CARD", "MOST_SUGGESTIONS", "Card", "Rcs"]

MOST_CARDS = 10
MOST_SUGGESTIONS = 11
MOST_ON_CARD = 4
_LABEL = 25
_POSTBACK = 2_048
_URL = 2_000


@definition
class Card(Part):
    """A card: a picture or film, a title, a text (one of them at least), and what may be tapped below."""

    texts: ClassVar[tuple[str, ...]] = ("title", "text", "media", "suggestions")
    longest: ClassVar[Mapping[str, int]] = {"title": 200, "text": 2_000}

    title: str = ""
    text: str = ""
    _: KW_ONLY
    media: Media | None = None
    height: Literal["short", "medium", "tall"] = "medium"
    suggestions: Many[Suggestion] = ()

    def __post_init__(self) -> None:
        if not (self.title.strip() or self.text.strip() or self.media):
            raise DefinitionError("a card shows nothing.", thing="card", mend="Give a title, a text or media=.")
        check_texts(self, "a card")
        check_media(self.media)
        check_suggestions(self.suggestions, "a card", MOST_ON_CARD)


@definition
class Rcs(Content, kind="rcs"):
    """An RCS message: a text, one card or several beside each other, or a file.

    ``suggestions`` are ``Reply``, ``OpenUrl`` and ``Dial``, shown below the message.
    """

    channel: ClassVar[str] = "rcs"
    texts: ClassVar[tuple[str, ...]] = ("text", "cards", "file", "suggestions")
    longest: ClassVar[Mapping[str, int]] = {"text": 3_072}

    text: str = ""
    _: KW_ONLY
    cards: Many[Card] = ()
    file: Media | None = None
    suggestions: Many[Suggestion] = ()

    def __post_init__(self) -> None:
        if sum(map(bool, (self.text.strip(), self.cards, self.file))) != 1:
            raise DefinitionError(
                "an RCS message is a text, or cards, or a file.", thing="rcs", mend="Give exactly one of them."
            )
        too_many("a carousel", len(self.cards), MOST_CARDS, "cards")
        check_texts(self, "an RCS message")
        check_media(self.file)
        check_suggestions(self.suggestions, "an RCS message", MOST_SUGGESTIONS)

    def features(self) -> frozenset[str]:
        form = "carousel" if len(self.cards) > 1 else "card" if self.cards else "media" if self.file else "text"
        tapped = self.suggestions or any(card.suggestions for card in self.cards)
        return frozenset({form, "suggestions"} if tapped else {form})

    def acts(self) -> bool:
        return bool(self.suggestions) or any(card.suggestions for card in self.cards) or super().acts()

    def plain(self) -> tuple[str, str]:
        """The text, or a single card's, with its actions as lines; a carousel has no plain text."""
        if len(self.cards) > 1 or self.file is not None:
            return "", ""
        shown: Rcs | Card = self.cards[0] if self.cards else self
        title = shown.title if isinstance(shown, Card) else ""
        told = [text for text in (title, shown.text) if text]
        actions = [*(self.cards[0].suggestions if self.cards else ()), *self.suggestions]
        lines = [*told, *(line for one in actions if (line := _line(one)))]
        return title, "\n".join(lines) if told else ""


def _line(suggestion: Suggestion) -> str:
    if isinstance(suggestion, OpenUrl):
        return f"{suggestion.label}: {suggestion.url}"
    return f"{suggestion.label}: {suggestion.phone}" if isinstance(suggestion, Dial) else ""


def check_media(media: Media | None) -> None:
    if media is not None and len(least(media.url)) > _URL:
        raise DefinitionError("the URL of a file is too long for RCS.", thing="url", mend="Give a shorter one.")


def check_suggestions(suggestions: Sequence[Suggestion], what: str, most: int) -> None:
    too_many(what, len(suggestions), most, "suggestions")
    for one in suggestions:
        if len(least(one.label)) > _LABEL:
            raise DefinitionError(
                f"a suggestion's label has more than {_LABEL} characters.", thing="label", mend="Shorten it."
            )
        if isinstance(one, Reply) and len(least(one.postback)) > _POSTBACK:
            raise DefinitionError("a reply's postback is too long.", thing="postback", mend="Shorten it.")

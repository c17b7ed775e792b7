"""Spoken messages, and messages in chats."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import KW_ONLY
from typing import ClassVar

from unichannel.core.messaging.content.base import Content, check_texts, too_many
from unichannel.core.messaging.content.pieces import check_url
from unichannel.core.words.definition import Many, definition
from unichannel.core.words.values import Values
from unichannel.errors import DefinitionError

__all__ = ["MOST_BLOCKS", "Chat", "Voice"]

MOST_BLOCKS = 50
"""Blocks of one message (https://docs.slack.dev/reference/block-kit/blocks)."""

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


@definition
class Voice(Content, kind="voice"):
    """A call that says something: a ``text`` that is spoken, or a recording by its URL (``audio``).

    ``language`` (BCP 47, "fr-FR") and ``voice`` (the provider's name of one) say how a text is
    spoken, by default as the route does. A text has 4,096 characters at most
    (https://www.twilio.com/docs/voice/twiml/say). An answered call counts as opened.
    """

    channel: ClassVar[str] = "voice"
    texts: ClassVar[tuple[str, ...]] = ("text", "audio", "language", "voice")
    longest: ClassVar[Mapping[str, int]] = {"text": 4_096}

    text: str = ""
    _: KW_ONLY
    audio: str = ""
    language: str = ""
    voice: str = ""

    def __post_init__(self) -> None:
        if bool(self.text.strip()) == bool(self.audio):
            raise DefinitionError(
                "a call says a text, or plays a recording.", thing="voice", mend="Give a text, or audio=."
            )
        check_texts(self, "a call")
        if self.audio:
            check_url(self.audio, "a call")
        if self.language and "{" not in self.language and not _LANGUAGE.fullmatch(self.language):
            raise DefinitionError(
                f"{self.language!r} is no language.", thing="language", mend="Give one such as fr-FR."
            )

    def features(self) -> frozenset[str]:
        return frozenset({"audio" if self.audio else "text"})

    def acts(self) -> bool:
        """Whoever is called can answer."""
        return True


@definition
class Chat(Content, kind="chat"):
    """A message in a chat: a ``text``, and where the service has them, ``blocks`` in its own form.

    Blocks are plain JSON, their texts templates: Slack's Block Kit, Telegram's ``reply_markup``, a
    card of Teams. The text is shown where blocks are not. Slack cuts a text at 40,000 characters
    (https://api.slack.com/changelog/2018-04-truncating-really-long-messages), other services before.
    """

    channel: ClassVar[str] = "chat"
    texts: ClassVar[tuple[str, ...]] = ("text", "blocks")
    longest: ClassVar[Mapping[str, int]] = {"text": 40_000}

    text: str
    _: KW_ONLY
    blocks: Many[Values] = ()

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise DefinitionError(
                "a chat message needs a text.", thing="text", mend="Give the text, beside blocks too."
            )
        check_texts(self, "a chat message")
        too_many("a chat message", len(self.blocks), MOST_BLOCKS, "blocks")

    def features(self) -> frozenset[str]:
        return frozenset({"blocks"} if self.blocks else {"text"})

    def plain(self) -> tuple[str, str]:
        return "", self.text

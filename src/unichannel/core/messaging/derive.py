"""Deriving: a channel's content from what the message says on another, where that can honestly be done.

A plain text stands for a message whose whole meaning is in it. What is HTML only, has files, is a
carousel, or was approved elsewhere has none, and nothing is derived from it. Texts stay templates,
so what is derived reads the same variables.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from unichannel.core.messaging.content import Chat, Content, InApp, Push, Rcs, Sms, WebPush
from unichannel.core.messaging.content.base import LINK, least
from unichannel.errors import DefinitionError

__all__ = ["DERIVED", "Derived", "derive"]

_SHORT = 320
_GLANCE = 240


@dataclass(frozen=True, slots=True)
class _Rule:
    """Which content is made of a text, and how many characters the text may surely have.

    ``titled``: it has a title before the text, and no link in the text, where nobody could tap it.
    """

    make: Callable[..., Content]
    longest: int
    titled: bool = False

    def takes(self, title: str, text: str) -> bool:
        if not text.strip() or len(least(text)) > self.longest:
            return False
        return not self.titled or (bool(title.strip()) and not LINK.search(text))


DERIVED: Mapping[str, _Rule] = {
    "sms": _Rule(Sms, _SHORT),
    "rcs": _Rule(Rcs, 3_072),
    "chat": _Rule(Chat, 4_000),
    "push": _Rule(Push, _GLANCE, titled=True),
    "web_push": _Rule(WebPush, _GLANCE, titled=True),
    "in_app": _Rule(InApp, 2_000, titled=True),
}
"""The channels for which a content can be derived: an SMS of about two segments, a push that is seen at a glance."""


@dataclass(frozen=True, slots=True)
class Derived:
    """A content that was derived, and the channel whose content it was derived from."""

    content: Content
    source: str


def derive(message: str, contents: Sequence[Content], channel: str) -> Derived:
    """The content for a channel, of the first content that has what it takes.

    Raises DefinitionError where none has, or nothing can be derived for the channel.
    """
    rule = DERIVED.get(channel)
    if rule is None:
        raise DefinitionError(
            f"nothing can be derived for {channel!r} (only for {', '.join(DERIVED)}).",
            thing="derive",
            mend="Write its content.",
        )
    for content in contents:
        title, text = content.plain()
        if rule.takes(title, text):
            made = rule.make(title, text) if rule.titled else rule.make(text)
            return Derived(made, content.channel)
    needs = "a title, and a text without links" if rule.titled else "a text"
    raise DefinitionError(
        f"no content of {message!r} has {needs} that says it all in {rule.longest:,} characters for {channel}.",
        thing="derive",
        mend=f"Write its content for {channel}, or leave it out of derive=.",
    )

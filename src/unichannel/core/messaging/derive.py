"""Deriving: a channel's content from what the message says on another, where that can honestly be done.

A plain text stands for a message whose whole meaning is in it. What is HTML only, has files, is a
carousel, or was approved elsewhere has none, and nothing is derived from it. Texts stay templates,
so what is derived reads the same variables.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from unichannel.core.messaging.content import Chat, Content, InApp, Push, Rcs, Sms, WebPush
from unichannel.core.messaging.content.base import least
from unichannel.errors import DefinitionError

__all__ = ["DERIVED", "Derived", "derive"]

_SHORT = 320
_GLANCE = 240


@dataclass(frozen=True, slots=True)
class _Rule:
    """How a content is made of a title and a text, and how many characters the text may surely have."""

    make: Callable[[str, str], Content]
    longest: int
    titled: bool = False


DERIVED: Mapping[str, _Rule] = {
    "sms": _Rule(lambda title, text: Sms(text), _SHORT),
    "rcs": _Rule(lambda title, text: Rcs(text), 3_072),
    "chat": _Rule(lambda title, text: Chat(text), 4_000),
    "push": _Rule(lambda title, text: Push(title, text), _GLANCE, titled=True),
    "web_push": _Rule(lambda title, text: WebPush(title, text), _GLANCE, titled=True),
    "in_app": _Rule(lambda title, text: InApp(title, text), 2_000, titled=True),
}
"""The channels that a content can be derived for. An SMS has about two segments, a notification what is seen at a glance."""


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
            thing=channel,
            mend="Write its content.",
        )
    for content in contents:
        title, text = content.plain()
        if text.strip() and len(least(text)) <= rule.longest and (title.strip() or not rule.titled):
            return Derived(rule.make(title, text), content.channel)
    needs = "a title and a text" if rule.titled else "a text"
    raise DefinitionError(
        f"no content of {message!r} has {needs} that says it all in {rule.longest:,} characters for {channel}.",
        thing=channel,
        mend=f"Write its content for {channel}, or leave it out of derive=.",
    )

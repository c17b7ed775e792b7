"""Messages: what is to be said, with one content per channel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from unichannel.core.calendar.span import Span, days
from unichannel.core.messaging.content import Content, WhatsApp
from unichannel.core.messaging.derive import Derived, derive
from unichannel.core.words.definition import Many, Named, definition
from unichannel.core.words.event import RECEIVED
from unichannel.core.words.facts import Needs
from unichannel.core.words.saying import line
from unichannel.errors import DefinitionError

__all__ = ["Message"]

_A_DAY = days(1)


@definition
class _Fields:
    name: str
    contents: Many[Content]
    category: str = "marketing"
    about: str = ""
    about_for: Span = _A_DAY
    derive: Named = ()

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise DefinitionError("a message needs a name.", thing="message", mend="Name it.")
        if not self.contents:
            raise DefinitionError(
                f"the message {self.name!r} says nothing.", thing=self.name, mend="Give it an Email, an Sms, …"
            )
        channels = [content.channel for content in self.contents]
        twice = {channel for channel in channels if channels.count(channel) > 1}
        if twice:
            raise DefinitionError(
                f"the message {self.name!r} has two contents for {', '.join(sorted(twice))}.",
                thing=self.name,
                mend="Keep one per channel.",
            )
        if not self.about_for.nominal:
            raise DefinitionError(
                f"the message {self.name!r} speaks alone for no time.",
                thing=self.name,
                mend="Give about_for= above 0, or leave about= out.",
            )
        both = [channel for channel in self.derive if channel in channels]
        if both:
            raise DefinitionError(
                f"the message {self.name!r} has a content for {both[0]}, and derives one.",
                thing="derive",
                mend="Keep one of them.",
            )
        derived = {channel: derive(self.name, self.contents, channel) for channel in self.derive}
        object.__setattr__(self, "_derived", derived)


class Message(_Fields):
    """What is to be said: a name, one content per channel, and the category it belongs to.

    ``Message("welcome", Email(…), Sms(…), category="onboarding")``. ``about`` is the matter that it is
    about, a template such as "order:{{ data.order_id }}": while another run's message about the same
    is on its way, and ``about_for`` after that went out, this one waits. ``derive`` names channels whose
    content is made of the others' plain text: ``derive="sms"``. They are named, not simply all that
    can be, because a channel that is added costs money and interrupts people. Raises
    DefinitionError for no content, two for one channel, and what cannot honestly be derived.
    """

    _derived: ClassVar[dict[str, Derived]]

    def __init__(
        self,
        name: str,
        *contents: Content,
        category: str = "marketing",
        about: str = "",
        about_for: Span = _A_DAY,
        derive: str | Sequence[str] = (),
    ) -> None:
        super().__init__(
            name=name, contents=contents, category=category, about=about, about_for=about_for, derive=derive
        )

    def __str__(self) -> str:
        said = [f"  {content.channel or content.kind}: {content.words()}" for content in self.contents]
        said += [f"  {channel}: derived from {one.source}" for channel, one in self._derived.items()]
        about = f", about {line(self.about)}, alone for {self.about_for.words()}" if self.about else ""
        return "\n".join([f"{line(self.name)}, category {line(self.category)}{about}", *said])

    @property
    def channels(self) -> list[str]:
        """The channels that it has a content for, those derived last."""
        return [*(content.channel for content in self.contents), *self._derived]

    def content(self, channel: str) -> Content | None:
        """The content for a channel, written or derived, None where it has none."""
        for content in self.contents:
            if content.channel == channel:
                return content
        derived = self._derived.get(channel)
        return derived.content if derived is not None else None

    @property
    def needs(self) -> Needs:
        """The facts that it reads: whether the person has written lately, and what else was said about its matter."""
        free = any(isinstance(one, WhatsApp) and one.is_free for one in self.contents)
        needs = Needs(frozenset({RECEIVED})) if free else Needs()
        return needs | Needs(recent=self.about_for.at_most) if self.about else needs

    def derived_from(self, channel: str) -> str:
        """The channel whose content this one's was derived from, "" where it was written."""
        derived = self._derived.get(channel)
        return derived.source if derived is not None else ""

"""Messages: what is to be said, with one content per channel."""

from __future__ import annotations

from unichannel.core.calendar.span import Span, days
from unichannel.core.messaging.content import Content
from unichannel.core.words.definition import Many, definition
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


class Message(_Fields):
    """What is to be said: a name, one content per channel, and the category it belongs to.

    ``Message("welcome", Email(…), Sms(…), category="onboarding")``. ``about`` is the matter that it is
    about, a template such as "order:{{ data.order_id }}": while another run's message about the same
    is on its way, and ``about_for`` after that went out, this one waits. Raises DefinitionError for
    no content, or two for one channel.
    """

    def __init__(
        self,
        name: str,
        *contents: Content,
        category: str = "marketing",
        about: str = "",
        about_for: Span = _A_DAY,
    ) -> None:
        super().__init__(name=name, contents=contents, category=category, about=about, about_for=about_for)

    def __str__(self) -> str:
        said = [f"  {content.channel or content.kind}: {content.words()}" for content in self.contents]
        about = f", about {line(self.about)}, alone for {self.about_for.words()}" if self.about else ""
        return "\n".join([f"{line(self.name)}, category {line(self.category)}{about}", *said])

    def content(self, channel: str) -> Content | None:
        """The content for a channel, None where it has none."""
        for content in self.contents:
            if content.channel == channel:
                return content
        return None

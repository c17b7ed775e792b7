"""Messages: what is to be said, with one content per channel."""

from __future__ import annotations

from unichannel.core.messaging.content import Content
from unichannel.core.words.definition import Many, definition
from unichannel.core.words.saying import line
from unichannel.errors import DefinitionError

__all__ = ["Message"]


@definition
class _Fields:
    name: str
    contents: Many[Content]
    category: str = "marketing"

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


class Message(_Fields):
    """What is to be said: a name, one content per channel, and the category it belongs to.

    ``Message("welcome", Email(…), Sms(…), category="onboarding")``. Raises DefinitionError for no
    content, or two for one channel.
    """

    def __init__(self, name: str, *contents: Content, category: str = "marketing") -> None:
        super().__init__(name=name, contents=contents, category=category)

    def __str__(self) -> str:
        said = [f"  {content.channel or content.kind}: {content.words()}" for content in self.contents]
        return "\n".join([f"{line(self.name)}, category {line(self.category)}", *said])

    def content(self, channel: str) -> Content | None:
        """The content for a channel, None where it has none."""
        for content in self.contents:
            if content.channel == channel:
                return content
        return None

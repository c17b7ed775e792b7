"""Texts to phones: what the codecs of services for SMS and its kin share.

Numbers lose their plus where a service wants none, and get it back; a person's message is read for
opt-out words; a content that a service cannot carry whole is refused before anything is asked for.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, TypeVar

import httpx

from unichannel.core.messaging.content import Content, Media
from unichannel.errors import ConfigurationError
from unichannel.ports import Abilities, Context, Outbound, Outcome, Receipt
from unichannel.providers._shared.phones import Keywords, checked_keywords
from unichannel.providers._shared.single import Codec, Errors, no_sender
from unichannel.providers._shared.talking import Unfit, heard

__all__ = [
    "Senders",
    "TextCodec",
    "bare",
    "captioned",
    "form_of",
    "number",
    "sort_of",
]

T = TypeVar("T")

Senders = str | Mapping[str, str]
"""From whom: one number or name for every channel, or one for each channel that the codec is to serve."""

_VCARDS = frozenset({"text/vcard", "text/x-vcard", "text/directory", "application/vcard"})


class TextCodec(Codec):
    """A codec of a service for texts: a subclass has ``_message`` in the place of ``_request``.

    ``can`` is what it can do once its webhooks are heard (``hears``). Raises ConfigurationError for
    senders of channels that it does not serve, and for keywords of unknown wishes.
    """

    can: ClassVar[Abilities]

    def __init__(
        self,
        name: str,
        base_url: str,
        sender: Senders,
        *,
        hears: bool,
        keywords: Keywords | None,
        extra: Mapping[str, Any] | None,
        errors: Errors | None,
    ) -> None:
        super().__init__(name, base_url, errors)
        self._senders = self._checked(sender)
        self._extra = dict(extra or {})
        self._keywords = checked_keywords(keywords)
        self.abilities = self._heard_of() if hears else replace(self.can, reports=frozenset(), inbound=False)

    def _checked(self, sender: Senders) -> dict[str, str]:
        if isinstance(sender, str):
            return dict.fromkeys(self.channels, sender)
        if not sender or set(sender) - self.channels:
            served = ", ".join(sorted(self.channels))
            raise ConfigurationError(
                f"{type(self).__name__} does not send to these channels.", thing="sender", mend=f"It serves {served}."
            )
        self.channels = frozenset(sender)
        return dict(sender)

    def _heard_of(self) -> Abilities:
        """A name in letters cannot be answered by text."""
        is_name = any(letter.isalpha() for letter in self._senders.get("sms", ""))
        return replace(self.can, reports=self.can.reports - ({"replied"} if is_name else set()))

    def _request(self, outbound: Outbound, ctx: Context) -> httpx.Request | Outcome:
        sender = getattr(outbound.content, "sender", "") or self._senders.get(outbound.channel, "")
        if not sender:
            return no_sender(self)
        try:
            return self._message(outbound, sender, ctx)
        except Unfit as error:
            return Outcome.failed("unsupported_content", str(error))

    @abstractmethod
    def _message(self, outbound: Outbound, sender: str, ctx: Context) -> httpx.Request: ...

    def _heard(self, event: Mapping[str, Any], ctx: Context, **more: Any) -> Sequence[Receipt]:
        """A person's message, after what it changes: see ``heard``."""
        return tuple(heard(event, ctx, self._keywords, **more))


def form_of(forms: Mapping[type[Content], T], content: Content) -> T:
    """What belongs to a content in a table by kind, a host's own kind of it included."""
    return next(form for kind, form in forms.items() if isinstance(content, kind))


def bare(address: str) -> str:
    """A number without its plus."""
    return address.removeprefix("+")


def number(value: str) -> str:
    """A number as E.164: with a plus, where a service leaves it out; short codes and names stay."""
    return f"+{value}" if value.isascii() and value.isdigit() and len(value) > 6 else value


def sort_of(media: Media) -> str:
    """image, audio, video, vcard or file, by its media type."""
    kind = media.media_type.partition(";")[0].lower()
    if kind in _VCARDS:
        return "vcard"
    first = kind.partition("/")[0]
    return first if first in ("image", "audio", "video") else "file"


def captioned(media: Media) -> Media:
    """A file without a caption; raises Unfit for one that has one, where nothing would show it."""
    if media.caption:
        raise Unfit("no text is shown below a file here: leave caption out.")
    return media

"""Text messages, and those with pictures, sounds and films."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import KW_ONLY
from typing import ClassVar

from unichannel.core.messaging.content.base import Content, check_texts, too_many
from unichannel.core.messaging.content.pieces import Media
from unichannel.core.words.definition import Many, definition
from unichannel.errors import DefinitionError

__all__ = ["MMS_TYPES", "MOST_CHARACTERS", "MOST_MEDIA", "Mms", "Sms"]

_LINK = re.compile(r"\|\s*link\b")

MOST_CHARACTERS = 1_600
"""Characters of a text, all segments together (https://www.twilio.com/docs/api/errors/21617)."""

MOST_MEDIA = 10
"""Files of one MMS (https://www.twilio.com/docs/messaging/api/message-resource, ``MediaUrl``)."""

MMS_TYPES = frozenset(
    [
        "application/msword",
        "application/pdf",
        "application/vcard",
        "application/vnd.apple.pkpass",
        "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "audio/3gpp",
        "audio/3gpp2",
        "audio/aac",
        "audio/ac3",
        "audio/amr",
        "audio/amr-nb",
        "audio/basic",
        "audio/mp4",
        "audio/mpeg",
        "audio/ogg",
        "audio/vnd.wave",
        "audio/vorbis",
        "audio/wav",
        "audio/webm",
        "image/bmp",
        "image/gif",
        "image/heic",
        "image/heif",
        "image/jpeg",
        "image/jpg",
        "image/png",
        "image/tiff",
        "text/calendar",
        "text/csv",
        "text/directory",
        "text/richtext",
        "text/rtf",
        "text/vcard",
        "text/x-vcard",
        "video/3gpp",
        "video/3gpp2",
        "video/h261",
        "video/h263",
        "video/h264",
        "video/mp4",
        "video/mpeg",
        "video/quicktime",
        "video/webm",
    ]
)
"""Media types that an MMS takes; jpeg, png and gif are fitted to the phone, the rest go as they are.

https://www.twilio.com/docs/messaging/guides/accepted-mime-types
"""


@definition
class Sms(Content, kind="sms"):
    """A text message; ``sender`` is a number or name, without it the route's."""

    channel: ClassVar[str] = "sms"
    texts: ClassVar[tuple[str, ...]] = ("text", "sender")
    longest: ClassVar[Mapping[str, int]] = {"text": MOST_CHARACTERS}

    text: str
    _: KW_ONLY
    sender: str = ""

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise DefinitionError("an SMS needs a text.", thing="text", mend="Give the text.")
        check_texts(self, "an SMS")

    def shows(self, evidence: str) -> bool:
        """Only a link that is ours is seen clicked."""
        return evidence != "clicked" or _LINK.search(self.text) is not None

    def plain(self) -> tuple[str, str]:
        return "", self.text


@definition
class Mms(Content, kind="mms"):
    """A text message with files: ``Mms("Here it is", media=[Media("https://…/shoe.jpg")])``."""

    channel: ClassVar[str] = "mms"
    texts: ClassVar[tuple[str, ...]] = ("text", "media", "subject", "sender")
    longest: ClassVar[Mapping[str, int]] = {"text": MOST_CHARACTERS, "subject": 40}

    text: str = ""
    _: KW_ONLY
    media: Many[Media]
    subject: str = ""
    sender: str = ""

    def __post_init__(self) -> None:
        if not self.media:
            raise DefinitionError("an MMS needs a file.", thing="media", mend="Give media=, or send an Sms.")
        too_many("an MMS", len(self.media), MOST_MEDIA, "files")
        check_texts(self, "an MMS")
        for one in self.media:
            kind = one.media_type.partition(";")[0].lower()
            if kind and kind not in MMS_TYPES:
                raise DefinitionError(
                    f"an MMS does not take {kind}.", thing=kind, mend="Send a jpeg, png or gif, or a link to it."
                )

    def features(self) -> frozenset[str]:
        return frozenset({"media"})

    def plain(self) -> tuple[str, str]:
        """The text and where the files are, which a phone without MMS opens in its browser."""
        return self.subject, "\n".join([self.text, *(one.url for one in self.media)]) if self.text.strip() else ""

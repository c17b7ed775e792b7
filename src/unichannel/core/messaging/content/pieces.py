"""Pieces that several contents share: files by their URL, and what a person may tap."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import KW_ONLY
from typing import ClassVar

from unichannel.core.messaging.content.base import Part, is_written
from unichannel.core.words.definition import Family, definition
from unichannel.errors import DefinitionError

__all__ = ["TYPES", "Dial", "Media", "OpenUrl", "Reply", "Suggestion", "check_url", "file_type"]

TYPES: Mapping[str, str] = {
    "aac": "audio/aac",
    "amr": "audio/amr",
    "csv": "text/csv",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "gif": "image/gif",
    "heic": "image/heic",
    "htm": "text/html",
    "html": "text/html",
    "ics": "text/calendar",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "json": "application/json",
    "mov": "video/quicktime",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "ogg": "audio/ogg",
    "pdf": "application/pdf",
    "pkpass": "application/vnd.apple.pkpass",
    "png": "image/png",
    "svg": "image/svg+xml",
    "txt": "text/plain",
    "vcf": "text/vcard",
    "wav": "audio/wav",
    "webm": "video/webm",
    "webp": "image/webp",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xml": "application/xml",
    "zip": "application/zip",
}
"""Media types (RFC 6838) by the ending of a name. The machine's own table differs from machine to machine."""

_URL = re.compile(r"[a-z][a-z0-9+.-]*:[^\s]+", re.IGNORECASE)
_WEB = re.compile(r"https?://[^\s/?#]+[^\s]*", re.IGNORECASE)
_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(;.*)?", re.ASCII)
_PHONE = re.compile(r"\+[1-9]\d{5,14}")


def file_type(name: str, type: str = "") -> str:
    """The media type that was given, else that of the name's ending; "" where it tells none."""
    path = name.partition("?")[0].partition("#")[0].rpartition("/")[2]
    return type or TYPES.get(path.rpartition(".")[2].lower(), "")


def check_url(url: str, what: str, *, web: bool = True) -> None:
    """Raise DefinitionError for what is no URL; a template is not looked at."""
    if is_written(url) and not (_WEB if web else _URL).fullmatch(url):
        raise DefinitionError(
            f"{what} has no URL that can be opened.", thing="url", mend="Give one that begins with https://."
        )


def check_type(type: str, what: str) -> None:
    """Raise DefinitionError for what is no media type."""
    if type and not _TYPE.fullmatch(type):
        raise DefinitionError(f"{what}: {type!r} is no media type.", thing="type", mend="Give one such as image/png.")


@definition
class Media(Part):
    """A picture, sound, film or other file by its URL, which the provider fetches.

    ``type`` is its media type, where the URL's ending does not tell it; ``caption`` stands below it.
    """

    texts: ClassVar[tuple[str, ...]] = ("url", "caption")

    url: str
    _: KW_ONLY
    type: str = ""
    caption: str = ""

    def __post_init__(self) -> None:
        check_url(self.url, "a file")
        check_type(self.type, "a file")

    @property
    def media_type(self) -> str:
        """The media type: given, else told by the URL's ending; "" where nothing tells it."""
        return file_type(self.url, self.type)


class Suggestion(Part, Family):
    """Something to tap: an answer, or an action."""

    label: str


def _check_label(label: str) -> None:
    if not label.strip():
        raise DefinitionError("what can be tapped needs a label.", thing="label", mend="Give a word or two.")


@definition
class Reply(Suggestion, kind="reply"):
    """An answer to tap: the person is seen to say ``label``; ``postback`` comes back to us, "" for the label."""

    texts: ClassVar[tuple[str, ...]] = ("label", "postback")
    one_line: ClassVar[tuple[str, ...]] = ("label",)

    label: str
    _: KW_ONLY
    postback: str = ""

    def __post_init__(self) -> None:
        _check_label(self.label)


@definition
class OpenUrl(Suggestion, kind="open_url"):
    """Opens a page: a web address, or a link into an app. ``{{ url | link }}`` tracks it."""

    texts: ClassVar[tuple[str, ...]] = ("label", "url")
    one_line: ClassVar[tuple[str, ...]] = ("label",)

    label: str
    url: str

    def __post_init__(self) -> None:
        _check_label(self.label)
        check_url(self.url, "an action", web=False)


@definition
class Dial(Suggestion, kind="dial"):
    """Calls a number: E.164, such as +33123456789."""

    texts: ClassVar[tuple[str, ...]] = ("label", "phone")
    one_line: ClassVar[tuple[str, ...]] = ("label",)

    label: str
    phone: str

    def __post_init__(self) -> None:
        _check_label(self.label)
        if is_written(self.phone) and not _PHONE.fullmatch(self.phone):
            raise DefinitionError("an action calls no number.", thing="phone", mend="Give it as E.164: +33123456789.")

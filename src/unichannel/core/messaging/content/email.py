"""E-mails: subject, text, HTML, files, pictures inside the HTML, headers."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import KW_ONLY
from typing import Annotated, Any, ClassVar, cast

from pydantic import BeforeValidator, WithJsonSchema

from unichannel.core.messaging.content.base import BREAK, Content, Part, Texts, check_texts, is_written
from unichannel.core.messaging.content.pieces import check_type, file_type
from unichannel.core.words.definition import Many, definition
from unichannel.core.words.values import NOTHING
from unichannel.errors import DefinitionError

__all__ = ["MOST_ATTACHED", "Attachment", "Email"]

MOST_ATTACHED = 10 * 1024 * 1024
"""Bytes of all files of one e-mail: what the strictest provider takes.

https://postmarkapp.com/developer/user-guide/send-email-with-api says 10 MB with the e-mail itself.
"""

_HEADER = re.compile(r"[!-9;-~]+")
_OURS = frozenset(
    [
        "bcc",
        "cc",
        "content-transfer-encoding",
        "content-type",
        "date",
        "dkim-signature",
        "from",
        "list-unsubscribe",
        "list-unsubscribe-post",
        "message-id",
        "mime-version",
        "received",
        "reply-to",
        "return-path",
        "sender",
        "subject",
        "to",
        "x-unichannel-key",
    ]
)
_CID = re.compile(r"""\bcid:([^"'\s)>]+)""", re.IGNORECASE)
_CID_NAME = re.compile(r"[A-Za-z0-9._@+-]+")


def _encoded(value: Any) -> Any:
    return b64encode(value).decode() if isinstance(value, bytes | bytearray) else value


@definition
class Attachment(Part):
    """A file that an e-mail carries.

    ``data`` are its bytes; or base64 as text, which may be a template: ``"{{ data.invoice_base64 }}"``.
    ``type`` is its media type, where the name's ending does not tell it. With ``cid`` it is a
    picture inside the HTML: ``<img src="cid:logo">``.
    """

    texts: ClassVar[tuple[str, ...]] = ("name", "data")
    one_line: ClassVar[tuple[str, ...]] = ("name",)

    name: str
    data: Annotated[str | bytes, BeforeValidator(_encoded), WithJsonSchema({"type": "string"})]
    _: KW_ONLY
    type: str = ""
    cid: str = ""

    def __post_init__(self) -> None:
        check_texts(self, "a file")
        check_type(self.type, "a file")
        if not self.name.strip() or not file_type(self.name, self.type):
            raise DefinitionError(
                "the ending of a file's name does not tell what it is.", thing="name", mend="Give type= too."
            )
        if self.cid and not _CID_NAME.fullmatch(self.cid):
            raise DefinitionError(f"{self.cid!r} is no cid.", thing="cid", mend="Use letters, digits, . _ @ + and -.")
        if is_written(self.base64) and not _is_base64(self.base64):
            raise DefinitionError("a file's data is no base64.", thing="data", mend="Give bytes, or base64 as text.")

    @property
    def media_type(self) -> str:
        """The media type: given, else told by the name's ending."""
        return file_type(self.name, self.type)

    @property
    def base64(self) -> str:
        """Its bytes as base64, as it is kept; a template until it is rendered."""
        return cast("str", self.data)

    @property
    def content(self) -> bytes:
        """Its bytes, once it is rendered."""
        return b64decode(self.base64)


def _is_base64(text: str) -> bool:
    try:
        return bool(b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        return False


@definition
class Email(Content, kind="email"):
    """An e-mail: a subject, and a text, an HTML body or both.

    ``sender`` and ``reply_to`` are mailboxes, with or without a name; without ``sender`` the route's
    (D1: ``sender="{{ profile.owner_name }} <{{ profile.owner_email }}>"``). ``attachments`` are
    ``Attachment`` files, pictures inside the HTML among them. ``headers`` are added to ours; a
    header that we or the provider write is refused.
    """

    channel: ClassVar[str] = "email"
    texts: ClassVar[tuple[str, ...]] = ("subject", "text", "html", "sender", "reply_to", "attachments", "headers")
    html_texts: ClassVar[tuple[str, ...]] = ("html",)
    one_line: ClassVar[tuple[str, ...]] = ("subject", "sender", "reply_to", "headers")

    subject: str
    _: KW_ONLY
    text: str = ""
    html: str = ""
    sender: str = ""
    reply_to: str = ""
    attachments: Many[Attachment] = ()
    headers: Texts = NOTHING

    def __post_init__(self) -> None:
        if not self.subject.strip():
            raise DefinitionError("an e-mail needs a subject.", thing="subject", mend="Give subject=.")
        if not (self.text or self.html):
            raise DefinitionError("an e-mail has neither text nor html.", thing="email", mend="Give text= or html=.")
        check_texts(self, "an e-mail")
        _check_headers(self.headers)
        self._check_files()

    def _check_files(self) -> None:
        if sum(len(one.data) for one in self.attachments) * 3 // 4 > MOST_ATTACHED:
            raise DefinitionError(
                f"the files of an e-mail have more than {MOST_ATTACHED // 1024 // 1024} MB.",
                thing="attachments",
                mend="Link to them instead.",
            )
        known = {one.cid for one in self.attachments if one.cid}
        lost = sorted(set(_CID.findall(self.html)) - known) if is_written(self.html) else []
        if lost:
            raise DefinitionError(
                f"the HTML shows cid:{lost[0]}, which no attachment is.", thing="html", mend="Give its Attachment."
            )

    def shows(self, evidence: str) -> bool:
        """A text alone loads no picture, so it shows no open."""
        return evidence != "opened" or bool(self.html)

    def features(self) -> frozenset[str]:
        kinds = {"inline" if one.cid else "attachments" for one in self.attachments}
        return frozenset(kinds)

    def plain(self) -> tuple[str, str]:
        """The text, not the HTML; a text that speaks of its files cannot do without them."""
        return self.subject, "" if self.attachments else self.text


def _check_headers(headers: Mapping[str, str]) -> None:
    """RFC 5322, 2.2: a name of printable ASCII without a colon, a value on one line."""
    for name, value in headers.items():
        if not _HEADER.fullmatch(name) or name.lower() in _OURS:
            raise DefinitionError(
                f"{name!r} is no header that an e-mail may add.", thing=name, mend="Name one of your own, such as X-…."
            )
        if is_written(value) and BREAK.search(value):
            raise DefinitionError(f"the header {name} has a line break.", thing=name, mend="Give it as one line.")

"""E-mails as bytes for SMTP: the same delivery at the same instant gives the same bytes.

Bodies are always 7-bit (quoted-printable or base64), so that no relay has to convert them, which
would break signatures (RFC 6376, 5.3). SMTPUTF8 (RFC 6531) is asked for only where the part of an
address before its @ is not ASCII; a domain goes in its ASCII form.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import quote
from functools import partial
from textwrap import TextWrapper
from typing import Any

import httpx

from unichannel.core.messaging.content import Email
from unichannel.core.messaging.link import message_id
from unichannel.core.words.instant import to_datetime
from unichannel.errors import InvalidInput
from unichannel.ports import Outbound
from unichannel.ports.mailbox import HEADER_NAME, Box, one_line

__all__ = ["Parcel", "compose", "mailbox"]

_BOX = re.compile(r"[^\s@<>,;:\"\\()\[\]]+@[^\s@<>,;:\"\\()\[\]]+")
_FILL = partial(TextWrapper, width=78, subsequent_indent=" ", break_long_words=False, break_on_hyphens=False)
_BREAKS = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Parcel:
    """An e-mail ready for SMTP, of the delivery with this ``key``.

    ``utf8``: the server has to know SMTPUTF8; ``body`` ends its lines with CRLF.
    """

    id: str
    key: str
    sender: str = field(repr=False)
    recipient: str = field(repr=False)
    body: bytes = field(repr=False)
    utf8: bool = False


def compose(outbound: Outbound, content: Email, sender: str, domain: str, now: int) -> Parcel:
    """The e-mail of a delivery.

    ``sender`` is the route's, used where the content has none; ``domain`` is that of the
    Message-ID, "" for the sender's; ``now`` (microseconds UTC) is its Date: that of
    the first attempt, so that every attempt carries the same bytes. Raises InvalidInput
    for what is no mailbox, and ValueError for a text or header that cannot be written.
    """
    author = mailbox(content.sender or sender, "sender")
    recipient = _box(outbound.address, "address")
    name = message_id(outbound.key, _ascii(domain) or author.domain)
    mail = EmailMessage(_Wire(linesep="\r\n", cte_type="7bit"))
    mail["From"], mail["To"], mail["Subject"] = author, recipient, one_line(content.subject)
    if content.reply_to:
        mail["Reply-To"] = mailbox(content.reply_to, "reply_to")
    mail["Date"], mail["Message-ID"] = to_datetime(now), name
    mail["X-Unichannel-Key"] = outbound.key
    _add(mail, outbound.headers)
    _fill(mail, content, outbound.key)
    utf8 = not (author.addr_spec + recipient.addr_spec).isascii()
    body = _BREAKS.sub(b"\r\n", mail.as_bytes().rstrip(b"\r\n") + b"\n")
    return Parcel(name, outbound.key, author.addr_spec, recipient.addr_spec, body, utf8)


def mailbox(text: str, name: str) -> Address:
    """A mailbox, with or without a name before it, its domain in ASCII; raises InvalidInput for what is none."""
    box = Box.of(text)
    return _box(box.email, name, box.name)


def _box(text: str, name: str, shown: str = "") -> Address:
    if not _BOX.fullmatch(text):
        raise InvalidInput(f"the {name} is no mailbox.", thing=name, mend="Give one such as ada@example.com.")
    local, _, domain = text.rpartition("@")
    return Address(shown, local, _ascii(domain))


def _ascii(domain: str) -> str:
    """The domain in ASCII; httpx knows IDNA 2008, Python's own codec sends faß.de to fass.de."""
    if domain.isascii():
        return domain
    try:
        return httpx.URL(f"http://{domain}").raw_host.decode("ascii")
    except httpx.InvalidURL:
        raise InvalidInput("a mailbox's domain is none.", thing="domain", mend="Check its letters.") from None


def _add(mail: EmailMessage, headers: tuple[tuple[str, str], ...]) -> None:
    for name, value in headers:
        if not HEADER_NAME.fullmatch(name):
            raise ValueError("a header's name is none")
        mail[name] = one_line(value)


def _fill(mail: EmailMessage, content: Email, key: str) -> None:
    if content.text:
        mail.set_content(content.text)
    if content.html and content.text:
        mail.add_alternative(content.html, subtype="html")
        mail.set_boundary(f"=_unichannel_{key}")  # not by chance, so that a second attempt is the same
    elif content.html:
        mail.set_content(content.html, subtype="html")
    _attach(mail, content, key)


def _attach(mail: EmailMessage, content: Email, key: str) -> None:
    """Pictures of the HTML beside it (RFC 2387), files beside all (RFC 2046, 5.1.3); boundaries not by chance."""
    pictures = [one for one in content.attachments if one.cid]
    shown = mail.get_body(("html",)) if pictures else None
    if isinstance(shown, EmailMessage):
        for one in pictures:
            main, _, sub = one.media_type.partition("/")
            shown.add_related(
                one.content, main, sub, cid=f"<{one.cid}>", filename=one_line(one.name), disposition="inline"
            )
        shown.set_boundary(f"=_unichannel_related_{key}")
    files = [one for one in content.attachments if not one.cid]
    for one in files:
        main, _, sub = one.media_type.partition(";")[0].partition("/")
        mail.add_attachment(one.content, main, sub, filename=one_line(one.name))
    if files:
        mail.set_boundary(f"=_unichannel_mixed_{key}")


class _Wire(EmailPolicy):
    """Writes headers by ``email.header``.

    EmailPolicy's own writer loses a space between an encoded word and the next (seen with Python
    3.11), and encodes a long URL, which breaks List-Unsubscribe (RFC 2369).
    """

    def fold(self, name: str, value: Any) -> str:
        if name.lower().startswith("content-"):
            return str(super().fold(name, value))  # a file's name is a parameter (RFC 2231), not an encoded word
        addresses = getattr(value, "addresses", None)
        text = ", ".join(map(_written, addresses)) if addresses else str(value)
        if not text.isascii() and not addresses:
            return f"{name}: {Header(text, 'utf-8', header_name=name).encode(linesep=self.linesep)}{self.linesep}"
        return self.linesep.join(_folded(name, text)) + self.linesep

    def fold_binary(self, name: str, value: Any) -> bytes:
        return self.fold(name, value).encode()


def _folded(name: str, text: str) -> list[str]:
    """Lines of 78 characters at most (RFC 5322, 2.1.1); a longer word stays whole."""
    return _FILL(initial_indent=f"{name}: ").wrap(text) or [f"{name}: "]


def _written(address: Address) -> str:
    name = address.display_name
    if not name:
        return address.addr_spec
    shown = f'"{quote(name)}"' if name.isascii() else Header(name, "utf-8", header_name="Reply-To").encode()
    return f"{shown} <{address.addr_spec}>"

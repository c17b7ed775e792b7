"""Bounces that came as e-mail: delivery status notifications, and whose delivery they are about.

Sources: RFC 3464 §2.2 and §2.3 (reports), RFC 3463 §3.2 and the IANA registry of enhanced status codes (5.1.x).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message
from email.parser import BytesParser, Parser

from unichannel.core.messaging.link import key_of_message_id
from unichannel.core.words.ids import digest
from unichannel.errors import MalformedWebhook
from unichannel.ports import Context, Receipt, Request

__all__ = ["bounces"]

_ACTIONS = {"failed": "bounced", "delayed": "deferred", "delivered": "delivered", "relayed": "delivered"}
_NO_SUCH_ADDRESS = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"})
_STATUS = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
_ADDRESS = re.compile(r"[^\s<>:;,()\"']+@[^\s<>:;,()\"']+")


def bounces(request: Request, kind: str, ctx: Context) -> Iterator[Receipt]:
    """What a report of that content type tells of each recipient; raises MalformedWebhook for what is none."""
    report = _report(request, kind)
    status = next((part for part in report.walk() if part.get_content_type() == "message/delivery-status"), None)
    groups = status.get_payload() if status is not None else None
    if not isinstance(groups, list):
        raise _malformed("has no delivery-status part")
    people = [group for group in groups if isinstance(group, Message) and "Final-Recipient" in group]
    if not people or any("Action" not in person for person in people):
        raise _malformed("names no recipient, or not what became of one")
    key, original = _original(report)
    mark = digest(f"{_header(report, 'Message-ID')}\x1f{key}\x1f{original}")[:16]
    for place, person in enumerate(people):
        yield _bounce(person, ctx, key, original, f"{mark}.{place}")


def _bounce(person: Message, ctx: Context, key: str, original: str, mark: str) -> Receipt:
    action = _header(person, "Action").partition(";")[0].strip().lower()
    kind = _ACTIONS.get(action, "unknown")
    found = _STATUS.search(_header(person, "Status"))
    code = found.group() if found else ""
    said = _header(person, "Diagnostic-Code")
    return Receipt(
        kind,
        ctx.now,
        key=key,
        provider_id="" if key else original,
        id=f"dsn{mark}.{action}.{code}",
        channel="email",
        address=_header(person, "Final-Recipient").partition(";")[2].strip().strip("<>"),
        code=code,
        reason=_ADDRESS.sub("(address)", said),
        address_dead=kind == "bounced" and code in _NO_SUCH_ADDRESS,
        raw={name: str(value) for name, value in person.items()},
    )


def _original(report: Message) -> tuple[str, str]:
    """Our key, and the Message-ID of the e-mail that the report is about; "" for what is not told."""
    told = [(_key(headers), _header(headers, "Message-ID")) for headers in _returned(report)]
    told += [(key, "") for key in _envelopes(report)]
    answered = f"{_header(report, 'In-Reply-To')} {_header(report, 'References')}"
    told.append((key_of_message_id(answered) or "", _header(report, "In-Reply-To")))
    ours = (pair for pair in told if pair[0])
    return next(ours, next((pair for pair in told if pair[1]), ("", "")))


def _envelopes(report: Message) -> Iterator[str]:
    """The keys that SMTP gave the server as ENVID (RFC 3461, 4.4): a report may return no header at all."""
    for part in report.walk():
        envelope = _header(part, "Original-Envelope-Id")
        if envelope:
            yield key_of_message_id(f"{envelope}.unichannel@") or ""


def _key(headers: Message) -> str:
    ours = f"{_header(headers, 'X-Unichannel-Key')}.unichannel@ {_header(headers, 'Message-ID')}"
    return key_of_message_id(ours) or ""


def _returned(report: Message) -> Iterator[Message]:
    for part in report.walk():
        kind, body = part.get_content_type(), part.get_payload()
        if kind == "message/rfc822" and isinstance(body, list) and isinstance(body[0], Message):
            yield body[0]
        elif kind == "text/rfc822-headers":
            raw = part.get_payload(decode=True)
            yield Parser().parsestr(raw.decode("utf-8", "replace") if isinstance(raw, bytes) else "", headersonly=True)


def _header(message: Message, name: str) -> str:
    return " ".join(str(message.get(name, "")).split())


def _report(request: Request, kind: str) -> Message:
    head = b""
    if kind == "multipart/report":
        kept = request.header("Content-Type").replace("\r", " ").replace("\n", " ")
        head = f"Content-Type: {kept}\r\n\r\n".encode("ascii", "replace")
    return BytesParser().parsebytes(head + request.body)


def _malformed(what: str) -> MalformedWebhook:
    return MalformedWebhook(f"the report {what}.", thing="tracking", mend="Post delivery status notifications only.")

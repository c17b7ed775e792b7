"""One dialogue with an SMTP server (RFC 5321), and what its answers amount to.

Nothing is accepted before the server answers the final dot of DATA. Whatever goes wrong earlier is
a *retry* (our own settings included, so that nobody is lost to them), a refusal by 5xx is *failed*,
and silence after the dot is *in doubt*.
"""

from __future__ import annotations

import re
import smtplib
import ssl
import time
from contextlib import suppress
from typing import Any

from unichannel.errors import ConfigurationError
from unichannel.ports import Outcome
from unichannel.transports.mime import Parcel

__all__ = ["Line", "Refused", "TlsLine", "not_reached", "transmit"]

_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?!\d)")
_NOTIFY = "NOTIFY=FAILURE,DELAY"
"""What the server shall report of (RFC 3461, 4.1): with ENVID, in the words of RFC 3464, and without the text."""
_AUTH = frozenset({530, 534, 535, 538})
"""Replies that ask for other credentials or for TLS (RFC 4954, 6; RFC 3207, 4)."""
_SENDERS = frozenset({"5.1.7", "5.1.8"})
"""The two of 5.1.x that speak of the sender's address (RFC 3463, 3.2)."""


class Line(smtplib.SMTP):
    """A connection whose every wait ends by one instant.

    ``closings``: how often its owner had been closed when it was made.
    """

    closings = 0

    def __init__(self, host: str, port: int, seconds: float, **more: Any) -> None:
        self.limit(seconds)
        super().__init__(host, port, timeout=seconds, **more)

    def limit(self, seconds: float) -> None:
        """All that is waited for until the next call of this ends within so many seconds."""
        self._until = time.monotonic() + seconds

    def _arm(self) -> None:
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        self.sock.settimeout(max(self._until - time.monotonic(), 0.001))

    def send(self, s: Any) -> None:
        self._arm()
        super().send(s)

    def getreply(self) -> tuple[int, bytes]:
        self._arm()
        try:
            return super().getreply()
        except smtplib.SMTPResponseException:  # smtplib makes a 500 of a line too long
            raise smtplib.SMTPServerDisconnected("unreadable reply") from None

    def leave(self, seconds: float) -> None:
        """QUIT, however the server takes it."""
        self.limit(seconds)
        with suppress(OSError, smtplib.SMTPException):
            self.quit()
        self.close()


class TlsLine(Line, smtplib.SMTP_SSL):
    """A connection that is TLS from the start."""


class Refused(Exception):
    """The server refused a command, or the text."""

    def __init__(self, stage: str, code: int, text: bytes) -> None:
        super().__init__(stage)
        self.stage, self.code, self.text = stage, code, text.decode("utf-8", "replace")

    def outcome(self, parcel: Parcel) -> Outcome:
        """What the refusal amounts to; its code is the enhanced one (RFC 3463) where there is one."""
        found = _ENHANCED.match(self.text)
        enhanced = found.group() if found else ""
        reason = f"{self.stage.upper()} was answered {self.code} {_scrubbed(self.text, parcel)}"
        if self.code in _AUTH:
            return Outcome.misconfiguration("auth", f"{reason} Mend the credentials or the TLS of the SMTP URL.")
        if self.code // 100 == 5:
            return Outcome.failed(enhanced or str(self.code), reason, address="dead" if self._dead(enhanced) else "")
        return Outcome.retry(enhanced or str(self.code), reason)

    def _dead(self, enhanced: str) -> bool:
        """Whether it is the recipient's address that is wrong: RFC 3463, 3.2; 5.7.x is about us."""
        if enhanced:
            return enhanced.startswith("5.1.") and enhanced not in _SENDERS and self.stage != "mail"
        return self.code == 550 and self.stage == "rcpt"


def transmit(line: Line, parcel: Parcel, seconds: float) -> Outcome:
    """Say one message; ``seconds`` are for its text and the answer to it.

    Raises Refused for a refusal, and smtplib's errors and OSError for trouble before the final dot.
    """
    if parcel.utf8 and not line.has_extn("smtputf8"):
        return Outcome.failed("5.6.7", "the address is not ASCII, and the server knows no SMTPUTF8 (RFC 6531)")
    _expect("mail", 2, line.mail(parcel.sender, _options(line, parcel)))
    _expect("rcpt", 2, line.rcpt(parcel.recipient, [_NOTIFY] if line.has_extn("dsn") else []))
    _expect("data", 3, line.docmd("DATA"))
    line.limit(seconds)
    line.send(re.sub(rb"(?m)^\.", b"..", parcel.body) + b".\r\n")  # dots: RFC 5321, 4.5.2
    try:
        code, text = line.getreply()
    except Exception as error:
        line.close()
        return Outcome.in_doubt("timeout", f"no answer to the message: {type(error).__name__}", provider_id=parcel.id)
    if code // 100 not in (2, 4, 5):
        line.close()
        return Outcome.in_doubt("protocol", f"the message was answered {code}", provider_id=parcel.id)
    _expect("text", 2, (code, text))
    return Outcome.accepted(parcel.id)


def _options(line: Line, parcel: Parcel) -> list[str]:
    size = [f"SIZE={len(parcel.body)}"] if line.has_extn("size") else []
    told = ["RET=HDRS", f"ENVID={_xtext(parcel.key)}"] if line.has_extn("dsn") else []
    return [*size, *told, *(["SMTPUTF8", "BODY=8BITMIME"] if parcel.utf8 else [])]


def _xtext(text: str) -> str:
    """The text as a parameter carries it (RFC 3461, 4)."""
    return "".join(one if "!" <= one <= "~" and one not in "+=" else f"+{ord(one):02X}" for one in text)


def _expect(stage: str, first: int, reply: tuple[int, bytes]) -> None:
    if reply[0] // 100 != first:
        raise Refused(stage, *reply)


def not_reached(error: Exception) -> Outcome:
    """Trouble before the final dot: nothing was accepted, whoever is to blame."""
    kind = type(error).__name__
    if isinstance(error, ConfigurationError):
        return Outcome.misconfiguration("configuration", str(error))
    if isinstance(error, smtplib.SMTPAuthenticationError) and error.smtp_code // 100 == 5:
        return Outcome.misconfiguration("auth", "the server refused the credentials: mend the SMTP URL")
    if isinstance(error, smtplib.SMTPResponseException):
        return Outcome.retry(str(error.smtp_code), f"the server answered {error.smtp_code} ({kind})")
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Outcome.misconfiguration("configuration", "the server offers no AUTH: mend the SMTP URL")
    if isinstance(error, ssl.SSLError):
        return Outcome.retry("tls", f"no TLS with the server: {kind}")
    return Outcome.retry("unreachable", f"the server cannot be reached: {kind}")


def _scrubbed(text: str, parcel: Parcel) -> str:
    """The server's own words, without addresses."""
    local = re.escape(parcel.recipient.rpartition("@")[0])
    bare = re.sub(r"\S*@\S*", "…", " ".join(text.split()))
    return re.sub(rf"(?<!\w){local}(?!\w)", "…", bare, flags=re.IGNORECASE)[:200]

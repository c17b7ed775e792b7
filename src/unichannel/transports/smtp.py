"""SMTP (RFC 5321), by the standard library: settings, faces and the connections that are kept.

What is said on a connection, and what an answer amounts to, is in ``transports.dialogue``; how an
e-mail is written, in ``transports.mime``.
"""

from __future__ import annotations

import asyncio
import smtplib
import ssl
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from unichannel.core.messaging.content import Email
from unichannel.errors import ConfigurationError, InvalidInput
from unichannel.ports import Abilities, Context, Outbound, Outcome
from unichannel.transports.dialogue import Line, Refused, TlsLine, not_reached, transmit
from unichannel.transports.mime import Parcel, compose, mailbox

__all__ = ["Smtp"]

_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


class Smtp:
    """Sends e-mails to one SMTP server.

    ``url``: ``smtp://`` (port 25; STARTTLS where it is offered), ``smtp+starttls://`` (port 587;
    STARTTLS or nothing), ``smtps://`` (port 465; TLS from the start); user and password
    percent-encoded. Credentials never go to another machine without TLS. ``sender``: the mailbox
    for contents without one. ``domain``: the Message-ID's, by default the sender's. ``timeout``:
    seconds for all that comes before a message's text, and again for the text and its answer.
    ``reports``: evidence that the host itself tells of. One instance serves many threads; each
    call has a connection of its own, and connections are kept for the next calls.

    Raises ConfigurationError for a URL or sender that cannot be read.
    """

    blocking = True

    def __init__(
        self,
        url: str,
        *,
        sender: str = "",
        name: str = "smtp",
        domain: str | None = None,
        timeout: float = 20.0,
        tls: ssl.SSLContext | None = None,
        channel: str = "email",
        reports: Iterable[str] = (),
    ) -> None:
        self._server = _read(url)
        if sender:
            _check(sender)
        self._sender, self._domain, self._timeout, self._tls = sender, domain or "", timeout, tls
        self._name, self._channels = name, frozenset({channel})
        self._abilities = Abilities(reports=frozenset(reports))
        self._lock = threading.Lock()
        self._idle: list[Line] = []
        self._closings = 0

    def __repr__(self) -> str:
        return f"Smtp({self._name!r}, '{self._server.scheme}://{self._server.host}:{self._server.port}')"

    @property
    def name(self) -> str:
        """The transport's name."""
        return self._name

    @property
    def channels(self) -> frozenset[str]:
        """The one channel that it serves."""
        return self._channels

    @property
    def abilities(self) -> Abilities:
        """SMTP takes no key, reports nothing by itself and looks nothing up."""
        return self._abilities

    @property
    def longest_call(self) -> float:
        """Seconds within which a call ends.

        Only a slow resolver, or a host of several addresses that do not answer, can stretch it; a
        message has not gone then.
        """
        return 2 * self._timeout

    def carry(self, outbound: Outbound, ctx: Context) -> Outcome:
        """Send it now; raises nothing for what the server, the network or the content does."""
        content = outbound.content
        if not isinstance(content, Email):
            return Outcome.failed("content", f"SMTP carries e-mails, not {type(content).__name__}")
        if not (content.sender or self._sender):
            return Outcome.misconfiguration("configuration", "no sender: give Smtp(sender=…) or Email(sender=…)")
        try:
            parcel = compose(outbound, content, self._sender, self._domain, outbound.since or ctx.now)
        except Exception as error:  # the email package raises many kinds
            thing = error.thing if isinstance(error, InvalidInput) else "content"
            return Outcome.failed(thing, f"the e-mail cannot be written: {type(error).__name__}")
        return self._deliver(parcel)

    async def carry_async(self, outbound: Outbound, ctx: Context) -> Outcome:
        """Send it now, in a thread.

        SMTP is one blocking conversation: an asynchronous client would be a second copy of the
        rules that tell a retry from a doubt.
        """
        return await asyncio.to_thread(self.carry, outbound, ctx)

    def look_up(self, outbound: Outbound, ctx: Context) -> Outcome | None:
        """SMTP cannot look up: in doubt it was, in doubt it stays."""
        return Outcome.in_doubt("no_look_up", "SMTP cannot look up a message")

    async def look_up_async(self, outbound: Outbound, ctx: Context) -> Outcome | None:
        """SMTP cannot look up: in doubt it was, in doubt it stays."""
        return self.look_up(outbound, ctx)

    def close(self) -> None:
        """Take leave of the server; it may be used again afterwards."""
        with self._lock:
            lines, self._idle = self._idle, []
            self._closings += 1
        for line in lines:
            line.leave(self._timeout / 4)

    async def close_async(self) -> None:
        """Take leave of the server; it may be used again afterwards."""
        await asyncio.to_thread(self.close)

    def _deliver(self, parcel: Parcel) -> Outcome:
        try:
            line = self._kept() or self._connected()
        except Exception as error:
            return not_reached(error)
        try:
            outcome = transmit(line, parcel, self._timeout)
        except Refused as refused:
            outcome = refused.outcome(parcel)
            if refused.code == 421:  # the server is leaving
                line.close()
            self._keep(line)
        except Exception as error:  # all of it before the final dot had gone
            line.close()
            outcome = not_reached(error)
        except BaseException:
            line.close()
            raise
        else:
            self._keep(line)
        return outcome

    def _kept(self) -> Line | None:
        """A connection of an earlier call that still answers; RSET also clears what that call left."""
        with self._lock:
            line = self._idle.pop() if self._idle else None
        if line is None:
            return None
        try:
            line.limit(self._timeout / 4)  # one that died silently must leave time for a new one
            if line.rset()[0] == 250:
                line.limit(self._timeout * 3 / 4)
                return line
        except (OSError, smtplib.SMTPException):
            pass
        line.close()
        return None

    def _keep(self, line: Line) -> None:
        with self._lock:
            if line.sock is not None and line.closings == self._closings:
                self._idle.append(line)
                return
        line.leave(self._timeout / 4)

    def _connected(self) -> Line:
        server = self._server
        kind, more = (TlsLine, {"context": self._context(strict=True)}) if server.scheme == "smtps" else (Line, {})
        line = kind(server.host, server.port, self._timeout * 3 / 4, **more)
        try:
            line.closings = self._closings
            line.ehlo_or_helo_if_needed()
            if server.scheme != "smtps":
                self._secure(line)
            if server.user:
                line.login(server.user, server.password)
        except BaseException:
            line.close()
            raise
        return line

    def _secure(self, line: Line) -> None:
        strict = self._server.scheme == "smtp+starttls"
        if line.has_extn("starttls"):
            line.starttls(context=self._context(strict=strict))
            line.ehlo_or_helo_if_needed()
        elif strict or (self._server.user and not self._server.loopback):
            raise ConfigurationError("the server offers no TLS", thing="smtp", mend="use smtps://, or check the port")

    def _context(self, *, strict: bool) -> ssl.SSLContext:
        context = self._tls or ssl.create_default_context()
        if self._tls is None and not strict and self._server.loopback:
            # A local relay's certificate seldom names "localhost", and nobody stands between.
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


@dataclass(frozen=True, slots=True)
class _Server:
    scheme: str
    host: str
    port: int
    user: str = field(repr=False)
    password: str = field(repr=False)

    @property
    def loopback(self) -> bool:
        with suppress(ValueError):
            return ip_address(self.host).is_loopback
        return self.host == "localhost"


def _read(url: str) -> _Server:
    """The URL's parts; no error shows the URL, since a password may stand in it."""
    mend = "Give smtp://user:password@host:port (or smtps://, smtp+starttls://), percent-encoded."
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
        user, password = (unquote(text or "", errors="strict") for text in (parts.username, parts.password))
        wrong = parts.path.strip("/") or parts.query or parts.fragment
    except (ValueError, KeyError):
        raise ConfigurationError("the SMTP URL cannot be read.", thing="smtp", mend=mend) from None
    if not parts.hostname or wrong or bool(user) != bool(password):
        raise ConfigurationError(
            "the SMTP URL lacks a host, a user or a password, or has more than that.", thing="smtp", mend=mend
        )
    if not (user + password).isascii():
        raise ConfigurationError("SMTP credentials must be ASCII.", thing="smtp", mend="Choose others.")
    return _Server(parts.scheme, parts.hostname, port, user, password)


def _check(sender: str) -> None:
    try:
        mailbox(sender, "sender")
    except InvalidInput as error:
        raise ConfigurationError(error.message, thing="sender", mend=error.mend) from None

"""The loopback SMTP server: other people's mailboxes."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from collections.abc import Mapping
from email import message_from_bytes
from email.message import Message
from html import unescape

from aiosmtpd.smtp import SMTP, Envelope, Session

from unichannel.cli.demo.data import Human
from unichannel.cli.demo.journal import Arrival, DemoClock, Journal, Kills
from unichannel.cli.demo.journeys import SUBJECTS

__all__ = ["MailServer"]

_HREF = re.compile(r'<a\s[^>]*href="([^"]+)"')
_PIXEL = re.compile(r'<img\s[^>]*src="([^"]+)"[^>]*width="1"')
_KEY = re.compile(r"<([A-Za-z0-9_-]+)\.unichannel@")
_BY_SUBJECT = {subject: name for name, subject in SUBJECTS.items()}


class MailServer:
    """Takes mail for the demo's people on 127.0.0.1, parses it, and refuses what their mailboxes refuse.

    It has a thread with a loop of its own; aiosmtpd's own controller cannot listen on a free port.
    """

    def __init__(self, people: Mapping[str, Human], journal: Journal, clock: DemoClock, kills: Kills) -> None:
        self._handler = _Handler(people, journal, clock, kills)
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="demo-mail", daemon=True)

    @property
    def url(self) -> str:
        """Where it listens, as ``Smtp`` reads it."""
        return f"smtp://127.0.0.1:{self._socket.getsockname()[1]}"

    def start(self) -> None:
        """Listen."""
        self._thread.start()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(self._loop.create_server(self._protocol, sock=self._socket))
        self._loop.run_forever()
        server.close()
        self._loop.run_until_complete(_end_all())
        self._loop.close()

    def _protocol(self) -> SMTP:
        return SMTP(self._handler, hostname="demo.example", ident="demo", loop=self._loop)

    def stop(self) -> None:
        """Listen no more."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)


async def _end_all() -> None:
    """Cancel conversations whose client was killed."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


class _Handler:
    """aiosmtpd calls these by name."""

    def __init__(self, people: Mapping[str, Human], journal: Journal, clock: DemoClock, kills: Kills) -> None:
        self._people, self._journal, self._clock, self._kills = people, journal, clock, kills
        self._greeted: set[str] = set()

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        human = self._people.get(address)
        if human is None or human.mailbox == "dead":
            return "550 5.1.1 No such user here"
        if human.mailbox == "down":
            return "451 4.3.2 System not accepting messages"
        if human.mailbox == "greylisted" and address not in self._greeted:
            self._greeted.add(address)
            return "451 4.7.1 Greylisted, try again later"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Recipient OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        human = self._people[envelope.rcpt_tos[0]]
        moment = self._kills.arriving()
        if moment == "before":
            self._kills.kill(moment)
            return "451 4.3.0 Never mind"
        if human.mailbox == "filtered":
            return "550 5.7.1 Message refused by policy"
        self._journal.add(read_mail(envelope.content or b"", human.id, self._clock.now()))
        if moment is not None:
            self._kills.kill(moment)
        return "250 2.0.0 Taken"


def read_mail(content: bytes | str, profile: str, at: int) -> Arrival:
    """An e-mail as the person sees it; the key from our header, else from the Message-ID."""
    mail = message_from_bytes(content.encode() if isinstance(content, str) else content)
    html = _html(mail)
    found = _KEY.search(str(mail["Message-ID"]))
    pixel = _PIXEL.search(html)
    return Arrival(
        at,
        "email",
        str(mail["X-Unichannel-Key"] or (found[1] if found else "")),
        profile,
        _BY_SUBJECT[str(mail["Subject"])],
        tuple(unescape(url) for url in _HREF.findall(html)),
        unescape(pixel[1]) if pixel else "",
    )


def _html(mail: Message) -> str:
    for part in mail.walk():
        if part.get_content_type() == "text/html":
            body = part.get_payload(decode=True)
            return body.decode(part.get_content_charset("utf-8")) if isinstance(body, bytes) else ""
    return ""

"""Apprise: chats and notifications by the services of the library ``apprise`` that have no codec here.

What a URL is, service by service: https://appriseit.com/services/. What the library tells of a send is
yes or no: there is no id, no reason and no report, so use a codec of ``unichannel.providers`` where
there is one.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module
from typing import Any
from urllib.parse import quote, unquote

from unichannel.core.messaging.content import Chat, Content, Push, Sms
from unichannel.errors import ConfigurationError, MissingExtra
from unichannel.ports import Abilities, Context, Outbound, Outcome

__all__ = ["SCHEMES", "Apprise"]

SCHEMES = frozenset(
    {"dingtalk", "discord", "feishu", "flock", "gchat", "guilded", "ifttt", "join", "lark", "line", "pbul", "pover"}
    | {"prowl", "revolt", "slack", "tgram", "webex", "wxteams"}
)
"""Schemes that lead to one service's own hosts, whatever the URL says further (apprise 2.2, ``apprise/plugins``)."""

_LOST: Mapping[type[Content], tuple[str, ...]] = {Chat: ("blocks",), Push: ("image", "url", "data"), Sms: ("sender",)}
"""What is carried, and what of it a title and a text would lose."""

_PLACE = "{address}"
_SCHEME = re.compile(r"([a-z][a-z0-9]*)://", re.IGNORECASE)
_FILLED = re.compile(r"[A-Za-z0-9._~:@+#=!$*|-]+")
"""An address in a template. Apprise splits at commas, spaces and slashes, some of it after it has decoded twice."""


class Apprise:
    """Sends by the library apprise, one URL per person: ``routes={"chat": Apprise("tgram://TOKEN/{address}")}``.

    ``url``: the host's own URL, into which the person's address is filled, percent-encoded; without it
    the address is a whole URL, such as ``discord://WEBHOOK_ID/TOKEN``. ``schemes``: those whose URL may
    come from an address, or have it for a host: an address comes from outside, and ``json://`` or
    ``mailto://`` would post to any host in the host's own network. A whole URL has no ``?``: there
    Apprise takes names of files. ``channel``: the one that it serves, with ``Chat``, ``Push`` or ``Sms``.

    Raises MissingExtra without ``apprise``, ConfigurationError for a URL that cannot be filled.
    """

    blocking = True
    abilities = Abilities(takes=frozenset({"text"}))

    def __init__(
        self, url: str = "", *, channel: str = "chat", name: str = "apprise", schemes: Iterable[str] = SCHEMES
    ) -> None:
        self._schemes = _read_schemes(schemes)
        if url:
            _check(url, self._schemes)
        self._library, self._url = _library(), url
        self.name, self.channels = name, frozenset({channel})
        for logger in _LOGGERS:
            logging.getLogger(logger).addFilter(_unheard)

    def __repr__(self) -> str:
        return f"Apprise({self.name!r})"

    def carry(self, outbound: Outbound, ctx: Context) -> Outcome:
        """Send it now; raises nothing. Nothing that Apprise logs meanwhile is kept: it names addresses."""
        lost = _lost(outbound.content)
        if lost:
            return Outcome.failed("content", lost)
        url = self._filled(outbound.address)
        if not url:
            return Outcome.failed(
                "address", "the address is no Apprise URL of the schemes allowed, or cannot be filled in"
            )
        with _silence():
            service = self._read(url)
            if service is None:
                return self._unread()
            if self._url and not _names(service, outbound.address):
                return Outcome.failed("address", "the service does not take the address, and would write to another")
            return self._notify(service, outbound.content)

    async def carry_async(self, outbound: Outbound, ctx: Context) -> Outcome:
        """Send it now, in a thread."""
        return await asyncio.to_thread(self.carry, outbound, ctx)

    def look_up(self, outbound: Outbound, ctx: Context) -> Outcome | None:
        """Apprise cannot look up: in doubt it was, in doubt it stays."""
        return Outcome.in_doubt("no_look_up", "Apprise cannot look up a message")

    async def look_up_async(self, outbound: Outbound, ctx: Context) -> Outcome | None:
        """Apprise cannot look up: in doubt it was, in doubt it stays."""
        return self.look_up(outbound, ctx)

    def close(self) -> None:
        """There is nothing to let go of: each call has a connection of its own."""

    async def close_async(self) -> None:
        """There is nothing to let go of: each call has a connection of its own."""

    def _filled(self, address: str) -> str:
        """The URL to send to, "" where the address may not make one."""
        if self._url:
            return self._url.replace(_PLACE, quote(address, safe="")) if _FILLED.fullmatch(address) else ""
        found = _SCHEME.match(address)
        allowed = found is not None and found[1].lower() in self._schemes
        return address if allowed and not re.search(r"[?\s,]", address) else ""

    def _read(self, url: str) -> Any:
        """The service of the URL, of one only: ``add`` would split a text into several."""
        try:
            return self._library.Apprise.instantiate(url)
        except Exception:  # a plugin may raise what it likes
            return None

    def _unread(self) -> Outcome:
        if self._url:
            return Outcome.misconfiguration("configuration", "Apprise cannot read the URL given to Apprise(url=…)")
        return Outcome.failed("address", "Apprise cannot read the address, or lacks a library for its service")

    def _notify(self, service: Any, content: Content) -> Outcome:
        title, text = content.plain()
        try:
            sender = self._library.Apprise()
            sender.add(service)
            done = sender.notify(body=text, title=title, body_format=self._library.NotifyFormat.TEXT)
        except Exception as error:  # a plugin may raise what it likes, after a request too
            return Outcome.in_doubt("apprise", f"Apprise failed: {type(error).__name__}")
        if done:
            return Outcome.accepted()
        return Outcome.in_doubt("apprise", "Apprise says no, and not whether it was refused or the answer was lost")


def _library() -> Any:
    try:
        return import_module("apprise")
    except ImportError as error:
        raise MissingExtra(
            "Apprise needs the library apprise, which is not installed.",
            thing="apprise",
            mend='Install it: pip install "unichannel[apprise]".',
        ) from error


def _read_schemes(schemes: Iterable[str]) -> frozenset[str]:
    """Raises ConfigurationError for what is no scheme: one text would be read letter by letter."""
    given = [schemes] if isinstance(schemes, str) else list(schemes)
    if isinstance(schemes, str) or not all(_SCHEME.fullmatch(f"{one}://") for one in given):
        raise ConfigurationError(
            "schemes are names such as discord.", thing="schemes", mend='Give schemes=["discord", "slack"].'
        )
    return frozenset(one.lower() for one in given)


def _check(url: str, schemes: frozenset[str]) -> None:
    """No error shows the URL, since a token stands in it."""
    found = _SCHEME.match(url)
    if found is None or _PLACE not in url:
        raise ConfigurationError(
            f"the URL has no scheme, or no place for the address: {_PLACE}.",
            thing="url",
            mend=f"Give one such as tgram://TOKEN/{_PLACE}, or none where addresses are whole URLs.",
        )
    host = re.split(r"[/?]", url[found.end() :], maxsplit=1)[0]
    if _PLACE in host and found[1].lower() not in schemes:
        raise ConfigurationError(
            "the address would say which host is asked.",
            thing="url",
            mend=f"Put {_PLACE} behind the host, or name the scheme in schemes= if its hosts are always the same.",
        )


def _lost(content: Content) -> str:
    """Why a content cannot be carried whole, "" where it can."""
    kind = next((one for one in _LOST if isinstance(content, one)), None)
    if kind is None:
        return f"Apprise carries Chat, Push and Sms, not {type(content).__name__}"
    names = [name for name in _LOST[kind] if getattr(content, name)]
    return f"Apprise carries a title and a text, and would lose: {', '.join(names)}" if names else ""


def _names(service: Any, address: str) -> bool:
    """Whether what was read still has the address: some services drop what they cannot read, and take a default."""
    try:
        return "" != _plain(address) in _plain(unquote(unquote(service.url(privacy=False))))
    except Exception:  # a plugin may raise what it likes
        return False


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


_LOGGERS = ("apprise", "urllib3.connectionpool")
_silent: ContextVar[bool] = ContextVar("unichannel_apprise_silent", default=False)


def _unheard(_: logging.LogRecord) -> bool:
    """Drops what is logged within a call of ours: URLs, addresses, texts."""
    return not _silent.get()


@contextmanager
def _silence() -> Iterator[None]:
    token = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(token)

"""Tracking tokens: which delivery, which link, and a code that only we can make.

A token is a kind (one letter), the delivery's key (24 characters), an ordinal (two, base 36) and a
message authentication code (12): always ``TOKEN_LENGTH`` characters, so that the length of an SMS
is known before its links are. It holds no URL: where a click leads is looked up by key and
ordinal, so nobody can make us redirect to a place of their own (PITFALLS P37).
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, cast

from unichannel.core.words.ids import mac
from unichannel.errors import InvalidInput

__all__ = [
    "CONFIRM",
    "MAX_LINKS",
    "TOKEN_LENGTH",
    "UNSUBSCRIBE",
    "Linker",
    "Links",
    "PlainLinker",
    "Token",
    "key_of_message_id",
    "message_id",
    "plain",
    "read_token",
]

TOKEN_LENGTH = 39
"""Characters in every token."""

MAX_LINKS = 36 * 36
"""The most links that one delivery can track."""

Kind = Literal["c", "o", "u", "y"]

CONFIRM = "unichannel:confirm"
"""What a message links to so that the person can confirm a consent: ``{{ "unichannel:confirm" | link }}``."""

UNSUBSCRIBE = "unichannel:unsubscribe"
"""What a message links to so that the person can unsubscribe: ``{{ "unichannel:unsubscribe" | link }}``."""

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_KEY = re.compile(r"[A-Za-z0-9_-]{24}", re.ASCII)
_TOKEN = re.compile(r"([couy])([A-Za-z0-9_-]{24})([0-9a-z]{2})([A-Za-z0-9_-]{12})", re.ASCII)
_WEB = re.compile(r"https?://[^\s\x00-\x1f\x7f]+", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"(?<![A-Za-z0-9_.-])([A-Za-z0-9_-]{24})\.unichannel@", re.ASCII)


@dataclass(frozen=True, slots=True)
class Token:
    """What a token says: ``kind`` is c (click), o (open), u (unsubscribe) or y (confirm)."""

    kind: Kind
    key: str
    ordinal: int


def _code(secret: bytes, claim: str) -> str:
    return mac(secret, f"unichannel.token\x1f{claim}")


def _sign(secret: bytes, token: Token) -> str:
    high, low = divmod(token.ordinal, 36)
    claim = f"{token.kind}{token.key}{_DIGITS[high]}{_DIGITS[low]}"
    return claim + _code(secret, claim)


def read_token(token: str, secrets: Sequence[bytes]) -> Token | None:
    """What a token says, None when none of the secrets made it.

    Every secret is tried, in a time that does not tell which fits or how much of it.
    """
    found = _TOKEN.fullmatch(token)
    if found is None:
        return None
    kind, key, ordinal, code = found.groups()
    claim = f"{kind}{key}{ordinal}"
    fits = [hmac.compare_digest(_code(secret, claim), code) for secret in secrets]
    return Token(cast("Kind", kind), key, int(ordinal, 36)) if any(fits) else None


class Links(Protocol):
    """What rendering asks for URLs: a ``Linker``, or ``plain`` where nothing is tracked."""

    @property
    def urls(self) -> list[str]: ...

    def link(self, url: str) -> str: ...

    def tracks(self, url: str) -> bool: ...

    def leads(self, url: str) -> str: ...

    def pixel(self) -> str: ...

    def unsubscribe(self) -> str: ...


@dataclass(slots=True)
class Linker:
    """Makes the tracked URLs of one delivery, under ``base_url``.

    ``urls`` are the ones replaced, in order: a click's ordinal is a place in it. Make a new one for
    each rendering. Raises InvalidInput for a key that is no delivery key.
    """

    base_url: str
    secret: bytes = field(repr=False)
    key: str
    urls: list[str] = field(default_factory=list, init=False, repr=False)

    def __post_init__(self) -> None:
        self.base_url = self.base_url.rstrip("/")
        if not _KEY.fullmatch(self.key):
            raise InvalidInput(f"{self.key!r} is no delivery key.", thing="key", mend="Give the delivery's own key.")

    def link(self, url: str) -> str:
        """The tracked URL for a web address, a page's for ``CONFIRM`` and ``UNSUBSCRIBE``; anything else as it is.

        Raises InvalidInput beyond ``MAX_LINKS``.
        """
        if url == CONFIRM:
            return self._url("y", 0)
        if url == UNSUBSCRIBE:
            return self.unsubscribe()
        if not _WEB.fullmatch(url) or self.tracks(url):
            return url
        if len(self.urls) == MAX_LINKS:
            raise InvalidInput(f"more than {MAX_LINKS} links.", thing="links", mend="Write fewer links in one message.")
        self.urls.append(url)
        return self._url("c", len(self.urls) - 1)

    def tracks(self, url: str) -> bool:
        """Whether the URL is one of this linker's own."""
        return self._token(url) is not None

    def leads(self, url: str) -> str:
        """Where a URL leads: what a tracked one was made of, any other as it is."""
        token = self._token(url)
        is_click = token is not None and token.kind == "c" and token.ordinal < len(self.urls)
        return self.urls[token.ordinal] if token is not None and is_click else url

    def pixel(self) -> str:
        """The URL of the picture that tells of an open."""
        return self._url("o", 0)

    def unsubscribe(self) -> str:
        """The URL that unsubscribes: by a POST, never by a GET (law:E4)."""
        return self._url("u", 0)

    def _token(self, url: str) -> Token | None:
        prefix = f"{self.base_url}/"
        token = read_token(url[len(prefix) :], (self.secret,)) if url.startswith(prefix) else None
        return token if token is not None and token.key == self.key else None

    def _url(self, kind: Kind, ordinal: int) -> str:
        return f"{self.base_url}/{_sign(self.secret, Token(kind, self.key, ordinal))}"


@dataclass(frozen=True, slots=True)
class PlainLinker:
    """Tracks nothing: URLs stay as they are, and there is no pixel and no unsubscribe URL."""

    @property
    def urls(self) -> list[str]:
        """No URLs, ever."""
        return []

    def link(self, url: str) -> str:
        """The URL as it is; raises InvalidInput for ``CONFIRM`` and ``UNSUBSCRIBE``: somebody has to hear of them."""
        if url in (CONFIRM, UNSUBSCRIBE):
            what = url.partition(":")[2]
            raise InvalidInput(f"a link to {what} needs Tracking.", thing=url, mend="Give Engine(tracking=…).")
        return url

    def tracks(self, url: str) -> bool:
        """False."""
        return False

    def leads(self, url: str) -> str:
        """The URL as it is."""
        return url

    def pixel(self) -> str:
        """Nothing."""
        return ""

    def unsubscribe(self) -> str:
        """Nothing."""
        return ""


plain = PlainLinker()
"""The linker that tracks nothing."""


def message_id(key: str, domain: str) -> str:
    """The Message-ID of a delivery's e-mail, in its angle brackets."""
    return f"<{key}.unichannel@{domain}>"


def key_of_message_id(text: str) -> str | None:
    """The delivery key in the first Message-ID of ours in a text, None where there is none."""
    found = _MESSAGE_ID.search(text)
    return found.group(1) if found else None

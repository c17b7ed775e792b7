"""Our own tracking: the pixel, the links, one-click unsubscribe, and bounces that came as e-mail.

Hits are the URLs that a ``Linker`` made: GET of a c-token is a click, of an o-token an open, of a
u-token or y-token a page that asks (scanners fetch links: P37, law:E4); only a POST of a u-token unsubscribes
or changes preferences, and only one of a y-token confirms what is pending.
Bounces are delivery status notifications (RFC 3464) that the host posts here as they came, with
the content type ``message/rfc822``, or ``multipart/report`` for the body alone.

What a machine fetched is told apart by ``Machines``.

Source: RFC 8058 (one-click, law:E1 to law:E5).
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from unichannel.core.messaging.link import Linker, Token, read_token
from unichannel.core.words.ids import mac
from unichannel.errors import BadSignature, ConfigurationError
from unichannel.ports import (
    Abilities,
    Answer,
    Context,
    Conversation,
    Receipt,
    Received,
    Redirect,
    Request,
    Unsubscribing,
    Wish,
)
from unichannel.providers._shared.bounces import bounces
from unichannel.providers._shared.confirming import confirmation
from unichannel.providers._shared.machines import Machines
from unichannel.providers._shared.pages import PRIVATE
from unichannel.providers._shared.reading import body_of
from unichannel.providers._shared.unsubscribing import Titles, check_titles, invalid, unsubscription

__all__ = ["Machines", "Tracking"]

_GIF = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,"
    b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x01D\x00;"
)

_REPORTS = frozenset({"opened", "clicked", "bounced", "unsubscribed"})
_PAGES = re.compile(r"[uy][A-Za-z0-9_-]{1,60}", re.ASCII)


def _secret(key: str | bytes) -> bytes:
    secret = key.encode() if isinstance(key, str) else key
    if len(secret) < 16:
        raise ConfigurationError(
            "a tracking key is shorter than 16 bytes.",
            thing="keys",
            mend="Make one with secrets.token_urlsafe(32), and keep it.",
        )
    return secret


@dataclass(frozen=True)
class Tracking:
    """Writes tracked URLs under ``base_url`` and reads what comes back to them.

    The first of ``keys`` (each 16 bytes or more) signs, all are believed: to change the key put the
    new one first. ``machines`` adds what the host knows of scanners and proxies. ``topics`` is what people
    read on the unsubscribe page for each topic: a text, or one for each language ({"en": …, "fr": …}). Raises
    ConfigurationError for no key, a short one, a base that is no URL, or what is no name of a topic.
    """

    base_url: str
    keys: Sequence[str | bytes] = field(repr=False)
    machines: Machines = field(default_factory=Machines)
    topics: Titles = field(default_factory=dict, hash=False)
    name: str = field(default="tracking", init=False)
    channels: frozenset[str] = field(default=frozenset(), init=False)
    abilities: Abilities = field(default=Abilities(reports=_REPORTS), init=False)

    def __post_init__(self) -> None:
        given = [self.keys] if isinstance(self.keys, str | bytes) else self.keys
        object.__setattr__(self, "keys", tuple(_secret(key) for key in given))
        object.__setattr__(self, "base_url", self.base_url.rstrip("/"))
        check_titles(self.topics)
        if not self.keys:
            raise ConfigurationError("tracking has no key.", thing="keys", mend="Give keys=[…].")
        if not re.fullmatch(r"https?://[^\s?#]+", self.base_url, re.ASCII):
            raise ConfigurationError(
                f"{self.base_url!r} is no base for tracked URLs.", thing="base_url", mend="Give an https URL."
            )

    @property
    def _secrets(self) -> tuple[bytes, ...]:
        return tuple(_secret(key) for key in self.keys)

    def linker(self, key: str) -> Linker:
        """A new linker for one rendering of the delivery of that key."""
        return Linker(self.base_url, self._secrets[0], key)

    def headers(self, key: str, purpose: str) -> tuple[tuple[str, str], ...]:
        """The headers for one-click unsubscribe (RFC 8058 §3.1), for marketing only.

        Both must be covered by the DKIM signature (law:E5), which is the mail server's work. None
        where ``base_url`` is not https, which the RFC demands.
        """
        if purpose != "marketing" or not self.base_url.startswith("https://"):
            return ()
        url = self.linker(key).unsubscribe()
        return ("List-Unsubscribe", f"<{url}>"), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")

    def receive(self, request: Request, ctx: Context) -> Conversation[Received]:
        """Read a hit or a bounce.

        Raises BadSignature for a token that is not ours, unless it is one that a person followed to a page (they
        are told), and MalformedWebhook for an unreadable report.
        """
        yield from ()
        body_of(request, self.name)
        kind = request.header("Content-Type").partition(";")[0].strip().lower()
        if request.method.upper() == "POST" and kind in ("message/rfc822", "multipart/report"):
            self._check_bounce(request.url)
            return Received(tuple(bounces(request, kind, ctx)))
        token = read_token(_last_segment(request.url), self._secrets)
        return self._hit(request, ctx, token) if token is not None else _refused(request)

    @property
    def bounce_url(self) -> str:
        """Where the mail server posts bounces; the URL itself is the secret, so keep it to that server.

        A delivery's key stands in its Message-ID, which the recipient sees: it proves nothing (P46).
        """
        return f"{self.base_url}/{_bounce_token(self._secrets[0])}"

    def _check_bounce(self, url: str) -> None:
        given = _last_segment(url)
        fits = [hmac.compare_digest(_bounce_token(secret).encode(), given.encode()) for secret in self._secrets]
        if not any(fits):
            raise BadSignature("the bounce was not posted to the bounce URL.", thing="tracking", mend="Answer 404.")

    def _hit(self, request: Request, ctx: Context, token: Token) -> Received:
        if token.kind == "y":
            return confirmation(request, token.key)
        if token.kind == "u":
            return _asked(request, ctx, token, self.topics)
        return _seen(request, ctx, token, self.machines)


def _last_segment(url: str) -> str:
    return re.split(r"[?#]", url)[0].rpartition("/")[2]


def _bounce_token(secret: bytes) -> str:
    return f"b{mac(secret, 'bounces', 24)}"


def _refused(request: Request) -> Received:
    """A person who followed a link that is not ours is told so; raises BadSignature where nobody sees a page."""
    if _PAGES.fullmatch(_last_segment(request.url)):
        return Received(answer=invalid(request))
    raise BadSignature("the token is not one of ours.", thing="tracking", mend="Answer 404.")


def _asked(request: Request, ctx: Context, token: Token, titles: Titles) -> Received:
    """The unsubscribe page, with the receipt of one click."""
    found = unsubscription(request, token.key, titles)
    is_one_click = isinstance(found.answer, Unsubscribing) and found.answer.wish == Wish("link")
    return replace(found, receipts=(_receipt("unsubscribed", token, ctx),)) if is_one_click else found


def _seen(request: Request, ctx: Context, token: Token, machines: Machines) -> Received:
    method = request.method.upper()
    if method not in ("GET", "HEAD"):
        return Received(answer=Answer(405, {"Allow": "GET, HEAD"}))
    kind, link = ("clicked", token.ordinal) if token.kind == "c" else ("opened", None)
    seen = _receipt(kind, token, ctx, machine=machines.made(request, kind, link, token.key, ctx.now))
    answer = Redirect(token.key, token.ordinal) if token.kind == "c" else _picture()
    return Received((seen,) if method == "GET" else (), answer)


def _receipt(kind: str, token: Token, ctx: Context, *, machine: bool = False) -> Receipt:
    link = token.ordinal if token.kind == "c" else None
    name = f"{token.kind}{token.key}{token.ordinal}@{ctx.now}"
    return Receipt(kind, ctx.now, key=token.key, id=name, link=link, machine=machine)


def _picture() -> Answer:
    return Answer(200, {"Content-Type": "image/gif", **PRIVATE}, _GIF)

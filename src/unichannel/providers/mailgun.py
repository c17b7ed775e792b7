"""Mailgun: e-mails by the Messages API, events by signed webhooks.

Guarantee: Mailgun takes no idempotency key; a doubtful send is known by its events, which carry our key
as a variable. The signature covers a time stamp and a token but not the body: a token is believed once.

Read as stored copies on 2026-11-22, under https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks:
/webhooks and /webhook-payloads (events); signature and reasons as django-anymail reads /securing-webhooks.
From general knowledge of /api-reference: the request, statuses, and the reasons but bounce and generic.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

import httpx

from unichannel.core.words.instant import SECOND
from unichannel.ports import Abilities, Context, Outcome, Receipt, Request
from unichannel.providers._shared.faults import Fault, accepted, table
from unichannel.providers._shared.letters import DELIVERY, Letter, MailCodec
from unichannel.providers._shared.reading import at, instant, is_proxy, read_json, text, told
from unichannel.providers._shared.signing import basic_login, check, check_fresh, fits, hexadecimal, several
from unichannel.providers._shared.writing import KEY

__all__ = ["ERRORS", "EVENTS", "REASONS", "Mailgun"]

ERRORS = table(
    ("configuration", "Mailgun does not accept the key: check api_key and the region's base_url.", ("http_401",)),
    ("configuration", "the domain may not send, or the account is limited: ask Mailgun.", ("http_402", "http_403")),
    ("configuration", "Mailgun does not know the domain here: check domain and base_url.", ("http_404",)),
    ("permanent", "Mailgun cannot read the message: an address or a field is wrong.", ("http_400",)),
    ("permanent", "the message is larger than 25 MB.", ("http_413",)),
)
"""What Mailgun's statuses mean (api-reference, responses); its errors have no codes."""

EVENTS: Mapping[str, str] = {
    "accepted": "queued",
    "delivered": "delivered",
    "failed": "bounced",
    "rejected": "rejected",
    "opened": "opened",
    "clicked": "clicked",
    "complained": "complained",
    "unsubscribed": "unsubscribed",
}
"""Kinds of receipt by ``event``; a failure that is temporary is deferred."""

REASONS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "bounce": ("bounced", {"reason": "hard bounce", "address_dead": True}),
    "suppress-bounce": ("rejected", {"reason": "it bounced before", "address_dead": True}),
    "suppress-complaint": ("rejected", {"reason": "the person complained before", "refused": True}),
    "suppress-unsubscribe": ("rejected", {"reason": "the person unsubscribed before", "refused": True}),
    "old": ("bounced", {"reason": "soft bounce, to the end of all tries"}),
    "espblock": ("bounced", {"reason": "blocked by the receiver"}),
    "generic": ("bounced", {"reason": "soft bounce"}),
}
"""What a permanent failure's reason means (event-structure)."""


class Mailgun(MailCodec):
    """E-mails through one of a Mailgun account's domains.

    ``signing_key`` (or several): the webhook signing key; without one nothing is received.
    ``max_age``: seconds that a signed call may be old; Mailgun tries for eight hours. ``base_url``
    is https://api.eu.mailgun.net for a domain of the EU's region.
    ``reports``: evidence that is switched on there beside deliveries: opened, clicked.
    """

    can: ClassVar[Abilities] = Abilities(DELIVERY, signature="HMAC-SHA256 of a token", media=True)
    faults: ClassVar[Mapping[str, Fault]] = ERRORS

    def __init__(
        self,
        domain: str,
        api_key: str,
        *,
        sender: str = "",
        signing_key: str | Sequence[str] = (),
        max_age: int = 43_200,
        reports: Iterable[str] = (),
        name: str = "mailgun",
        base_url: str = "https://api.mailgun.net",
    ) -> None:
        super().__init__(name, sender, base_url, reports if signing_key else None)
        self.domain = domain
        self._login = basic_login("api", several(api_key, "api_key")[0])
        self._signing_keys, self._max_age = several(signing_key, "signing_key"), max_age * SECOND

    def _message(self, letter: Letter, ctx: Context) -> httpx.Request:
        message = {
            "from": str(letter.sender),
            "to": letter.to,
            "subject": letter.subject,
            "text": letter.text,
            "html": letter.html,
            "h:Reply-To": str(letter.reply_to or ""),
            **{f"h:{name}": value for name, value in letter.headers},
            f"v:{KEY}": letter.key,
            "o:tracking-opens": self._tracks("opened") and "yes",
            "o:tracking-clicks": self._tracks("clicked") and "yes",
        }
        said = {name: value for name, value in message.items() if value}
        url, login = f"{self._base_url}/v3/{quote(self.domain, safe='')}/messages", {"Authorization": self._login}
        if letter.files or letter.pictures:
            kind = {"Content-Type": f"multipart/form-data; boundary=unichannel-{letter.key}"}
            return httpx.Request("POST", url, headers={**login, **kind}, data=said, files=_attached(letter))
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return httpx.Request("POST", url, headers={**login, **kind}, content=urlencode(said).encode("ascii"))

    def _accepted(self, response: httpx.Response, body: Any) -> Outcome:
        return accepted(response, _id(text(body, "id")))

    def _codes(self, response: httpx.Response, body: Any) -> Iterable[str]:
        return ()

    def _verify(self, request: Request, ctx: Context) -> None:
        call = read_json(request.body, self.name)
        stamp, token, given = (text(call, "signature", name) for name in ("timestamp", "token", "signature"))
        signed = (stamp + token).encode("utf-8", "surrogateescape")
        check(
            bool(token) and fits([hexadecimal(key, signed) for key in self._signing_keys], [given]),
            self.name,
            "the signature (answer 406, so that it is not brought again)",
        )
        check_fresh(stamp, ctx.now, self._max_age, self.name)
        self._once(token, request.body, ctx)

    def _once(self, token: str, body: bytes, ctx: Context) -> None:
        """Refuse a token that came with another body; a second copy of the same call does no harm."""
        seen, mark = ctx.tokens, hashlib.sha256(body).hexdigest()
        if len(seen) > 10_000:
            for old in [one for one, (_, until) in list(seen.items()) if until < ctx.now]:
                seen.pop(old, None)
        check(seen.get(token, (mark, 0))[0] == mark, self.name, "a token that is new")
        seen[token] = (mark, ctx.now + self._max_age)

    def _receipts(self, request: Request, ctx: Context) -> Iterable[Receipt]:
        event = at(read_json(request.body, self.name), "event-data")
        if not isinstance(event, Mapping):
            return
        kind, why = _kind(event)
        yield told(
            kind,
            event,
            ctx,
            occurred=instant(event.get("timestamp"), ctx.now),
            key=text(event, "user-variables", KEY),
            provider_id=_id(text(event, "message", "headers", "message-id")),
            address=text(event, "recipient"),
            code=text(event, "delivery-status", "enhanced-code") or text(event, "delivery-status", "code"),
            machine=kind == "opened" and _is_machine(event),
            url=text(event, "url"),
            **why,
        )


def _kind(event: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    kind = EVENTS.get(text(event, "event"), "unknown")
    if kind != "bounced":
        return kind, {}
    if text(event, "severity") == "temporary":
        return "deferred", {}
    return REASONS.get(text(event, "reason"), ("bounced", {}))


def _is_machine(event: Mapping[str, Any]) -> bool:
    """Mailgun names bots and, of opens, those by Apple's and Gmail's proxies (client-info.bot)."""
    return text(event, "client-info", "bot") == "apple" or is_proxy(text(event, "client-info", "user-agent"))


def _id(written: str) -> str:
    return written.strip("<>")


def _attached(letter: Letter) -> list[tuple[str, tuple[str, bytes, str]]]:
    """Files by their names; a picture is known by its file's name, which is therefore its cid."""
    files = [("attachment", (one.name, one.content, one.media_type)) for one in letter.files]
    return files + [("inline", (one.cid, one.content, one.media_type)) for one in letter.pictures]

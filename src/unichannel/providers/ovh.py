"""OVHcloud SMS: messages by signed requests, delivery reports by its callback.

Guarantee: OVHcloud takes no idempotency key; each message goes with a tag made of ours, by which a doubtful
send is looked up among what went out and what waits. The delivery report brings OVHcloud's id.

Reports are proven by a token that is part of the callback URL, since OVHcloud signs nothing:
``https://app.example.com/hooks/ovh?token=…``. Answers to a short number are not read: what a reply's CGI is
called with is on no page. OVHcloud keeps those who wrote STOP on its own list, and refuses them itself.

Read as stored copies on 2026-11-22, in ovh/docs (https://docs.ovh.com): /sms/api_sms_cookbook (request,
tag, look-up), "Everything you need to know about SMS users" (callback, ptt codes), "Sending SMS with the
OVHcloud API in PHP" (example and answer), "OVHcloud SMS FAQ"; https://docs.ovh.com, "First steps with the
OVHcloud APIs", by way of client libraries (signature; python-ovh's error codes).
Not verified in a page: the path of an API user's jobs, the words that tell of credits and senders, that
``coding`` has to be named for Unicode, whether the callback keeps a query of ours (both ways are read).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Generator, Iterable, Mapping, Sequence
from typing import Any, ClassVar, cast
from urllib.parse import quote

import httpx

from unichannel.core.messaging.content import Sms
from unichannel.core.messaging.sms import segments
from unichannel.core.words.instant import MINUTE, SECOND
from unichannel.errors import ConfigurationError, MalformedWebhook
from unichannel.ports import Abilities, Context, Conversation, Outbound, Outcome, Receipt, Request
from unichannel.providers._shared.faults import Fault, accepted, failure, table
from unichannel.providers._shared.reading import answered_json, at, text, told
from unichannel.providers._shared.signing import several
from unichannel.providers._shared.single import Codec, Errors, check_token, query_of

__all__ = ["CODES", "ERRORS", "Ovh"]

ERRORS = table(
    (
        "configuration",
        "OVHcloud does not accept the keys: check them, their rights, and the server's clock.",
        ("NOT_GRANTED_CALL", "NOT_CREDENTIAL", "INVALID_KEY", "INVALID_CREDENTIAL", "INVALID_SIGNATURE", "FORBIDDEN"),
    ),
    ("configuration", "OVHcloud does not know the SMS account: check service.", ("http_404",)),
    ("configuration", "the SMS account has no credits left.", ("credits",)),
    ("configuration", "the sender is not one of this account, or not validated: check sender.", ("sender",)),
    ("permanent", "OVHcloud takes the number for none, or refuses it.", ("invalid_receiver",)),
    ("permanent", "OVHcloud cannot use the message.", ("http_400", "http_409")),
    ("doubt", "OVHcloud was too slow to say.", ("QUERY_TIME_OUT",)),
)
"""By ``errorCode``, by what the answer's words name, else by status."""

CODES: Mapping[str, tuple[str, str]] = {
    "1": ("deferred", "the phone has a problem; it is tried again."),
    "2": ("deferred", "the operator has a problem; it is tried again."),
    "3": ("sent", ""),
    "4": ("delivered", ""),
    "5": ("bounced", "undelivered, without a reason."),
    "6": ("unknown", "the operator tells nothing."),
    "8": ("failed", "it expired at the operator."),
    "20": ("bounced", "undeliverable in this form."),
    "21": ("bounced", "the person has no credit."),
    "23": ("bounced", "the number is none, or barred for good."),
    "24": ("bounced", "the person could not be reached."),
    "25": ("bounced", "the operator's network had a problem."),
    "26": ("bounced", "the phone had a problem."),
    "27": ("bounced", "the phone takes no such message."),
    "28": ("bounced", "the operator took it for spam."),
    "29": ("bounced", "the operator does not allow the content."),
    "33": ("bounced", "a parental lock refuses the content."),
    "39": ("bounced", "the operator is new, and failed."),
    "73": ("bounced", "the ported number cannot be reached."),
    "74": ("bounced", "the number is roaming."),
    "76": ("bounced", "the ported number is blocked."),
    "202": ("bounced", "the ported number is blocked: ask OVHcloud."),
}
"""Kind of receipt and reason by ptt code (the table of "Everything you need to know about SMS users")."""

_DEAD = frozenset({"23"})

SETTLING = 5 * MINUTE
"""How long after our first attempt an absence proves nothing: OVHcloud may still be working on the request."""

_LONGEST = 2880


class Ovh(Codec):
    """SMS through an SMS account of OVHcloud (``sms-ab12345-1``).

    Without ``sender`` messages come from a short number that may be answered to (France only). ``user``:
    the API user whose callback is set; without it the account's jobs are used. ``stop``: whether OVHcloud
    adds its mention of STOP, and keeps to the hours that go with it; None for marketing alone. ``tokens``
    (one or several) are part of the callback URL; without one nothing is received. ``errors``: meaning
    and reason by code, before ``ERRORS``.
    """

    contents = (Sms,)
    faults: ClassVar[Mapping[str, Fault]] = ERRORS

    def __init__(
        self,
        service: str,
        application_key: str,
        application_secret: str,
        consumer_key: str,
        *,
        sender: str = "",
        user: str = "",
        stop: bool | None = None,
        tokens: str | Sequence[str] = (),
        errors: Errors | None = None,
        name: str = "ovh",
        base_url: str = "https://eu.api.ovh.com/1.0",
    ) -> None:
        super().__init__(name, base_url, errors)
        self.service, self.sender, self._stop = service, sender, stop
        self._keys = application_key, application_secret, consumer_key
        self._tokens = several(tokens, "tokens")
        if not all((service, *self._keys)):
            raise ConfigurationError("a key or the account is missing.", thing="service", mend="Give all four.")
        account = f"/sms/{quote(service, safe='')}"
        self._account, self._jobs = (
            account,
            f"{account}/users/{quote(user, safe='')}/jobs" if user else f"{account}/jobs",
        )
        reports = frozenset({"delivered", "bounced"}) if self._tokens else frozenset()
        self.abilities = Abilities(reports, looks_up=True, signature="token in the URL")

    def look_up(self, outbound: Outbound, ctx: Context) -> Conversation[Outcome | None]:
        """Look for the message's tag among what went out; None only when it is not there and nothing waits."""
        sent = yield from self._list(f"{self._account}/outgoing?tag={_tag(outbound)}", ctx)
        if sent is None:
            return Outcome.in_doubt("look_up_failed", "OVHcloud's list of messages could not be read.")
        if sent:
            return Outcome.accepted(str(sent[0]), raw={"found": len(sent)})
        if ctx.now - outbound.since < SETTLING:
            return Outcome.in_doubt("too_early", "OVHcloud may still be working on it.")
        waiting = yield from self._list(self._jobs, ctx)
        if waiting != []:
            return Outcome.in_doubt("waiting", "messages wait at OVHcloud, and this one may be among them.")
        return None

    def _list(self, path: str, ctx: Context) -> Generator[httpx.Request, httpx.Response, list[Any] | None]:
        request = self._signed("GET", path, b"", ctx)
        request.extensions["safe"] = True
        response = yield request
        found = answered_json(response)
        return found if response.is_success and isinstance(found, list) else None

    def _request(self, outbound: Outbound, ctx: Context) -> httpx.Request:
        content = cast("Sms", outbound.content)
        sender = content.sender or self.sender
        with_stop = outbound.purpose == "marketing" if self._stop is None else self._stop
        message: dict[str, Any] = {
            "message": content.text,
            "receivers": [outbound.address],
            "charset": "UTF-8",
            "coding": "7bit" if segments(content.text).encoding == "gsm7" else "8bit",
            "noStopClause": not with_stop,
            "priority": "high",
            "tag": _tag(outbound),
            **({"sender": sender} if sender else {"senderForResponse": True}),
        }
        if outbound.expires:
            message["validityPeriod"] = min(max(1, (outbound.expires - ctx.now) // MINUTE), _LONGEST)
        return self._signed("POST", self._jobs, json.dumps(message, ensure_ascii=False).encode(), ctx)

    def _signed(self, method: str, path: str, body: bytes, ctx: Context) -> httpx.Request:
        """``$1$`` and the SHA-1 of secret, consumer key, method, URL, body and time stamp, with + between."""
        url, stamp = self._base_url + path, str(ctx.now // SECOND)
        application, secret, consumer = self._keys
        whole = "+".join((secret, consumer, method, url)).encode() + b"+" + body + b"+" + stamp.encode()
        headers = {
            "Content-Type": "application/json",
            "X-Ovh-Application": application,
            "X-Ovh-Consumer": consumer,
            "X-Ovh-Timestamp": stamp,
            "X-Ovh-Signature": "$1$" + hashlib.sha1(whole).hexdigest(),  # noqa: S324 -- OVHcloud's scheme
        }
        return httpx.Request(method, url, headers=headers, content=body or None)

    def _accepted(self, response: httpx.Response, body: Any) -> Outcome:
        if at(body, "invalidReceivers") and not at(body, "validReceivers"):
            code = "invalid_receiver"
            return failure(self._faults[code], code, raw={"status": response.status_code, "code": code})
        return accepted(response, text(body, "ids", 0))

    def _codes(self, response: httpx.Response, body: Any) -> Iterable[str]:
        words = text(body, "message").lower()
        named = [name for name, sign in (("credits", "credit"), ("sender", "sender")) if sign in words]
        return [text(body, "errorCode"), *(named if not text(body, "errorCode") else [])]

    def _is_look(self, request: Request) -> bool:
        """The callback is a GET itself."""
        return request.method.upper() == "HEAD" or "ptt" not in query_of(request)

    def _verify(self, request: Request, ctx: Context) -> None:
        check_token(request, self._tokens, self.name)

    def _receipts(self, request: Request, ctx: Context) -> Sequence[Receipt]:
        """A report, of now: its date is in no stated zone."""
        report = {name: value for name, value in query_of(request).items() if name != "token"}
        id, code = report.get("id", ""), report["ptt"]
        if not id:
            raise MalformedWebhook("the call names no message.", thing=self.name)
        kind, reason = CODES.get(code, ("unknown", ""))
        more = {"code": code, "reason": reason, "address_dead": code in _DEAD}
        return [told(kind, report, ctx, channel="sms", provider_id=id, id=f"{id}:{code}", **more)]


def _tag(outbound: Outbound) -> str:
    """Our key in sixteen signs: how long a tag may be is on no page."""
    return hashlib.sha256(outbound.key.encode()).hexdigest()[:16]

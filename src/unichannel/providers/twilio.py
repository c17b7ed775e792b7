"""Twilio Programmable Messaging: SMS out; receipts, replies and opt-outs in.

Guarantee: Twilio takes no idempotency key, so a doubtful send is looked up by number and text.
Pages read as stored copies on 2026-11-22, all under https://www.twilio.com/docs unless said otherwise:
/messaging/api/message-resource (create, list; also the OpenAPI description as generated clients carry
it), /messaging/guides/track-outbound-message-status and /messaging/guides/webhook-request (webhooks),
/usage/webhooks/webhooks-security with twilio-python's and twilio-node's validators (signatures),
/api/errors/<code> (errors), the help article on OptOutType (help centre 31560110671259).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import unicodedata
from collections.abc import Generator, Iterable, Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any, Literal, NamedTuple
from urllib.parse import parse_qs, parse_qsl, urlencode

import httpx

from unichannel.core.inbound.opt_out import read_opt_out
from unichannel.core.messaging.content import Sms
from unichannel.core.words.instant import SECOND, from_datetime
from unichannel.core.words.money import Money
from unichannel.errors import BadSignature, ConfigurationError, InvalidInput, MalformedWebhook
from unichannel.ports import Abilities, Answer, Context, Conversation, Outbound, Outcome, Receipt, Received, Request
from unichannel.providers._shared.reading import body_of, retry_after

__all__ = ["ERRORS", "STATUSES", "Fault", "Twilio"]


class Fault(NamedTuple):
    """What one of Twilio's error codes means for us."""

    kind: Literal["failed", "retry", "misconfigured"]
    reason: str
    address: Literal["", "dead", "opted_out"] = ""


_LOGIN = "Twilio does not accept the credentials: check account_sid and auth_token."
_CALLBACK = "Twilio cannot use the callback URL: it must be public, its host without underscore."
_SENDER = "the sender is missing, or not one of this account: check sender."
_SERVICE_UNKNOWN = "the messaging service is unknown or has no sender: check sender."
_BUSY = "Twilio is asked for too much at once."
_TEXT = "Twilio cannot take this text: it is empty or longer than 1600 characters."

_TABLE: tuple[tuple[Fault, tuple[int, ...]], ...] = (
    (Fault("failed", "the number is none, or not in service.", "dead"), (21211, 21614, 30005)),
    (Fault("failed", "the number is a landline, which takes no SMS.", "dead"), (21635, 30006)),
    (Fault("failed", "the person opted out; Twilio refuses the number.", "opted_out"), (21610,)),
    # What the host can mend is kept until it is mended, so that nobody is lost and no address is blamed.
    (
        Fault("misconfigured", "Twilio does not accept the credentials: check account_sid and auth_token."),
        (20003, 70051),
    ),
    (Fault("misconfigured", "the Twilio account is suspended or closed: ask Twilio."), (20403, 30002)),
    (Fault("misconfigured", "Twilio does not know the account: check account_sid and base_url."), (20404,)),
    (Fault("misconfigured", _SENDER), (14102, 14108, 21212, 21401, 21601, 21603, 21606, 21659, 21660, 21661)),
    (Fault("misconfigured", _SERVICE_UNKNOWN), (21701, 21703, 21705)),
    (Fault("misconfigured", "the country is not enabled: enable it in Twilio's geographic permissions."), (21408,)),
    (Fault("misconfigured", "a trial account sends to verified numbers only: upgrade it."), (21608,)),
    (
        Fault("misconfigured", "Twilio cannot use the callback URL: it must be public, its host without underscore."),
        (21609,),
    ),
    (Fault("retry", _BUSY), (14107, 20429, 21611, 30001, 30022, 63017)),
    (Fault("retry", "the account's limit of messages in 24 hours is reached."), (63038,)),
    (Fault("failed", _TEXT), (21602, 21605, 21617)),
    (Fault("failed", "this sender cannot reach this number."), (21612,)),
    (Fault("failed", "the handset could not be reached."), (30003,)),
    (Fault("failed", "the message was blocked on its way."), (30004, 63014)),
    (Fault("failed", "a carrier or Twilio filtered the message."), (30007,)),
    (Fault("failed", "the carrier gave no reason, or Twilio failed."), (30008, 30410, 30500)),
    (Fault("failed", "the sender is not registered for US traffic: register it."), (30034,)),
    (Fault("failed", "it waited in Twilio's queue longer than its validity."), (30036,)),
)
# Each code at /api/errors/<code>. Only a title was found, in public clients' tables, for 21211, 21408,
# 21602, 21612, 21617, 30002, 30004, 30005, 30007, 30008 and 20404; nothing for 14107, 21212, 21605, 21659,
# 21660, 21703 and 30034.
ERRORS: Mapping[str, Fault] = {str(code): fault for fault, codes in _TABLE for code in codes}
"""What is known of Twilio's error codes; others fail with their code and say nothing of the address."""

STATUSES: Mapping[str, str] = {
    "accepted": "queued",
    "scheduled": "queued",
    "queued": "queued",
    "sending": "queued",
    "sent": "sent",
    "delivered": "delivered",
    "undelivered": "bounced",
    "failed": "failed",
    "canceled": "failed",
    "read": "opened",
}
"""Kinds of receipt by MessageStatus (message-resource, table of status values)."""

_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
_SHORT_CODE = re.compile(r"[0-9]{3,8}")
_SCHEMES = re.compile(r"(whatsapp|rcs|messenger):(.*)", re.DOTALL)
_URL = re.compile(r"(https?)://([^/?#]*)(.*)", re.DOTALL | re.IGNORECASE)
_PUT_RIGHT = (401, 403, 404, 405, 407)
_KEPT = ("sid", "status", "error_code", "num_segments", "price", "price_unit", "messaging_service_sid", "date_created")
_TRIAL = "Sent from your Twilio trial account - "
_PAGE_SIZE = 1000
_PAGES = 5

CLOCKS = 30 * SECOND
"""How much older than our first attempt a message may look. ``date_created`` has whole seconds and Twilio's
clock is not ours; the same text to the same person within half a minute is not worth sending twice."""

SETTLING = 60 * SECOND
"""How long after our first attempt an absence proves nothing: Twilio may still be working on the request."""

_WISHES = frozenset({"stop", "start", "help"})
_HIDING = frozenset({"ContentRetention", "ContentSid", "ShortenUrls"})
"""Parameters after which Twilio's list no longer shows the text we sent, so that it cannot be looked up."""


class Twilio:
    """SMS through Twilio, from a number, an alphanumeric sender or a messaging service (``MG…``).

    ``auth_token`` may be several for a rotation: the first one sends, any verifies. ``validity`` is in
    seconds (1 to 36000): how long Twilio may keep a message queued. ``extra`` is added to each message's
    parameters as Twilio names them. ``keywords`` are passed to ``read_opt_out`` for numbers whose opt-outs
    Twilio does not name. Raises ConfigurationError for settings that cannot work.
    """

    channels: frozenset[str] = frozenset({"sms"})

    def __init__(
        self,
        account_sid: str,
        auth_token: str | Sequence[str],
        *,
        sender: str = "",
        name: str = "twilio",
        base_url: str = "https://api.twilio.com",
        validity: int | None = None,
        extra: Mapping[str, str | Sequence[str]] | None = None,
        keywords: Mapping[str, Iterable[str]] | None = None,
    ) -> None:
        self.name = name
        self.account_sid = account_sid
        self.sender = sender
        self._tokens = (auth_token,) if isinstance(auth_token, str) else tuple(auth_token)
        self._base_url = base_url.rstrip("/")
        self._extra = dict(extra or {}) if validity is None else {"ValidityPeriod": str(validity), **(extra or {})}
        self._keywords = {wish: tuple(words) for wish, words in (keywords or {}).items()}
        self._check(validity)

    def __repr__(self) -> str:
        return f"Twilio({self.account_sid!r}, name={self.name!r})"

    def _check(self, validity: int | None) -> None:
        if not self.account_sid.startswith("AC"):
            raise ConfigurationError("account_sid is no account's.", thing="account_sid", mend="It begins with AC.")
        if not self._tokens or not all(self._tokens):
            raise ConfigurationError("auth_token is empty.", thing="auth_token", mend="Give the account's token.")
        if validity is not None and not 1 <= validity <= 36000:
            raise ConfigurationError("validity is out of range.", thing="validity", mend="Give 1 to 36000 seconds.")
        if {"To", "Body"} & set(self._extra):
            raise ConfigurationError("extra names To or Body.", thing="extra", mend="They are each message's own.")
        if set(self._keywords) - _WISHES - {"without"}:
            raise ConfigurationError(
                "keywords names an unknown wish.", thing="keywords", mend="Use stop, start, help, without."
            )

    @property
    def abilities(self) -> Abilities:
        """What Twilio reports; replies need a sender that can be written to and its inbound webhook set to us."""
        reports = {"delivered", "bounced"}
        if not self.sender or _SERVICE.fullmatch(self.sender) or not re.search(r"[A-Za-z]", self.sender):
            reports.add("replied")
        return Abilities(
            frozenset(reports),
            looks_up=not _HIDING & set(self._extra),
            signature="HMAC-SHA1",
            inbound="replied" in reports,
        )

    def send(self, outbound: Outbound, ctx: Context) -> Conversation[Outcome]:
        """Create a message: POST Messages.json, form-encoded; 201 is acceptance (message-resource, "Create")."""
        if not isinstance(outbound.content, Sms):
            return Outcome.failed("unsupported_content", "Twilio sends Sms contents here.")
        sender = outbound.content.sender or self.sender
        if not sender:
            return Outcome.misconfiguration("no_sender", "no sender is known: give Twilio(sender=…) or Sms(sender=…).")
        form = {"To": outbound.address, _sender_field(sender): sender, "Body": outbound.content.text}
        if ctx.callback_url:
            form["StatusCallback"] = ctx.callback_url
        try:
            body = urlencode({**form, **self._extra}, doseq=True)
        except UnicodeEncodeError:
            return Outcome.failed("not_unicode", "the text has half a surrogate pair, which no encoding takes.")
        response = yield self._request("POST", self._messages, body.encode("ascii"))
        return _accepted(response) if response.is_success else _refused(response, ctx)

    def look_up(self, outbound: Outbound, ctx: Context) -> Conversation[Outcome | None]:
        """Look for the message among those sent to the number since the first attempt, by its text.

        None only when all of them were read and none is it; in doubt where that cannot be said. The list is
        not filtered by DateSent: a queued message has none yet (aloha/laravel-twilio#107 shows a null
        ``date_sent``), and lists so filtered lacked messages for minutes (twilio/twilio-java#442).
        """
        if not self.abilities.looks_up:
            return Outcome.in_doubt("no_look_up", "with these extra parameters Twilio does not show the text.")
        messages = yield from self._sent_to(outbound)
        if messages is None:
            return Outcome.in_doubt("look_up_failed", "Twilio's list of messages could not be read.")
        found = [_outcome(message) for message in messages if _is_it(message, outbound)]
        if found:
            # Of two with the same text any may be ours; taking the accepted one never sends a third.
            return next((outcome for outcome in found if outcome.kind == "accepted"), found[0])
        if any(message.get("body") == "" for message in messages):
            return Outcome.in_doubt("text_hidden", "Twilio keeps no texts for this account, so none can be recognised.")
        if ctx.now - outbound.since < SETTLING:
            return Outcome.in_doubt("too_early", "Twilio may still be working on it.")
        return None

    def receive(self, request: Request, ctx: Context) -> Conversation[Received]:
        """Read a status callback or an incoming message.

        A status is answered 204, a message 200 with empty TwiML, so that Twilio replies nothing. Twilio
        may be set to call by GET; an unsigned GET or another method is somebody looking and is answered
        405 (no page tells of probes). Raises BadSignature, and MalformedWebhook for what is signed and
        unreadable.
        """
        yield from ()
        signature = request.header("X-Twilio-Signature")
        if request.method not in ("GET", "POST") or (request.method == "GET" and not signature):
            return Received(answer=Answer(405, {"Allow": "GET, POST"}))
        body_of(request, self.name)
        params = _verified(request, signature, self._tokens)
        status = params.get("MessageStatus") or params.get("SmsStatus", "")
        if status in ("receiving", "received") or (not status and "Body" in params):
            return Received(_inbound(request, params, ctx, self._keywords), _NO_REPLY)
        if status:
            return Received((_status(request, params, status, ctx),))
        return Received((_unknown(request, params, ctx),), _NO_REPLY)

    @property
    def _messages(self) -> str:
        return f"{self._base_url}/2010-04-01/Accounts/{self.account_sid}/Messages.json"

    def _request(self, method: str, url: str, body: bytes | None = None) -> httpx.Request:
        login = base64.b64encode(f"{self.account_sid}:{self._tokens[0]}".encode()).decode("ascii")
        headers = {"Authorization": f"Basic {login}", "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        return httpx.Request(
            method, url, headers=headers, content=body, extensions={"safe": True} if method == "GET" else {}
        )

    def _sent_to(self, outbound: Outbound) -> Generator[httpx.Request, httpx.Response, list[Mapping[str, Any]] | None]:
        """The messages sent to the address since the first attempt, None where the list is not to be had."""
        url = f"{self._messages}?{urlencode({'To': outbound.address, 'PageSize': _PAGE_SIZE}, errors='replace')}"
        found: list[Mapping[str, Any]] = []
        for _ in range(_PAGES):
            page = _json((yield self._request("GET", url)))
            if not isinstance(page.get("messages"), list):
                return None
            found += [message for message in page["messages"] if _is_recent(message, outbound)]
            following = page.get("next_page_uri")
            if not following:
                return found
            if not isinstance(following, str) or not following.startswith("/"):
                return None
            url = self._base_url + following
        return None


_NO_REPLY = Answer(200, {"Content-Type": "text/xml"}, b'<?xml version="1.0" encoding="UTF-8"?><Response/>')


def _sender_field(sender: str) -> str:
    return "MessagingServiceSid" if _SERVICE.fullmatch(sender) else "From"


def _json(response: httpx.Response) -> Mapping[str, Any]:
    """The body's JSON object, empty where it has none."""
    try:
        body = json.loads(response.content)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _accepted(response: httpx.Response) -> Outcome:
    message = _json(response)
    if not isinstance(message.get("sid"), str) or not message["sid"]:
        return Outcome.in_doubt(f"http_{response.status_code}", "Twilio said yes without saying to what.")
    return _outcome(message)


def _outcome(message: Mapping[str, Any]) -> Outcome:
    """What a message of Twilio's says of itself; its numbers and text are left out."""
    more: dict[str, Any] = {
        "provider_id": str(message.get("sid") or ""),
        "at": _instant(message.get("date_created")),
        "raw": {name: message[name] for name in _KEPT if name in message},
        "units": _segments(message),
        "cost": _price(message),
    }
    if STATUSES.get(str(message.get("status"))) not in ("failed", "bounced"):
        return Outcome.accepted(**more)
    code = _code(message) or str(message["status"])
    fault = _fault(code)
    return Outcome.failed(code, fault.reason, address=_blame(code, message.get("from")), **more)


def _segments(message: Mapping[str, Any]) -> int | None:
    """The segments that Twilio counted; "0", what a messaging service says at first, is not known yet."""
    count = str(message.get("num_segments") or "")
    return int(count) if re.fullmatch(r"[1-9][0-9]?", count) else None


def _price(message: Mapping[str, Any]) -> Money | None:
    """What Twilio billed, where it says so already; its ``price`` is below 0 (message-resource, "price")."""
    price, unit = message.get("price"), message.get("price_unit")
    if price in (None, "") or not unit:
        return None
    try:
        billed = Money(str(price), str(unit).upper())
    except InvalidInput:
        return None
    return Money.of_micros(abs(billed.micros), billed.currency)


def _refused(response: httpx.Response, ctx: Context) -> Outcome:
    """What an answer other than 2xx means: who is to blame, and whether Twilio may have sent it."""
    status = response.status_code
    problem = _json(response)
    code = _code(problem) or f"http_{status}"
    raw = {"status": status, "code": code}
    wait = retry_after(response, ctx)
    if status in (425, 429, 503):
        # "never processed and always safe to retry" (/errors/20429); 503 proves the same (law 5).
        return Outcome.retry(code, _fault(code).reason, retry_after=wait, raw=raw)
    if status >= 500 or status < 400 or status == 408:
        return Outcome.in_doubt(code, f"Twilio answered with status {status}.", raw=raw)
    if code in ERRORS:
        fault = ERRORS[code]
        if fault.kind == "failed":
            return Outcome.failed(code, fault.reason, address=fault.address, raw=raw)
        is_ours = fault.kind == "misconfigured"
        return Outcome.retry(code, fault.reason, retry_after=wait, misconfigured=is_ours, raw=raw)
    if status in _PUT_RIGHT and not _code(problem):
        reason = "Twilio lets us in nowhere: check account_sid, auth_token and base_url."
        return Outcome.misconfiguration(code, reason, raw=raw)
    return Outcome.failed(code, _fault(code).reason, raw=raw)


def _fault(code: str) -> Fault:
    # Twilio's own message is not used: it quotes the person's number.
    page = f": see https://www.twilio.com/docs/api/errors/{code}" if code.isdigit() else "."
    return ERRORS.get(code) or Fault("failed", f"Twilio refused it{page}")


def _code(problem: Mapping[str, Any]) -> str:
    code = str(problem.get("code") or problem.get("error_code") or "")
    return code if re.fullmatch(r"[0-9]{1,9}", code) else ""


def _blame(code: str, sender: object) -> Literal["", "dead", "opted_out"]:
    # From a short code, 30006 may mean that the carrier does not serve short codes (/api/errors/30006).
    if code == "30006" and _SHORT_CODE.fullmatch(str(sender)):
        return ""
    return ERRORS[code].address if code in ERRORS else ""


def _instant(value: object) -> int | None:
    """Microseconds of an RFC 2822 date, None where it is none."""
    try:
        return from_datetime(parsedate_to_datetime(str(value)))
    except (ValueError, TypeError, OverflowError, InvalidInput):
        return None


def _is_recent(message: object, outbound: Outbound) -> bool:
    if not isinstance(message, Mapping) or not str(message.get("direction", "")).startswith("outbound"):
        return False
    made = _instant(message.get("date_created"))
    return made is None or made >= (outbound.since or outbound.reserved) - CLOCKS


def _is_it(message: Mapping[str, Any], outbound: Outbound) -> bool:
    """Whether the text is ours: a trial account puts words before it, a messaging service may change signs."""
    if not isinstance(outbound.content, Sms) or not isinstance(message.get("body"), str):
        return False
    ours, theirs = outbound.content.text.strip(), message["body"].removeprefix(_TRIAL).strip()
    return theirs == ours or (_letters(theirs) == _letters(ours) != "")


def _letters(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", text.casefold()) if letter.isalnum())


def _verified(request: Request, signature: str, tokens: Sequence[str]) -> dict[str, str]:
    """The parameters of a request that Twilio signed; raises BadSignature or MalformedWebhook.

    The signature is the base64 HMAC-SHA1 of the URL and, of a form, all its parameters sorted, each name
    followed by its value and a repeated pair once. A JSON body is not a form: its SHA-256 stands in the
    URL as ``bodySHA256``. Each URL is tried as it is, without its port and with its scheme's own, because
    Twilio is not consistent (so say the comments of both validators).
    """
    pairs = _pairs(request)
    digest = parse_qs(_query(request)).get("bodySHA256")
    signed = "" if digest or request.method == "GET" else "".join(name + value for name, value in sorted(set(pairs)))
    expected = [_sign(token, url + signed) for token in tokens for url in _spellings(request.url)]
    # All are compared, whatever the first says, so that the time tells nothing.
    matches = [hmac.compare_digest(one, _raw(signature)) for one in expected]
    whole = not digest or hmac.compare_digest(_raw(digest[0]), hashlib.sha256(request.body).hexdigest().encode())
    if not any(matches) or not whole:
        raise BadSignature("X-Twilio-Signature is missing or wrong.", thing="twilio", mend="Check auth_token and URL.")
    return _readable(request, dict(pairs), is_json=bool(digest))


def _pairs(request: Request) -> list[tuple[str, str]]:
    """Names and values of the form, or of a GET's query; bytes that are no UTF-8 survive for the signature."""
    form = _query(request) if request.method == "GET" else request.body.decode("utf-8", "surrogateescape")
    return parse_qsl(form, keep_blank_values=True, errors="surrogateescape")


def _readable(request: Request, params: dict[str, str], *, is_json: bool) -> dict[str, str]:
    try:
        if is_json:
            json.loads(request.body)
            return {"json": request.body.decode()}
        "".join(name + value for name, value in params.items()).encode()
    except (ValueError, RecursionError) as error:
        raise MalformedWebhook("the body is neither a form nor JSON in UTF-8.", thing="twilio") from error
    if not params:
        raise MalformedWebhook("the body is empty.", thing="twilio")
    return params


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _sign(token: str, text: str) -> bytes:
    return base64.b64encode(hmac.digest(token.encode(), _raw(text), "sha1"))


def _spellings(url: str) -> tuple[str, ...]:
    parts = _URL.fullmatch(url)
    if parts is None:
        return (url,)
    scheme, host, rest = parts.groups()
    bare = re.sub(r":[0-9]*$", "", host)
    port = "443" if scheme.lower() == "https" else "80"
    return url, f"{scheme}://{bare}{rest}", f"{scheme}://{bare}:{port}{rest}"


def _status(request: Request, params: dict[str, str], status: str, ctx: Context) -> Receipt:
    """A status callback as a receipt, of now: Twilio sends no instant but the carrier's, in no stated zone."""
    code = params.get("ErrorCode", "")
    channel, address = _address(params.get("To", ""))
    blame = _blame(code, params.get("From"))
    return Receipt(
        STATUSES.get(status, "unknown"),
        ctx.now,
        key=_key(request),
        provider_id=_sid(params),
        id=f"{_sid(params) or _key(request)}:{status}",
        channel=channel,
        address=address,
        code=code,
        reason=_fault(code).reason if code else "",
        address_dead=blame == "dead",
        refused=blame == "opted_out",
        raw=params,
    )


def _inbound(
    request: Request, params: dict[str, str], ctx: Context, keywords: Mapping[str, tuple[str, ...]]
) -> tuple[Receipt, ...]:
    """A person's message, after what it changes: "unsubscribed" or "subscribed".

    OptOutType comes from messaging services with Advanced Opt-Out only; elsewhere our words are read,
    and then it is not known whether Twilio refuses the number (standalone short codes: it does not, law:T8).
    """
    text = params.get("Body") or params.get("ButtonText", "")
    told = params.get("OptOutType", "").strip().lower()
    wish = told if told in _WISHES else read_opt_out(text, **keywords) or ""
    channel, address = _address(params.get("From", ""))

    def receipt(kind: str, refused: bool = False) -> Receipt:
        return Receipt(
            kind,
            ctx.now,
            key=_key(request),
            provider_id=_sid(params),
            id=f"{_sid(params)}:{kind}",
            channel=channel,
            address=address,
            code=wish,
            text=text,
            refused=refused,
            raw=params,
        )

    changes = {"stop": ("unsubscribed", told == "stop"), "start": ("subscribed", False)}
    change = (receipt(*changes[wish]),) if wish in changes else ()
    return (*change, receipt("inbound"))


def _unknown(request: Request, params: dict[str, str], ctx: Context) -> Receipt:
    mark = hashlib.sha256(_raw(request.url) + b"\n" + request.body).hexdigest()[:32]
    return Receipt("unknown", ctx.now, key=_key(request), provider_id=_sid(params), id=mark, raw=params)


def _sid(params: Mapping[str, str]) -> str:
    return params.get("MessageSid") or params.get("SmsSid", "")


def _key(request: Request) -> str:
    return parse_qs(_query(request)).get("key", [""])[0]


def _query(request: Request) -> str:
    # Not urlsplit: it raises for a host that an attacker may have put into the URL.
    return request.url.partition("#")[0].partition("?")[2]


def _address(value: str) -> tuple[str, str]:
    """Channel and number of an address: other channels than SMS have their name before it."""
    parts = _SCHEMES.fullmatch(value)
    return (parts[1], parts[2]) if parts else ("sms", value)

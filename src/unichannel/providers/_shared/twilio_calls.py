"""Twilio's calls: verified, and read as receipts. The pages are named by the codec ``twilio``."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs, parse_qsl

from unichannel.core.inbound.opt_out import read_opt_out
from unichannel.errors import BadSignature, MalformedWebhook
from unichannel.ports import Context, Receipt, Request
from unichannel.providers._shared.talking import wish_of
from unichannel.providers._shared.twilio_words import CALLS, STATUSES, blame_of, fault_of

__all__ = ["WISHES", "call_receipts", "inbound", "status_receipt", "unknown", "verified"]

_SCHEMES = re.compile(r"(whatsapp|rcs|messenger):(.*)", re.DOTALL)
_URL = re.compile(r"(https?)://([^/?#]*)(.*)", re.DOTALL | re.IGNORECASE)

WISHES = frozenset({"stop", "start", "help"})


def verified(request: Request, signature: str, tokens: Sequence[str]) -> dict[str, str]:
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


def status_receipt(request: Request, params: dict[str, str], status: str, ctx: Context) -> Receipt:
    """A status callback as a receipt, of now: Twilio sends no instant but the carrier's, in no stated zone."""
    code = params.get("ErrorCode", "")
    channel, address = _address(params.get("To", ""))
    blame = blame_of(code, params.get("From"))
    return Receipt(
        STATUSES.get(status, "unknown"),
        ctx.now,
        key=_key(request),
        provider_id=_sid(params),
        id=f"{_sid(params) or _key(request)}:{status}",
        channel=channel,
        address=address,
        code=code,
        reason=fault_of(code).reason if code else "",
        address_dead=blame == "dead",
        refused=blame == "opted_out",
        raw=params,
    )


def call_receipts(request: Request, params: dict[str, str], ctx: Context) -> tuple[Receipt, ...]:
    """What became of a call of ours; a machine that answers is no person (``MachineDetection``)."""
    sid, status = params.get("CallSid", ""), params.get("CallStatus", "")
    ours = params.get("Direction", "").startswith("outbound")
    machine = params.get("AnsweredBy", "human").startswith(("machine", "fax"))
    return tuple(
        Receipt(
            kind,
            ctx.now,
            key=_key(request),
            provider_id=sid,
            id=f"{sid or _key(request)}:{status}:{kind}",
            channel="voice",
            address=params.get("To" if ours else "From", ""),
            code=status if kind in ("bounced", "failed") else "",
            machine=kind == "opened" and machine,
            raw=params,
        )
        for kind in (CALLS.get(status, ("unknown",)) if ours else ("unknown",))
    )


def inbound(
    request: Request, params: dict[str, str], ctx: Context, keywords: Mapping[str, tuple[str, ...]]
) -> tuple[Receipt, ...]:
    """A person's message, after what it changes: "unsubscribed" or "subscribed".

    OptOutType comes from messaging services with Advanced Opt-Out only; elsewhere our words are read,
    and then it is not known whether Twilio refuses the number (standalone short codes: it does not, law:T8).
    """
    text = params.get("Body") or params.get("ButtonText", "")
    told = params.get("OptOutType", "").strip().lower()
    channel, address = _address(params.get("From", ""))
    wish = told if told in WISHES else _wish(text, channel, keywords, tapped="ButtonPayload" in params)

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


def _wish(text: str, channel: str, keywords: Mapping[str, tuple[str, ...]], *, tapped: bool) -> str:
    """Our words, read where Twilio names no wish: "yes" is one of carriers' for texts, elsewhere an answer."""
    return wish_of(text, keywords, tapped) if channel != "sms" else read_opt_out(text, **keywords) or ""


def unknown(request: Request, params: dict[str, str], ctx: Context) -> Receipt:
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

"""Amazon's ways: requests signed by Signature Version 4, and calls by SNS, signed by certificate.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html and
https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message-verify-message-signature.html.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Generator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

import httpx

from unichannel.core.words.instant import DAY, to_datetime
from unichannel.errors import BadSignature, MalformedWebhook, UnavailableError
from unichannel.ports import Context, Request
from unichannel.providers._shared.crypto import certified
from unichannel.providers._shared.reading import body_of, read_json, text
from unichannel.providers._shared.signing import check

__all__ = ["Keys", "confirm", "signed", "sns_message"]

_SCHEME = "AWS4-HMAC-SHA256"
_HOST = re.compile(r"sns\.[a-z0-9-]{3,32}\.amazonaws\.com(\.cn)?")
_CERTIFICATE = re.compile(r"/SimpleNotificationService-[A-Za-z0-9]+\.pem")
_SIGNED: Mapping[str, Sequence[str]] = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}


class Keys(NamedTuple):
    """An access key; ``token`` where it is temporary. Its repr shows nothing."""

    id: str
    secret: str
    token: str = ""

    def __repr__(self) -> str:
        return "Keys(…)"


def signed(request: httpx.Request, keys: Keys, region: str, service: str, now: int) -> httpx.Request:
    """The request with its date and signature; ``now`` in microseconds UTC."""
    stamp = to_datetime(now).strftime("%Y%m%dT%H%M%SZ")
    request.headers["X-Amz-Date"] = stamp
    if keys.token:
        request.headers["X-Amz-Security-Token"] = keys.token
    names = sorted(name for name in request.headers if name in ("host", "content-type") or name.startswith("x-amz-"))
    scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
    whole = _canonical(request, names)
    text_to_sign = f"{_SCHEME}\n{stamp}\n{scope}\n{hashlib.sha256(whole.encode()).hexdigest()}"
    signature = hmac.digest(_key(keys.secret, scope), text_to_sign.encode(), "sha256").hex()
    request.headers["Authorization"] = (
        f"{_SCHEME} Credential={keys.id}/{scope}, SignedHeaders={';'.join(names)}, Signature={signature}"
    )
    return request


def _canonical(request: httpx.Request, names: Sequence[str]) -> str:
    headers = "".join(f"{name}:{' '.join(request.headers[name].split())}\n" for name in names)
    query = "&".join(sorted(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in _pairs(request)))
    path = quote(request.url.path, safe="/-_.~") or "/"
    body = hashlib.sha256(request.content).hexdigest()
    return f"{request.method}\n{path}\n{query}\n{headers}\n{';'.join(names)}\n{body}"


def _pairs(request: httpx.Request) -> Sequence[tuple[str, str]]:
    return request.url.params.multi_items()


def _key(secret: str, scope: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def sns_message(
    request: Request, topics: Sequence[str], ctx: Context, thing: str
) -> Generator[httpx.Request, httpx.Response, Mapping[str, Any]]:
    """An SNS message of one of these topics, whose signature has been verified.

    Anybody may subscribe our URL to a topic of theirs, and SNS signs that as well: the topic is what
    makes a message ours (P46). Raises BadSignature, MalformedWebhook, UnavailableError without a certificate.
    """
    message = read_json(body_of(request, thing), thing)
    if not isinstance(message, Mapping) or message.get("Type") not in _SIGNED:
        raise MalformedWebhook("the body is no SNS message.", thing=thing, mend="Leave raw message delivery off.")
    version, signature = text(message, "SignatureVersion"), text(message, "Signature")
    check(text(message, "TopicArn") in topics, thing, "the topic (topics=[…])")
    check(version in ("1", "2"), thing, "SignatureVersion")
    certificate = yield from _certificate(text(message, "SigningCertURL"), ctx, thing)
    algorithm = "sha256" if version == "2" else "sha1"
    check(certified(certificate, signature, _lines(message), algorithm, ctx.now), thing, "Signature")
    return message


def confirm(message: Mapping[str, Any], thing: str) -> Generator[httpx.Request, httpx.Response, None]:
    """Confirm a subscription by a GET of its SubscribeURL, which has to be Amazon's."""
    url = text(message, "SubscribeURL")
    check(_is_amazon(url), thing, "SubscribeURL")
    response = yield httpx.Request("GET", url, extensions={"safe": True})
    if not response.is_success:
        raise UnavailableError(
            "SNS did not take the confirmation.", thing=thing, mend="Answer 503, so that it asks again."
        )


def _lines(message: Mapping[str, Any]) -> bytes:
    names = _SIGNED[message["Type"]]
    given = [(name, message[name]) for name in names if message.get(name) is not None]
    return "".join(f"{name}\n{value}\n" for name, value in given).encode("utf-8", "surrogateescape")


def _certificate(url: str, ctx: Context, thing: str) -> Generator[httpx.Request, httpx.Response, bytes]:
    """The certificate, kept for a day; only from a host of Amazon's."""
    if not _is_amazon(url, _CERTIFICATE):
        raise BadSignature("SigningCertURL is not Amazon's.", thing=thing, mend="Answer 403.")
    kept, until = ctx.tokens.get(url, ("", 0))
    if kept and ctx.now < until:
        return kept.encode()
    response = yield httpx.Request("GET", url, extensions={"safe": True})
    if not response.is_success:
        raise UnavailableError("Amazon's certificate is not to be had.", thing=thing, mend="Answer 503.")
    ctx.tokens[url] = (response.content.decode("ascii", "replace"), ctx.now + DAY)
    return response.content


def _is_amazon(url: str, path: re.Pattern[str] | None = None) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    fits_path = path is None or (path.fullmatch(parts.path) is not None and not parts.query)
    return parts.scheme == "https" and _HOST.fullmatch(parts.netloc) is not None and fits_path

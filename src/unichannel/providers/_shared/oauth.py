"""OAuth 2: a credential exchanged for an access token, which is kept for as long as it holds (RFC 6749, 5)."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from urllib.parse import urlencode

import httpx

from unichannel.core.words.instant import HOUR, MINUTE, SECOND
from unichannel.ports import Context, Outcome
from unichannel.providers._shared.faults import Fault, failure
from unichannel.providers._shared.reading import answered_json, at, retry_after, text

__all__ = ["access_token", "exchange"]


def exchange(url: str, form: Mapping[str, str], **headers: str) -> httpx.Request:
    """The request for a token. It sends nothing to anybody, so it may be repeated."""
    return httpx.Request(
        "POST",
        url,
        headers={"Content-Type": "application/x-www-form-urlencoded", **headers},
        content=urlencode(form).encode("ascii"),
        extensions={"safe": True},
    )


def access_token(
    ctx: Context, cached: str, asking: Callable[[], httpx.Request], refused: str, busy: str
) -> Generator[httpx.Request, httpx.Response, str | Outcome]:
    """A token, kept in ``ctx.tokens`` until a minute before its end; or why there is none.

    ``refused`` and ``busy`` are the reasons told where the credential is not accepted, and where no token
    is given now.
    """
    token, until = ctx.tokens.get(cached, ("", 0))
    if token and ctx.now < until:
        return token
    response = yield asking()
    body = answered_json(response)
    token, seconds = text(body, "access_token"), at(body, "expires_in")
    if not (response.is_success and token):
        return _none(response, text(body, "error"), ctx, refused, busy)
    lasts = seconds * SECOND if isinstance(seconds, int) and 0 < seconds <= HOUR // SECOND else HOUR
    ctx.tokens[cached] = (token, ctx.now + lasts - MINUTE)
    return token


def _none(response: httpx.Response, code: str, ctx: Context, refused: str, busy: str) -> Outcome:
    is_ours = 400 <= response.status_code < 500 and response.status_code not in (408, 425, 429)
    fault = Fault("configuration", refused) if is_ours else Fault("retry", busy)
    code = code if code.replace("_", "").isalpha() and code.isascii() else f"http_{response.status_code}"
    return failure(fault, code, retry_after(response, ctx), raw={"status": response.status_code})

"""Meta's ways: its handshake and its signature, the same for all of its platforms.

Source: https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/create-webhook-endpoint.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qs

from unichannel.ports import Answer, Request
from unichannel.providers._shared.signing import check, fits, hexadecimal

__all__ = ["challenged", "check_hub"]


def challenged(request: Request, tokens: Sequence[str], thing: str) -> Answer:
    """The answer to a GET: the challenge, where Meta verifies our URL with one of the tokens.

    Raises BadSignature for another token. Any other look is answered 200.
    """
    query = parse_qs(request.url.partition("#")[0].partition("?")[2], errors="replace")
    if query.get("hub.mode") != ["subscribe"]:
        return Answer(200)
    check(fits(tokens, [query.get("hub.verify_token", [""])[0]]), thing, "hub.verify_token")
    challenge = query.get("hub.challenge", [""])[0]
    return Answer(200, {"Content-Type": "text/plain"}, challenge.encode("utf-8", "replace"))


def check_hub(request: Request, secrets: Sequence[str], thing: str) -> None:
    """Raise BadSignature without ``X-Hub-Signature-256`` over the raw body, by one of the app's secrets."""
    expected = ["sha256=" + hexadecimal(secret, request.body) for secret in secrets]
    check(fits(expected, [request.header("X-Hub-Signature-256")]), thing, "X-Hub-Signature-256")

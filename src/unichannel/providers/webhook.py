"""The generic webhook: messages out and events in as JSON, signed by the Standard Webhooks scheme.

For what has no codec of its own: an automation service, a gateway in the host's own network. Out goes one
POST for each delivery:

    {"type": "message.send", "timestamp": "2026-11-22T09:00:00Z",
     "data": {"key": …, "channel": "email", "address": …, "message": "welcome", "category": "news",
              "purpose": "marketing", "content": {"subject": …, "text": …}, "headers": [[name, value]],
              "callback_url": …}}

Its ``webhook-id`` is our key, the same for every attempt, by which a receiver knows a second copy
(``takes_key`` says for how many seconds it does). A 2xx is acceptance, under the ``id`` of the answer's
JSON, else under our key. In comes one event, or a list of them:

    {"type": "delivered", "timestamp": "2026-11-22T09:00:05Z", "id": …, "data": {"key": …, "address": …}}

``type`` is a kind of our vocabulary; ``data`` may have ``key``, ``provider_id``, ``address``, ``channel``,
``code``, ``reason``, ``url``, ``text``, ``link``, and the flags ``machine``, ``address_dead``, ``refused``.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

import httpx

from unichannel.core.messaging.delivery import RECEIPT_KINDS
from unichannel.core.words.instant import SECOND, iso
from unichannel.errors import ConfigurationError
from unichannel.ports import Abilities, Answer, Context, Conversation, Outbound, Outcome, Receipt, Received, Request
from unichannel.providers._shared.faults import refusal, table
from unichannel.providers._shared.reading import answered_json, at, body_of, instant, objects, read_json, text, told
from unichannel.providers._shared.signing import check_standard, several, sign_standard, standard_secret
from unichannel.providers._shared.writing import as_json

__all__ = ["Webhook"]

_FAULTS = table(
    ("configuration", "the receiver is gone: check url.", ("http_404", "http_410")),
    ("configuration", "the receiver does not believe the signature: check secrets.", ("http_401", "http_403")),
)
_TEXTS = ("provider_id", "address", "code", "reason", "url", "text")
_FLAGS = ("machine", "address_dead", "refused")


class Webhook:
    """Messages of some channels as signed JSON to a URL of the host's.

    ``secrets`` (``whsec_…``, one or several): the first signs what goes out, any verifies what comes
    in. ``reports``: evidence that the receiver tells of. ``takes_key``: seconds for which it refuses a
    second copy, None where it does not look. Raises ConfigurationError for settings that cannot work.
    """

    def __init__(
        self,
        url: str,
        secrets: str | Sequence[str],
        *,
        channels: Iterable[str] = ("email",),
        reports: Iterable[str] = (),
        takes_key: int | None = None,
        name: str = "webhook",
    ) -> None:
        self.name, self.channels, self._url = name, frozenset(channels), url
        self._keys = tuple(standard_secret(one) for one in several(secrets, "secrets"))
        self.abilities = Abilities(
            frozenset(reports), takes_key=takes_key, signature="Standard Webhooks", inbound="replied" in set(reports)
        )
        if not self._keys:
            raise ConfigurationError("the webhook has no secret.", thing="secrets", mend="Give whsec_….")
        if not url.startswith("https://"):
            raise ConfigurationError("the webhook's URL is not https.", thing="url", mend="Give an https URL.")

    def __repr__(self) -> str:
        return f"Webhook(name={self.name!r})"

    def send(self, outbound: Outbound, ctx: Context) -> Conversation[Outcome]:
        """Post the delivery; a 2xx is acceptance."""
        try:
            body = as_json(_message(outbound, ctx))
        except (TypeError, ValueError):
            return Outcome.failed("content", "the content is no JSON.")
        seconds = str(ctx.now // SECOND)
        headers = {
            "Content-Type": "application/json",
            "webhook-id": outbound.key,
            "webhook-timestamp": seconds,
            "webhook-signature": sign_standard(self._keys[0], outbound.key, seconds, body),
        }
        response = yield httpx.Request("POST", self._url, headers=headers, content=body)
        if not response.is_success:
            return refusal(response, ctx, _FAULTS)
        named = text(answered_json(response), "id") or outbound.key
        return Outcome.accepted(named, raw={"status": response.status_code})

    def look_up(self, outbound: Outbound, ctx: Context) -> Conversation[Outcome | None]:
        """Nothing is looked up: in doubt it was, in doubt it stays."""
        yield from ()
        return Outcome.in_doubt("no_look_up", "a webhook cannot be asked.")

    def receive(self, request: Request, ctx: Context) -> Conversation[Received]:
        """Verify and read events; a kind that is none of ours is unknown."""
        yield from ()
        if request.method.upper() in ("GET", "HEAD"):
            return Received(answer=Answer(200))
        body_of(request, self.name)
        id = check_standard(request, self._keys, ctx.now, self.name)
        events = objects(read_json(request.body, self.name))
        return Received(tuple(_receipt(event, f"{id}:{n}", ctx) for n, event in enumerate(events)))


def _message(outbound: Outbound, ctx: Context) -> Mapping[str, Any]:
    content = {one.name: getattr(outbound.content, one.name) for one in fields(outbound.content)}  # type: ignore[arg-type]
    names = ("key", "channel", "address", "message", "category", "purpose")
    data = {name: getattr(outbound, name) for name in names}
    more = {"content": content, "headers": outbound.headers, "callback_url": ctx.callback_url}
    return {"type": "message.send", "timestamp": iso(ctx.now), "data": data | more}


def _receipt(event: Mapping[str, Any], id: str, ctx: Context) -> Receipt:
    kind, data = text(event, "type"), at(event, "data")
    link = at(data, "link")
    return told(
        kind if kind in RECEIPT_KINDS else "unknown",
        event,
        ctx,
        occurred=instant(event.get("timestamp"), ctx.now),
        id=text(event, "id") or id,
        key=text(data, "key"),
        channel=text(data, "channel"),
        link=link if isinstance(link, int) and not isinstance(link, bool) else None,
        **{name: text(data, name) for name in _TEXTS},
        **{name: at(data, name) is True for name in _FLAGS},
    )

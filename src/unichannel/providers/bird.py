"""Bird (MessageBird until 2024): SMS by its messaging API; receipts, replies and opt-outs by Standard Webhooks.

Guarantee: at most one SMS for three hours: our key is the idempotency key. Bird gives a refusal again as it
gives an acceptance, so what was refused and mended goes out with a new delivery, or after that time.

Read as stored copies on 2026-11-22: https://bird.com/docs/api/idempotency and /docs/guides/idempotency,
https://bird.com/docs/api/errors and /docs/guides/errors (codes, names and types of refusals); the fields of
requests, answers and events as Bird's own bird-sdk-python has them (src/bird/_generated.py, _event_types.py).
Not verified: whether an opt-out of one sender holds for the account's others (we take it so); files, which
Bird's reference names and refuses for now. The earlier rest.messagebird.com is not this API.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

import httpx

from unichannel.core.messaging.content import Sms
from unichannel.errors import ConfigurationError
from unichannel.ports import Abilities, Context, Outbound, Outcome, Receipt, Request
from unichannel.providers._shared.faults import Fault, accepted, blames, table
from unichannel.providers._shared.phones import Keywords, cost
from unichannel.providers._shared.reading import at, instant, objects, read_json, text, told
from unichannel.providers._shared.signing import check_standard, several, standard_secret
from unichannel.providers._shared.single import Errors
from unichannel.providers._shared.texting import TextCodec
from unichannel.providers._shared.writing import KEY, post

__all__ = ["ERRORS", "KINDS", "STATUSES", "Bird"]

ERRORS = table(
    ("configuration", "Bird does not accept the key: check api_key and its region.", ("auth_error",)),
    ("configuration", "the key may not do this: check its permissions at Bird.", ("permission_error",)),
    ("configuration", "the account is out of credit: ask Bird.", ("billing_error", "insufficient_balance")),
    ("configuration", "Bird does not know this address of its API: check base_url.", ("not_found_error",)),
    ("configuration", "the sender is not set up for this country.", ("SMSSenderNotConfigured", "sender_unregistered")),
    ("configuration", "the sender may not send this category: check categories.", ("SenderCategoryNotPermitted",)),
    ("retry", "Bird is asked for too much at once.", ("rate_limit_error",)),
    ("doubt", "an earlier attempt is under way, or went out as another text.", ("E01004", "E01005")),
    ("permanent", "the number is none, or Bird reaches nobody there.", ("SMSInvalidRecipient",)),
    ("permanent", "Bird cannot use the message: a value is missing or wrong.", ("validation_error",)),
    ("permanent", "Bird does not do this with an SMS.", ("SMSUnsupportedFeature",)),
    ("dead", "there is no such number.", ("invalid_destination",)),
    ("dead", "the number is a landline, which takes no SMS.", ("landline_unreachable",)),
    ("opted_out", "the person told this sender to stop.", ("recipient_opted_out",)),
    ("permanent", "the person's phone, its owner or its network blocks it.", ("blocked_by_recipient",)),
    ("permanent", "the number could not be reached.", ("unreachable",)),
    ("permanent", "a network refused it.", ("blocked_by_carrier", "content_rejected")),
    ("permanent", "Bird takes it for fraud.", ("blocked_by_fraud_protection",)),
    ("permanent", "the network failed.", ("provider_unavailable",)),
)
"""By the ``name``, ``code`` or ``type`` of a refusal, and the ``code`` of an event's error."""

STATUSES: Mapping[str, str] = {
    "sms.accepted": "queued",
    "sms.sent": "sent",
    "sms.delivered": "delivered",
    "sms.undelivered": "bounced",
    "sms.failed": "failed",
    "sms.rejected": "rejected",
    "sms.expired": "failed",
}
"""Kinds of receipt by the type of an event."""

KINDS = frozenset({"authentication", "transactional", "marketing", "service"})
"""What Bird wants to know of each SMS."""

_REGION = re.compile(r"bk_([a-z0-9]+)_.+")
_REMEMBERS = 10_000  # seconds; Bird says about three hours


class Bird(TextCodec):
    """SMS through Bird.

    ``secrets`` (one or several, ``whsec_…``) are those of its webhooks; without them nothing is received.
    ``categories``: Bird's own (``KINDS``) by category or purpose of ours; a purpose that Bird has is itself,
    any other marketing. ``region`` is read from the key. ``keywords``: your own opt-out words. ``extra`` is
    added to each request. ``errors``: meaning and reason by code, before ``ERRORS``. Raises
    ConfigurationError for settings that cannot work.
    """

    contents = (Sms,)
    can: ClassVar[Abilities] = Abilities(
        frozenset({"delivered", "bounced", "replied"}),
        takes_key=_REMEMBERS,
        takes=frozenset(),
        signature="Standard Webhooks",
        inbound=True,
        tells_cost=True,
    )
    faults: ClassVar[Mapping[str, Fault]] = ERRORS

    def __init__(
        self,
        api_key: str,
        *,
        sender: str = "",
        secrets: str | Sequence[str] = (),
        categories: Mapping[str, str] | None = None,
        region: str = "",
        keywords: Keywords | None = None,
        extra: Mapping[str, Any] | None = None,
        errors: Errors | None = None,
        name: str = "bird",
        base_url: str = "",
    ) -> None:
        key = several(api_key, "api_key")[0]
        found = _REGION.fullmatch(key)
        region = region or (found[1] if found else "")
        self._keys = tuple(standard_secret(one) for one in several(secrets, "secrets"))
        self._categories = dict(categories or {})
        if not (region or base_url) or set(self._categories.values()) - KINDS:
            raise ConfigurationError(
                "the key tells no region, or a category is not Bird's.",
                thing="api_key",
                mend=f"Give bk_… whole, or region=; categories are {', '.join(sorted(KINDS))}.",
            )
        base_url = base_url or f"https://{region}.platform.bird.com"
        hears = bool(self._keys)
        super().__init__(name, base_url, sender, hears=hears, keywords=keywords, extra=extra, errors=errors)
        self._authorization = f"Bearer {key}"

    def _message(self, outbound: Outbound, sender: str, ctx: Context) -> httpx.Request:
        message = {
            "to": outbound.address,
            "from": sender,
            "text": getattr(outbound.content, "text", ""),
            "category": self._category(outbound),
            "metadata": {KEY: outbound.key},
        }
        headers = {"Authorization": self._authorization, "Idempotency_Key": outbound.key}
        return post(f"{self._base_url}/v1/sms/messages", {**message, **self._extra}, **headers)

    def _category(self, outbound: Outbound) -> str:
        ours = (self._categories.get(one) for one in (outbound.category, outbound.purpose))
        return next(filter(None, ours), outbound.purpose if outbound.purpose in KINDS else "marketing")

    def _accepted(self, response: httpx.Response, body: Any) -> Outcome:
        units = at(body, "segments", "count")
        return accepted(response, text(body, "id"), units=units if type(units) is int else None)

    def _codes(self, response: httpx.Response, body: Any) -> Iterable[str]:
        return [text(body, "error", name) for name in ("name", "code", "type")]

    def _verify(self, request: Request, ctx: Context) -> None:
        check_standard(request, self._keys, ctx.now, self.name)

    def _receipts(self, request: Request, ctx: Context) -> Sequence[Receipt]:
        id = request.header("webhook-id") or request.header("svix-id")
        found: list[Receipt] = []
        for event in objects(read_json(request.body, self.name)):
            sort, data = text(event, "type"), at(event, "data")
            more: dict[str, Any] = {"id": id, "channel": "sms", "occurred": instant(event.get("timestamp"), ctx.now)}
            if sort == "sms.received":
                more |= {"provider_id": text(data, "sms_id"), "address": text(data, "from")}
                found += self._heard(event, ctx, words=text(data, "text"), **more)
            elif sort == "sms_suppression.created":
                more |= {"address": text(data, "destination"), "code": text(data, "reason")}
                found.append(told("unsubscribed", event, ctx, **more))
            else:
                found.append(self._status(STATUSES.get(sort, "unknown"), event, ctx, more))
        return found

    def _status(self, kind: str, event: Mapping[str, Any], ctx: Context, more: Mapping[str, Any]) -> Receipt:
        data = at(event, "data")
        code = text(data, "error", "code")
        fault = self._faults.get(code)
        return told(
            kind,
            event,
            ctx,
            key=text(data, "metadata", KEY),
            provider_id=text(data, "sms_id"),
            address=text(data, "to"),
            code=code,
            reason=fault.reason if fault else "",
            cost=cost(at(data, "cost", "amount"), text(data, "cost", "currency_code")),
            **more,
            **blames(fault),
        )

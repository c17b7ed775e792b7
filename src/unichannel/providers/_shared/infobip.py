"""What Infobip's channels have in common: statuses, refusals, ids of attempts, and its logs.

Sources are in ``unichannel.providers.infobip`` and ``unichannel.providers.infobip_email``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

import httpx

from unichannel.core.words.instant import HOUR, MINUTE
from unichannel.errors import ConfigurationError
from unichannel.ports import Context, Conversation, Outbound, Outcome
from unichannel.providers._shared.faults import Fault, accepted, failure, table
from unichannel.providers._shared.reading import answered_json, at, objects, text

__all__ = [
    "GROUPS",
    "KEPT",
    "REFUSALS",
    "SETTLING",
    "STATUSES",
    "answered",
    "checked_url",
    "codes_of",
    "id_of",
    "in_logs",
    "kind_of",
]

REFUSALS = table(
    ("configuration", "Infobip does not accept the key: check api_key and base_url.", ("http_401", "UNAUTHORIZED")),
    ("configuration", "the key may not do this: check its scopes, and ask for the API.", ("http_403", "FORBIDDEN")),
    (
        "configuration",
        "the account is out of credit, or its package expired.",
        ("REJECTED_NOT_ENOUGH_CREDITS", "REJECTED_PREPAID_PACKAGE_EXPIRED"),
    ),
    ("configuration", "the sender is not registered, or is blocked.", ("REJECTED_SOURCE", "REJECTED_SENDER")),
    (
        "configuration",
        "the account may not send there: ask Infobip.",
        ("REJECTED_DESTINATION_NOT_REGISTERED", "REJECTED_ROUTE_NOT_AVAILABLE"),
    ),
    ("retry", "too much for one address in an hour.", ("REJECTED_FLOODING_FILTER",)),
    ("retry", "Infobip failed, and asks to come again.", ("REJECTED_SYSTEM_ERROR",)),
    ("doubt", "Infobip has a message with this id already.", ("REJECTED_DUPLICATE_MESSAGE_ID",)),
    ("opted_out", "the address is on a blocklist.", ("REJECTED_DESTINATION_BLOCKLISTED",)),
    ("permanent", "Infobip cannot use the message.", ("UNDELIVERABLE_REJECTED_PLATFORM", "BAD_REQUEST")),
)
"""Refusals of every channel, by status or code."""

STATUSES: Mapping[str, str] = {
    "PENDING_ACCEPTED": "queued",
    "DELIVERED_TO_OPERATOR": "sent",
    "EXPIRED_DLR_UNKNOWN": "sent",
    "REJECTED": "bounced",
}
"""Kinds of receipt by the ``name`` of a status, before that of its group.

Unknown: it reached the network. Rejected is a call that the person declined; what Infobip rejects says why."""

GROUPS: Mapping[str, str] = {
    "ACCEPTED": "queued",
    "PENDING": "sent",
    "DELIVERED": "delivered",
    "UNDELIVERABLE": "bounced",
    "EXPIRED": "failed",
    "REJECTED": "rejected",
}
"""Kinds of receipt by the ``groupName`` of a status."""

KEPT = 47 * HOUR
"""For how long Infobip's logs prove absence; it says 48 hours."""

SETTLING = 5 * MINUTE
"""How long after our first attempt an absence proves nothing: it may not stand in the logs yet."""

_REFUSED = frozenset({"REJECTED", "UNDELIVERABLE", "EXPIRED"})
_MOST = 50  # ids of one look-up: 2,048 characters


def checked_url(base_url: str) -> str:
    """The account's own URL; raises ConfigurationError for one that is not https."""
    if not base_url.startswith("https://"):
        raise ConfigurationError("base_url is not https.", thing="base_url", mend="Give the account's base URL.")
    return base_url


def id_of(key: str, attempt: int) -> str:
    """Infobip refuses a second message with an id, even where the first was refused: so each attempt has one."""
    return f"{key}-{attempt}"


def kind_of(event: Mapping[str, Any]) -> str:
    """The kind of receipt that a report's status means."""
    group = text(event, "status", "groupName")
    return STATUSES.get(text(event, "status", "name")) or GROUPS.get(group, "unknown")


def answered(response: httpx.Response, body: Any, faults: Mapping[str, Fault]) -> Outcome:
    """What a yes means: it may name a refusal."""
    told = at(body, "messages", 0)
    group, status = text(told, "status", "groupName"), text(told, "status", "name")[:64]
    if group in _REFUSED:
        fault = faults.get(status) or Fault("permanent", "Infobip refused it.")
        return failure(fault, status or group, raw={"status": response.status_code, "code": status})
    return accepted(response, text(told, "messageId"))


def codes_of(body: Any) -> Iterable[str]:
    """The codes of a refusal, in the older form and in the newer."""
    return [text(body, "requestError", "serviceException", "messageId"), text(body, "errorCode")]


def in_logs(url: str, authorization: str, outbound: Outbound, ctx: Context) -> Conversation[Outcome | None]:
    """Look for any attempt in the logs at a URL; one that was refused does not count."""
    ids = [id_of(outbound.key, n + 1) for n in range(outbound.attempt)][-_MOST:]
    headers = {"Authorization": authorization, "Accept": "application/json"}
    asked = f"{url}?{urlencode({'messageId': ','.join(ids)})}"
    response = yield httpx.Request("GET", asked, headers=headers, extensions={"safe": True})
    found = at(answered_json(response), "results")
    if not response.is_success or not isinstance(found, list):
        return Outcome.in_doubt("look_up_failed", "Infobip's logs could not be read.")
    ours = [one for one in objects(found) if text(one, "messageId") in ids]
    sent = [one for one in ours if text(one, "status", "groupName") != "REJECTED"]
    if sent:
        return Outcome.accepted(text(sent[0], "messageId"), raw={"status": response.status_code})
    if not SETTLING <= ctx.now - outbound.since <= KEPT:
        return Outcome.in_doubt("too_early_or_late", "Infobip's logs do not prove absence at this time.")
    return None

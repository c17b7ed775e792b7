"""WhatsApp's calls: statuses, what people say, what they chose; and what Meta's codes mean.

Pages are named under https://developers.facebook.com/documentation/business-messaging.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from unichannel.errors import MalformedWebhook
from unichannel.ports import Context, Receipt
from unichannel.providers._shared.faults import Fault, table
from unichannel.providers._shared.phones import Keywords
from unichannel.providers._shared.reading import at, instant, objects, read_json, text, told
from unichannel.providers._shared.talking import heard
from unichannel.providers._shared.whatsapp_contents import CAPTIONED

__all__ = ["STATUSES", "WHATSAPP_ERRORS", "changes_of", "receipts_of"]

WHATSAPP_ERRORS: Mapping[str, Fault] = table(
    ("configuration", "Meta does not accept the access token: get a new one.", (0, 190)),
    ("configuration", "the app may not do this: check its permissions.", (3, 10, 131005, *range(200, 300))),
    ("configuration", "the phone number is unknown or not registered.", (33, 131045, 133010)),
    ("configuration", "the account is restricted: see WhatsApp's policy enforcement.", (368, 131031)),
    ("configuration", "there is a problem with the payment method.", (131042, 134011)),
    ("configuration", "the display name of the number is not approved.", (131037,)),
    ("configuration", "the template is not there in that language, or not approved.", (132001,)),
    ("configuration", "the template is paused or disabled: mend it in WhatsApp Manager.", (132007, 132015, 132016)),
    ("configuration", "marketing templates are switched off for the Cloud API.", (131063,)),
    ("retry", "the limit of the app, the account or the number is reached.", (4, 80007, 130429, 131048, 131064)),
    ("retry", "too many messages to this person in a short time.", (131056,)),
    ("retry", "WhatsApp is not available now.", (2, 131000, 131016, 131057, 133004, 2494100)),
    ("permanent", "WhatsApp could not deliver: no WhatsApp number, or an old app.", (131026,)),
    ("permanent", "more than 24 hours since the person's last message: send a template.", (131047,)),
    ("permanent", "WhatsApp held it back, to keep the number of marketing messages low.", (131049, 130472)),
    ("permanent", "the person stopped marketing messages of this business.", (131050,)),
    ("permanent", "the business has blocked the person.", (130403,)),
    ("permanent", "the account may not write to this country.", (130497,)),
    ("permanent", "the number is the sender's own.", (131021,)),
    ("permanent", "WhatsApp cannot use the request.", (1, 100, 131008, 131009, 131051, 135000)),
    ("permanent", "the file could not be fetched, or is of no supported type.", (131052, 131053)),
    ("permanent", "the parameters do not fit the template.", (132000, 132005, 132012)),
)
"""What Meta's codes mean (…/whatsapp/support/error-codes, stored copy of September 2026)."""

STATUSES: Mapping[str, str] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "opened",
    "played": "opened",
    "failed": "failed",
}
"""Kinds of receipt by ``status`` (…/whatsapp/webhooks/reference/messages/status)."""

_UNDELIVERED, _STOPPED = "131026", "131050"
_PREFERENCES = {"stop": "unsubscribed", "resume": "subscribed"}
_NO_PERSON = frozenset({"system", "unsupported", "unknown", ""})


def changes_of(body: bytes, thing: str) -> list[tuple[str, Mapping[str, Any]]]:
    """Fields and values of a WhatsApp call; raises MalformedWebhook for what is none."""
    call = read_json(body, thing)
    entries = at(call, "entry")
    if not isinstance(entries, list):
        raise MalformedWebhook("the body is no call of WhatsApp's.", thing=thing)
    changes = [change for entry in objects(entries) for change in objects(at(entry, "changes") or [])]
    return [(text(one, "field"), value) for one in changes if isinstance(value := at(one, "value"), Mapping)]


def receipts_of(
    field: str, value: Mapping[str, Any], ctx: Context, keywords: Keywords, currency: str = ""
) -> Iterable[Receipt]:
    """The receipts of one change; what is new is unknown."""
    found = [
        *(receipt for one in _list(value, "statuses") for receipt in _status(one, ctx, currency)),
        *(receipt for one in _list(value, "messages") for receipt in _message(one, ctx, keywords)),
        *(_preference(one, ctx) for one in _list(value, "user_preferences")),
    ]
    return found or [told("unknown", {"field": field, "value": value}, ctx, channel="whatsapp")]


def _list(value: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    return objects(value.get(name) or [])


def _status(event: Mapping[str, Any], ctx: Context, currency: str) -> Iterable[Receipt]:
    """A status; that of a person who stopped marketing says so too, and stops nothing else."""
    kind = STATUSES.get(text(event, "status"), "unknown")
    code = text(event, "errors", 0, "code")
    id = text(event, "id")
    common: dict[str, Any] = {
        "occurred": instant(event.get("timestamp"), ctx.now),
        "provider_id": id,
        "channel": "whatsapp",
        "code": code,
    }
    yield told(
        "bounced" if kind == "failed" and code == _UNDELIVERED else kind,
        event,
        ctx,
        key=text(event, "biz_opaque_callback_data"),
        id=f"{id}:{text(event, 'status')}" if id else "",
        address=_number(text(event, "recipient_id")),
        reason=WHATSAPP_ERRORS[code].reason if code in WHATSAPP_ERRORS else "",
        cost=f"0 {currency}" if currency and text(event, "pricing", "type").startswith("free_") else "",
        **common,
    )
    address = _number(text(event, "recipient_id"))
    if code == _STOPPED and address:
        yield told("unsubscribed", event, ctx, id=f"{id}:unsubscribed", address=address, **common)


def _preference(event: Mapping[str, Any], ctx: Context) -> Receipt:
    """What a person chose for marketing messages (…/whatsapp/webhooks/reference/user_preferences)."""
    return told(
        _PREFERENCES.get(text(event, "value"), "unknown"),
        event,
        ctx,
        occurred=instant(event.get("timestamp"), ctx.now),
        channel="whatsapp",
        address=_number(text(event, "wa_id")),
        code=text(event, "value"),
    )


def _message(event: Mapping[str, Any], ctx: Context, keywords: Keywords) -> Iterable[Receipt]:
    sort = text(event, "type")
    common: dict[str, Any] = {
        "occurred": instant(event.get("timestamp"), ctx.now),
        "provider_id": text(event, "context", "id"),
        "channel": "whatsapp",
        "address": _number(text(event, "from")),
    }
    if sort in _NO_PERSON:
        id = text(event, "id")
        return [told("unknown", event, ctx, id=f"unknown:{id}" if id else "", **common)]
    tapped = sort in ("button", "interactive")
    return heard(event, ctx, keywords, words=_words(sort, event), id=text(event, "id"), tapped=tapped, **common)


def _words(sort: str, event: Mapping[str, Any]) -> str:
    """What a person is seen to say, by a text, a tap, a caption or a sign."""
    places: dict[str, tuple[str, ...]] = {
        "text": ("text", "body"),
        "button": ("button", "text"),
        "interactive": ("interactive", text(event, "interactive", "type"), "title"),
        "reaction": ("reaction", "emoji"),
        **{one: (one, "caption") for one in CAPTIONED},
    }
    return text(event, *places[sort]) if sort in places else ""


def _number(wa_id: str) -> str:
    """E.164 of Meta's digits; an id that is no number (a user's id, a group) is no address of ours."""
    return f"+{wa_id}" if wa_id.isascii() and wa_id.isdigit() else ""

"""WhatsApp messages as Meta takes them, what becomes of them, and what its codes mean.

Shared by the Cloud API and by services that pass it on as it is. Sources, under
https://developers.facebook.com/documentation/business-messaging/whatsapp, are named by the codecs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from unichannel.core.messaging.content import Media, OpenUrl, Reply, WhatsApp, WhatsAppTemplate
from unichannel.errors import MalformedWebhook
from unichannel.ports import Context, Outbound, Receipt
from unichannel.providers._shared.faults import Fault, table
from unichannel.providers._shared.phones import Keywords
from unichannel.providers._shared.reading import at, instant, objects, read_json, text, told
from unichannel.providers._shared.talking import Unfit, heard, joined

__all__ = ["STATUSES", "WHATSAPP_ERRORS", "changes_of", "message_of", "receipts_of"]

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
_CAPTIONED = ("image", "video", "document")


# webhooks


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
        **{one: (one, "caption") for one in _CAPTIONED},
    }
    return text(event, *places[sort]) if sort in places else ""


def _number(wa_id: str) -> str:
    """E.164 of Meta's digits; an id that is no number (a user's id, a group) is no address of ours."""
    return f"+{wa_id}" if wa_id.isascii() and wa_id.isdigit() else ""


# messages


def message_of(outbound: Outbound, buttons: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """A WhatsApp content as the Cloud API takes it; raises Unfit for what it cannot show.

    ``buttons``: kinds of a template's buttons in order, by its name; "url" where it is not named.
    """
    content = outbound.content
    if not isinstance(content, WhatsApp):
        raise Unfit("WhatsApp carries WhatsApp contents.")
    head = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": outbound.address,
        "biz_opaque_callback_data": outbound.key,
    }
    if content.template is not None:
        template = content.template
        return {**head, "type": "template", "template": _template(template, buttons.get(template.name, ()))}
    return {**head, **(_interactive(content) if content.buttons else _plain(content))}


def _plain(content: WhatsApp) -> dict[str, Any]:
    """A text, or a file with what is said below it; a heading and a footer need buttons, so here they are lines."""
    words = joined(content.header, content.text, content.footer)
    if content.media is None:
        return {"type": "text", "text": {"body": words, "preview_url": True}}
    return _file(content.media, joined(words, content.media.caption))


def _file(media: Media, words: str = "") -> dict[str, Any]:
    sort = _sort(media)
    if words and sort not in _CAPTIONED:
        raise Unfit("WhatsApp shows no text below a sound: leave it out, or send it by itself.")
    name = media.url.partition("?")[0].partition("#")[0].rpartition("/")[2] if sort == "document" else ""
    return {"type": sort, sort: {"link": media.url, "caption": words, "filename": name}}


def _sort(media: Media) -> str:
    """Which kind of WhatsApp's files it is: what is no picture, film or sound is a document."""
    sort = media.media_type.partition("/")[0]
    if not media.media_type:
        raise Unfit("nothing tells what the file is: give Media(type=…).")
    return sort if sort in ("image", "video", "audio") else "document"


def _interactive(content: WhatsApp) -> dict[str, Any]:
    link = next((one for one in content.buttons if isinstance(one, OpenUrl)), None)
    replies = [one for one in content.buttons if isinstance(one, Reply)]
    extra = joined(content.header, content.media.caption) if content.media else ""
    shown = {
        "type": "cta_url" if link else "button",
        "header": _header(content),
        "body": {"text": joined(extra, content.text)},
        "footer": {"text": content.footer},
        "action": _link(link) if link else {"buttons": [_reply(one) for one in replies]},
    }
    return {"type": "interactive", "interactive": shown}


def _header(content: WhatsApp) -> dict[str, Any]:
    if content.media is None:
        return {"type": "text", "text": content.header} if content.header else {}
    if _sort(content.media) == "audio":
        raise Unfit("WhatsApp shows no sound above buttons: leave it out, or send it by itself.")
    return _file(content.media)


def _link(link: OpenUrl) -> dict[str, Any]:
    return {"name": "cta_url", "parameters": {"display_text": link.label, "url": link.url}}


def _reply(reply: Reply) -> dict[str, Any]:
    return {"type": "reply", "reply": {"id": reply.postback or reply.label, "title": reply.label}}


def _template(template: WhatsAppTemplate, kinds: Sequence[str]) -> dict[str, Any]:
    body = [{"type": "text", "text": one} for one in template.parameters] or [
        {"type": "text", "parameter_name": name, "text": one} for name, one in template.named.items()
    ]
    components = [
        {"type": "header", "parameters": _heading(template)},
        {"type": "body", "parameters": body},
        *(_button(n, kinds[n] if n < len(kinds) else "url", one) for n, one in enumerate(template.buttons) if one),
    ]
    return {
        "name": template.name,
        "language": {"code": template.language, "policy": "deterministic"},
        "components": [one for one in components if one["parameters"]],
    }


def _heading(template: WhatsAppTemplate) -> list[dict[str, Any]]:
    if template.media is not None:
        return [_file(template.media)]
    return [{"type": "text", "text": template.header}] if template.header else []


_PARAMETERS: Mapping[str, tuple[str, str]] = {"quick_reply": ("payload", "payload"), "copy_code": ("coupon_code",) * 2}


def _button(n: int, kind: str, value: str) -> dict[str, Any]:
    """A button's parameter: what follows its URL, what its reply brings back, or a code to copy."""
    sort, name = _PARAMETERS.get(kind, ("text", "text"))
    return {"type": "button", "sub_type": kind, "index": str(n), "parameters": [{"type": sort, name: value}]}

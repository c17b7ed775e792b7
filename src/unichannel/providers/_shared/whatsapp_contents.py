"""WhatsApp messages as Meta's Cloud API takes them; sources are named by the codecs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from unichannel.core.messaging.content import Media, OpenUrl, Reply, WhatsApp, WhatsAppTemplate
from unichannel.ports import Outbound
from unichannel.providers._shared.talking import Unfit, joined

__all__ = ["CAPTIONED", "message_of"]

CAPTIONED = ("image", "video", "document")
"""Files below which WhatsApp shows a text."""


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
    if words and sort not in CAPTIONED:
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

"""Contents as Vonage takes them; sources are in ``unichannel.providers.vonage``. Unfit is raised for the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from unichannel.core.messaging.content import Content, Mms, Rcs, Sms, Voice
from unichannel.ports import Context, Outbound
from unichannel.providers._shared.rbm import content_message
from unichannel.providers._shared.talking import Unfit
from unichannel.providers._shared.texting import bare, sort_of
from unichannel.providers._shared.whatsapp_contents import message_of

__all__ = ["FORMS", "call_of", "whatsapp_of"]

_LONGEST, _SPOKEN = 1_000, 1_500


def _sms(content: Sms) -> Mapping[str, Any]:
    if len(content.text) > _LONGEST:
        raise Unfit(f"Vonage takes {_LONGEST:,} characters of an SMS.")
    return {"message_type": "text", "text": content.text}


def _mms(content: Mms) -> Mapping[str, Any]:
    """A file, or several; the text stands below the first."""
    if content.subject:
        raise Unfit("Vonage takes no subject of an MMS.")
    below = "\n".join(part for part in (content.text, content.media[0].caption) if part)
    files = [(sort_of(one), one.url, one.caption if place else below) for place, one in enumerate(content.media)]
    if len(files) > 1:
        listed = [{"type": sort, "url": url, "caption": said} for sort, url, said in files]
        return {"message_type": "content", "content": listed}
    sort, url, said = files[0]
    return {"message_type": sort, sort: {"url": url, "caption": said}}


def _rcs(content: Rcs) -> Mapping[str, Any]:
    if content.text and not content.suggestions:
        return {"message_type": "text", "text": content.text}
    return {"message_type": "custom", "custom": {"contentMessage": content_message(content)}}


def whatsapp_of(outbound: Outbound, buttons: Mapping[str, Sequence[str]]) -> Mapping[str, Any]:
    """Templates and buttons go through to WhatsApp as they are; texts and files have words of Vonage's own."""
    message = message_of(outbound, buttons)
    sort = message["type"]
    shown = message[sort]
    if sort in ("template", "interactive"):
        return {"message_type": "custom", "custom": {"type": sort, sort: shown}}
    if sort == "text":
        return {"message_type": "text", "text": shown["body"]}
    name = "file" if sort == "document" else sort
    return {"message_type": name, name: {"url": shown["link"], "caption": shown["caption"], "name": shown["filename"]}}


FORMS: Mapping[type[Content], Callable[[Any], Mapping[str, Any]]] = {
    Sms: _sms,
    Mms: _mms,
    Rcs: _rcs,
}


def call_of(content: Voice, address: str, sender: str, ctx: Context) -> Mapping[str, Any]:
    """A call that says a text or plays a recording, and reports to us."""
    return {
        "to": [{"type": "phone", "number": bare(address)}],
        "from": {"type": "phone", "number": bare(sender)},
        "ncco": [_spoken(content)],
        "event_url": [ctx.callback_url] if ctx.callback_url else [],
        "event_method": "POST" if ctx.callback_url else "",
    }


def _spoken(content: Voice) -> Mapping[str, Any]:
    """``voice`` is the number of a style, of which each language has some."""
    if content.audio:
        return {"action": "stream", "streamUrl": [content.audio]}
    if len(content.text) > _SPOKEN or (content.voice and not content.voice.isdecimal()):
        raise Unfit(f"Vonage speaks {_SPOKEN:,} characters, in a style that is a number.")
    style = int(content.voice) if content.voice else None
    return {"action": "talk", "text": content.text, "language": content.language, "style": style}

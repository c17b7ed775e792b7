"""Twilio's forms: what each content is as parameters of a message or a call. The pages are named by ``twilio``."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from unichannel.core.messaging.content import Content, Media, Mms, Rcs, Sms, Voice, WhatsApp, WhatsAppTemplate
from unichannel.ports import Outbound
from unichannel.providers._shared.talking import Unfit, joined

__all__ = ["CHANNELS", "SERVICE", "addressed", "call_form", "message_form", "words_of"]

Form = Mapping[str, str | Sequence[str]]

CHANNELS = frozenset({"sms", "mms", "rcs", "whatsapp", "voice"})
SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
LONGEST_TWIML = 4_000

_PREFIXED = frozenset({"whatsapp", "rcs"})
_CONTROLS = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF))
_EVENTS = ("initiated", "ringing", "answered", "completed")


def addressed(channel: str, address: str) -> str:
    """A number as Twilio takes it on the channel: others than texts and calls have their name before it."""
    bare = channel not in _PREFIXED or SERVICE.fullmatch(address) or address.startswith(f"{channel}:")
    return address if bare else f"{channel}:{address}"


def message_form(outbound: Outbound, sender: str, templates: Mapping[str, str]) -> Form:
    """The parameters of a message; raises Unfit for what Twilio cannot carry."""
    field = "MessagingServiceSid" if SERVICE.fullmatch(sender) else "From"
    who = {
        "To": addressed(outbound.channel, outbound.address),
        field: addressed(outbound.channel, sender),
    }
    content = outbound.content
    if isinstance(content, WhatsApp) and content.template is not None:
        return {**who, **_template(content.template, templates)}
    words, files = words_of(content), _files(content)
    if not (words or files):
        raise Unfit("Twilio carries texts and files of SMS, MMS, RCS and WhatsApp, and calls.")
    return {**who, **({"Body": words} if words else {}), **({"MediaUrl": files} if files else {})}


def words_of(content: Content) -> str:
    """The text that goes out, "" where none does: by it a message is known again."""
    read = _WORDS.get(type(content))
    return read(content) if read else ""


def _mms(content: Mms) -> str:
    return joined(content.subject, content.text, *(one.caption for one in content.media))


def _whatsapp(content: WhatsApp) -> str:
    return joined(content.header, content.text, *([content.media.caption] if content.media else []), content.footer)


_WORDS: Mapping[type[Content], Callable[[Any], str]] = {
    Sms: lambda content: content.text,
    Mms: _mms,
    WhatsApp: _whatsapp,
    Rcs: lambda content: joined(content.text, *([content.file.caption] if content.file else [])),
}


def _files(content: Content) -> list[str]:
    """URLs of files; what can be tapped, cards and words beside a sound need a template of Twilio's."""
    if isinstance(content, WhatsApp):
        if content.buttons or (content.media and _whatsapp(content) and _is_sound(content.media)):
            raise Unfit("Twilio shows no buttons without a template, and no text beside a sound.")
        return [content.media.url] if content.media else []
    if isinstance(content, Rcs):
        if content.cards or content.suggestions:
            raise Unfit("Twilio shows no cards and suggestions of RCS without a template.")
        return [content.file.url] if content.file else []
    return [one.url for one in content.media] if isinstance(content, Mms) else []


def _is_sound(media: Media) -> bool:
    return media.media_type.startswith("audio/")


def _template(template: WhatsAppTemplate, templates: Mapping[str, str]) -> Form:
    """A template by Twilio's own id of it; what goes into its places is numbered from 1, or named."""
    sid = templates.get(f"{template.name}/{template.language}") or templates.get(template.name, "")
    if not sid:
        raise Unfit("Twilio knows templates by a ContentSid: give Twilio(templates={name: 'HX…'}).")
    if template.header or template.media or any(template.buttons):
        raise Unfit("Twilio numbers all places of a template together: give them all as parameters=.")
    values = {str(n): value for n, value in enumerate(template.parameters, 1)} or dict(template.named)
    variables = {"ContentVariables": json.dumps(values, ensure_ascii=False)} if values else {}
    return {"ContentSid": sid, **variables}


def call_form(outbound: Outbound, sender: str, callback: str) -> Form:
    """The parameters of a call; raises Unfit for what is too long to be said."""
    content = outbound.content
    if not isinstance(content, Voice):
        raise Unfit("Twilio makes calls of Voice contents.")
    twiml = f"<Response>{_verb(content)}</Response>"
    if len(twiml) > LONGEST_TWIML:
        raise Unfit(f"Twilio takes {LONGEST_TWIML:,} characters of a call with its marks; the text has more.")
    heard = {"StatusCallback": callback, "StatusCallbackEvent": _EVENTS} if callback else {}
    return {"To": outbound.address, "From": sender, "Twiml": twiml, **heard}


def _verb(content: Voice) -> str:
    if content.audio:
        return f"<Play>{escape(content.audio)}</Play>"
    told = {"language": content.language, "voice": content.voice}
    marks = "".join(f" {name}={quoteattr(value.translate(_CONTROLS))}" for name, value in told.items() if value)
    return f"<Say{marks}>{escape(content.text.translate(_CONTROLS))}</Say>"

"""Contents as Infobip takes them; sources are in ``unichannel.providers.infobip``. Unfit is raised for the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from unichannel.core.messaging.content import (
    Card,
    Content,
    Dial,
    Media,
    Mms,
    OpenUrl,
    Rcs,
    Reply,
    Suggestion,
    Voice,
    WhatsApp,
    WhatsAppTemplate,
)
from unichannel.providers._shared.talking import Unfit, joined
from unichannel.providers._shared.texting import captioned, sort_of

__all__ = ["FORMS", "REGIONS", "call_of", "template_of"]

REGIONS = frozenset(
    {
        *("ar-ma", "de-at", "de-ch", "en-au", "en-ca", "en-gb", "en-gb-wls", "en-ie", "en-in", "es-ar", "es-gl"),
        *("es-mx", "fil-ph", "fr-ca", "fr-ch", "kk-kz", "mr-in", "pt-br", "pt-pt", "sw-ke", "sw-tz", "ur-pk"),
        *("uz-uz", "zh-cn", "zh-tw"),
    }
)
"""Languages of calls that Infobip has by region; of others only the language counts."""

_SPOKEN = 1_400
_BODIES = {"image": "IMAGE", "video": "VIDEO", "file": "DOCUMENT"}


def call_of(content: Voice, language: str) -> Mapping[str, Any]:
    """A call that says a text or plays a recording. Of a language's regions Infobip has some."""
    if content.audio:
        return {"audioFileUrl": content.audio}
    if len(content.text) > _SPOKEN:
        raise Unfit(f"Infobip speaks {_SPOKEN:,} characters.")
    spoken = (content.language or language).lower()
    if spoken not in REGIONS:
        spoken = spoken.partition("-")[0]
    return {"text": content.text, "language": spoken, "voice": {"name": content.voice}}


def _body(media: Media, words: str) -> Mapping[str, Any]:
    sort = _BODIES.get(sort_of(media))
    if sort is None:
        raise Unfit("Infobip's Messages API takes pictures, films and documents.")
    return {"type": sort, "url": media.url, "text": words, "filename": _name(media) if sort == "DOCUMENT" else ""}


def _name(media: Media) -> str:
    return media.url.partition("?")[0].partition("#")[0].rpartition("/")[2]


def _mms(content: Mms) -> Mapping[str, Any]:
    if len(content.media) > 1 or content.subject:
        raise Unfit("Infobip sends one file with an MMS, and no subject.")
    (media,) = content.media
    return {"body": _body(media, joined(content.text, media.caption))}


def _rcs(content: Rcs) -> Mapping[str, Any]:
    if len(content.cards) == 1:
        raise Unfit("Infobip's Messages API has no single card: send a carousel, or a file.")
    body: Mapping[str, Any] = {"type": "TEXT", "text": content.text}
    if content.cards:
        body = {"type": "CAROUSEL", "cards": [_card(card) for card in content.cards]}
    elif content.file is not None:
        body = _body(captioned(content.file), "")
    return {"body": body, "buttons": _taps(content.suggestions)}


def _card(card: Card) -> Mapping[str, Any]:
    shown: dict[str, Any] = {"title": card.title, "text": card.text}
    if card.media is not None:
        sort = sort_of(captioned(card.media))
        if sort not in ("image", "video"):
            raise Unfit("a card shows a picture or a film.")
        options = {"height": card.height.upper()}
        shown |= {"url": card.media.url, "isVideo": sort == "video", "cardOptions": options}
    return {"body": shown, "buttons": _taps(card.suggestions)}


def _taps(suggestions: Iterable[Suggestion]) -> list[Mapping[str, Any]]:
    return [_tap(one) for one in suggestions]


def _tap(one: Suggestion) -> Mapping[str, Any]:
    if isinstance(one, OpenUrl):
        return {"type": "OPEN_URL", "text": one.label, "url": one.url}
    if isinstance(one, Dial):
        return {"type": "DIAL_PHONE", "text": one.label, "phoneNumber": one.phone}
    given = one.postback if isinstance(one, Reply) else ""
    return {"type": "REPLY", "text": one.label, "postbackData": given or one.label}


def _whatsapp(content: WhatsApp) -> Mapping[str, Any]:
    """A heading and a footer need buttons, so without those they are lines; above buttons stands one or the other."""
    if content.media and content.buttons:
        raise Unfit("Infobip's Messages API shows no file above buttons: send it by itself.")
    if content.buttons:
        header = {"type": "TEXT", "text": content.header} if content.header else {}
        body = {"type": "TEXT", "text": content.text}
        return {"header": header, "body": body, "footer": {"text": content.footer}, "buttons": _taps(content.buttons)}
    words = joined(content.header, content.text, content.footer)
    if content.media is None:
        return {"body": {"type": "TEXT", "text": words}}
    return {"body": _body(content.media, joined(words, content.media.caption))}


FORMS: Mapping[type[Content], Callable[[Any], Mapping[str, Any]]] = {Mms: _mms, Rcs: _rcs, WhatsApp: _whatsapp}


def template_of(template: WhatsAppTemplate, buttons: Mapping[str, Sequence[str]]) -> Mapping[str, Any]:
    """A registered template, whose places go by number or by name."""
    places = dict(template.named) or {str(n): one for n, one in enumerate(template.parameters, 1)}
    if "type" in places:
        raise Unfit("Infobip has no place of a template that is named type.")
    kinds = [*buttons.get(template.name, ()), *("url" for _ in template.buttons)]
    header: Mapping[str, Any] = {"type": "TEXT", "1": template.header} if template.header else {}
    if template.media is not None:
        header = _body(captioned(template.media), "")
    return {
        "template": {"templateName": template.name, "language": template.language},
        "content": {
            "header": header,
            "body": {"type": "TEXT", **places} if places else {},
            "buttons": [_fill(kind, one) for kind, one in zip(kinds, template.buttons, strict=False) if one],
        },
    }


def _fill(kind: str, value: str) -> Mapping[str, Any]:
    """A button's parameter: what its reply brings back, a code to copy, or what follows its URL."""
    if kind == "quick_reply":
        return {"type": "QUICK_REPLY", "postbackData": value}
    if kind == "copy_code":
        return {"type": "COPY_CODE", "code": value}
    return {"type": "OPEN_URL", "suffix": value}

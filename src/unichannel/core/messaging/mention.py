"""Mentions: what the law has a marketing message say beside its own words, and where that stands in each content.

Which mentions are due is decided with the delivery and kept among its frozen values, so the same key
always gives the same text. What the text says already is not said twice; where that is not sure it is
said, since a mention that lacks is worse than one too many.
"""

from __future__ import annotations

import dataclasses
import html
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from unichannel.core.messaging.content.base import Content
from unichannel.core.messaging.content.email import Email
from unichannel.core.messaging.content.pieces import Reply
from unichannel.core.messaging.content.rcs import MOST_SUGGESTIONS, Rcs
from unichannel.core.messaging.content.texting import Mms, Sms
from unichannel.core.messaging.content.whatsapp import WhatsApp
from unichannel.core.messaging.link import Links
from unichannel.core.messaging.mail_way_out import linked_in_html, linked_in_text

__all__ = ["MENTION", "before_end", "has_way_out", "with_mention"]

C = TypeVar("C", bound=Content)

MENTION = "(mention)"
"""The frozen value that holds a delivery's mentions: no variable of a template has such a name.

``sender`` begins a text, ``way_out`` ends it, ``foot`` are lines below an e-mail, and ``unsubscribe`` is what the
link below them is called.
"""

_BODY_END = re.compile(r"</body\s*>", re.IGNORECASE)

_WORDS = r"(?-i:STOP|STOPALL|ARRET|ARRÊT|UNSUBSCRIBE|OPTOUT|CANCEL|QUIT|BAJA|ABMELDEN|SAIR)"
"""Words that stop marketing, in capitals, as notices have them: "stop" alone is an ordinary word."""

_BEFORE = (
    r"reply|text|txt|send|opt[ -]?out|unsub\w*|r[ée]pond\w*|envoye[zr]|d[ée]sabo\w*|d[ée]sinscri\w*|antwort\w*|sende"
    r"|abmeld\w*|abbestell\w*|respond[ae]|env[ií][ae]|baja|rispondi|invia|cancell\w*|responda|sair|antwoord|stuur"
    r"|afmeld\w*|sms"
)
_AFTER = r"to\W+(?:opt|end|unsub\w*|cancel|quit|stop)|pour|par|zum|um|an|para|per|om|antworten"
_NUMBER = r"(?:(?:au|to|an|al|naar|para)\b[ :]{1,2})?\+?\d{5,}\b(?!\s*(?:€|euros?\b|eur\b|\$|£|%))"

_WAY_OUT = re.compile(
    rf"\b(?:{_BEFORE})\b\W{{1,3}}(?:\w+\W{{1,3}}){{0,2}}?{_WORDS}\b"  # Reply with STOP; désabo : STOP
    rf"|\b{_WORDS}(?:\W?sms)?\W{{1,2}}(?:{_AFTER})\b"  # STOP pour se désabonner
    r"|\bstop\W{1,2}to\W+(?:opt|end|unsub|cancel|quit|stop)"  # reply stop to opt out
    rf"|\bstop(?:\W?sms)?[ :=]{{1,3}}{_NUMBER}",  # STOP au 36180; STOP: 36180
    re.IGNORECASE,
)


def has_way_out(text: str) -> bool:
    """Whether a text says how to stop: the word with an instruction or a number, not "don't stop"."""
    return _WAY_OUT.search(text) is not None


def with_mention(content: C, values: Mapping[str, Any], linker: Links) -> C:
    """A rendered content with the mentions that were frozen with its values; the linker made its links."""
    told, add = values.get(MENTION), _ADDED.get(type(content))
    return cast("C", add(content, told, linker)) if told and add is not None else content


def _texted(content: Sms | Mms, told: Mapping[str, Any], _: Links) -> Content:
    text = content.text
    if told.get("sender") and not _says(f"{text} {content.sender}", told["sender"]):
        text = f"{told['sender']}: {text}".rstrip()
    text = _ended(text, told)
    return content if text == content.text else dataclasses.replace(content, text=text)


def _ended(text: str, told: Mapping[str, Any]) -> str:
    way_out = told.get("way_out", "")
    return text if not way_out or has_way_out(text) else f"{text.rstrip()}\n{way_out}".lstrip()


def _rich(content: Rcs, told: Mapping[str, Any], _: Links) -> Rcs:
    """Below a text; cards and files have none, so they get an answer to tap."""
    if content.text:
        return dataclasses.replace(content, text=_ended(content.text, told))
    tapped = [one.label.strip().upper() for one in content.suggestions if isinstance(one, Reply)]
    if not told.get("way_out") or "STOP" in tapped:
        return content
    return dataclasses.replace(content, suggestions=[*content.suggestions[: MOST_SUGGESTIONS - 1], Reply("STOP")])


def _free(content: WhatsApp, told: Mapping[str, Any], _: Links) -> WhatsApp:
    """Below free form; a template's words are Meta's to approve, so they stay."""
    if not content.text or has_way_out(content.footer):
        return content
    return dataclasses.replace(content, text=_ended(content.text, told))


def _mailed(content: Email, told: Mapping[str, Any], linker: Links) -> Email:
    foot = told.get("foot", ())
    shown = _shown(content.html) if foot else ""
    text = [line for line in foot if content.text and not _says(content.text, line)]
    marked = [html.escape(line) for line in foot if content.html and not _says(shown, line)]
    name, url = told.get("unsubscribe"), linker.unsubscribe()
    if name and url:
        if content.text and not linked_in_text(content.text, url, linker.leads):
            text.append(f"{name}: {url}")
        if content.html and not linked_in_html(content.html, url, linker.leads):
            marked.append(f'<a href="{html.escape(url)}">{html.escape(name)}</a>')
    if not text and not marked:
        return content
    return dataclasses.replace(
        content,
        text="\n".join([f"{content.text.rstrip()}\n", *text]) if text else content.text,
        html=before_end(content.html, f"<p>{'<br>'.join(marked)}</p>") if marked else content.html,
    )


def before_end(markup: str, more: str) -> str:
    """HTML with more at the end of its body."""
    ends = list(_BODY_END.finditer(markup))
    place = ends[-1].start() if ends else len(markup)
    return markup[:place] + more + markup[place:]


def _shown(markup: str) -> str:
    """What an HTML text shows, about: tags apart from words, comments and heads left out."""
    kept = re.sub(r"<!--.*?-->|<(head|style|script)\b.*?</\1\s*>", " ", markup, flags=re.IGNORECASE | re.DOTALL)
    return html.unescape(re.sub(r"<[^>]*>", " ", kept))


def _says(text: str, part: str) -> bool:
    """Whether the words of a part follow each other in a text, whatever stands between them."""
    return f" {_words(part)} " in f" {_words(text)} "


def _words(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(sign if sign.isalnum() else "" if unicodedata.combining(sign) else " " for sign in plain)
    return " ".join(kept.split())


_ADDED: Mapping[type, Callable[[Any, Mapping[str, Any], Links], Content]] = {
    Sms: _texted,
    Mms: _texted,
    Rcs: _rich,
    WhatsApp: _free,
    Email: _mailed,
}
"""How each content says it."""

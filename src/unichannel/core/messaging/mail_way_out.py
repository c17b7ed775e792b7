"""Whether an e-mail says itself how to unsubscribe: a link of the host's, ours, or a placeholder of the service's.

A link counts by what it is called or by where it leads. Where that is not sure it does not count: a way out that
lacks is worse than one too many.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator

__all__ = ["linked_in_html", "linked_in_text"]

_WORDS = re.compile(
    r"unsub|opt[-_ ]?out|d[ée]sabonn|d[ée]sinscri|abmeld|abbestell|austragen|darse?\s+de\s+baja|\bbaja\b"
    r"|disiscri|annulla\w*\s+(?:l.)?iscrizion|cancella\w*\s+(?:l.)?iscrizion|uitschrij|afmeld"
    r"|cancelar\s+(?:a\s+|la\s+)?(?:subscri|suscri|inscri|assinatura)|descadastr|avprenumer|avmeld|avregistrer",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(r"%[^\s%]*unsub[^\s%]*%|\[[^\s\]]*unsub[^\n\]]*\]", re.IGNORECASE)
"""What services fill in: %unsubscribe_url% (https://documentation.mailgun.com/docs/mailgun/user-manual/tracking-messages),
[[data-msys-unsubscribe="1"]] (https://github.com/SparkPost/support-docs/pull/789), [unsubscribe_tag]
(https://sendgrid.com/docs/Apps/subscription_tracking.html)."""

_URL = re.compile(r"https?://[^\s<>\"']+", re.IGNORECASE)
_END_OF_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_NOT_SHOWN = re.compile(r"<!--.*?-->|<(head|style|script)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_ANCHOR = re.compile(
    r"<(?:a|area)\b(?P<told>[^>]*\bhref\s*=\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[^\s>]+))[^>]*)>"
    r"(?P<inner>.*?)(?:</a\s*>|$)",
    re.IGNORECASE | re.DOTALL,
)

Leads = Callable[[str], str]
"""Where a URL leads that may be a tracked one."""


def linked_in_text(text: str, ours: str, leads: Leads) -> bool:
    """Whether a plain text has such a link, told of in its sentence, or alone below the line that tells of it."""
    if ours in text or _PLACEHOLDER.search(text):
        return True
    return any(_WORDS.search(leads(url)) or _WORDS.search(around) for url, around in _urls(text))


def _urls(text: str) -> Iterator[tuple[str, str]]:
    """Each URL with the words around it."""
    before = ""
    for line in text.splitlines():
        for sentence in _END_OF_SENTENCE.split(line):
            for found in _URL.finditer(sentence):
                is_alone = not re.sub(r"\W", "", line.replace(found.group(), ""))
                yield found.group().rstrip(".,;:!?)]"), before if is_alone else _URL.sub(" ", sentence)
        before = line if line.strip() else before


def linked_in_html(markup: str, ours: str, leads: Leads) -> bool:
    """Whether an HTML text has such a link where it is shown."""
    shown = _NOT_SHOWN.sub(" ", markup)
    return (
        html.escape(ours) in shown
        or bool(_PLACEHOLDER.search(shown))
        or any(_is_one(one, leads) for one in _ANCHOR.finditer(shown))
    )


def _is_one(anchor: re.Match[str], leads: Leads) -> bool:
    url = html.unescape(anchor["double"] or anchor["single"] or anchor["bare"] or "").strip()
    called = re.sub(r"""\b(?:href|class|id|style|target|rel)\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+)""", " ", anchor["told"])
    return any(
        _WORDS.search(html.unescape(text)) for text in (leads(url), called, re.sub(r"\s+", " ", anchor["inner"]))
    )

"""Why a delivery failed, in words that hold no address: what servers answer often repeats one.

Enhanced status codes are those of RFC 3463 (https://www.rfc-editor.org/rfc/rfc3463), basic ones of
RFC 5321, section 4.2.3 (https://www.rfc-editor.org/rfc/rfc5321#section-4.2.3).
"""

from __future__ import annotations

import re

from unichannel.core.telling.language import Language
from unichannel.core.words.saying import cut

__all__ = ["reason_words"]

_ENHANCED = re.compile(r"\b[45]\.(\d{1,3})\.(\d{1,3})\b")
_BASIC = re.compile(r"\b(552|550|551|553|554)\b")
_DETAILS = {
    (1, 1): "no_mailbox",
    (1, 2): "no_domain",
    (1, 6): "no_mailbox",
    (1, 10): "no_domain",
    (2, 1): "mailbox_off",
    (2, 2): "mailbox_full",
    (2, 3): "too_large",
    (3, 4): "too_large",
}
_CLASSES = {1: "no_mailbox", 3: "system", 4: "network", 6: "content", 7: "policy"}
_REPLIES = {"552": "mailbox_full"}
_OURS = {"MissingVariable": "template"}

_CODE = re.compile(r"[A-Za-z0-9][\w.-]{0,30}")
_PRIVATE = (
    re.compile(r"<[^>]*>"),
    re.compile(r"[\"'«“][^\"'»”]*[\"'»”]"),
    re.compile(r"\S*(?:@|://)\S*"),
    re.compile(r"\+?\d[\d ().-]{6,}\d"),
)


def reason_words(language: Language, reason: str) -> str:
    """The reason in the language where its code is known, else what the provider said without what is private."""
    known = _known(reason)
    code = _code(reason)
    if known is None:
        return _harmless(reason)
    words = language.reasons[known]
    return f"{words}, {code}" if code else words


def _known(reason: str) -> str | None:
    """The key of the language's words, None for a reason that no table has."""
    found = _ENHANCED.search(reason)
    if found is not None:
        subject, detail = int(found[1]), int(found[2])
        return _DETAILS.get((subject, detail)) or _CLASSES.get(subject)
    ours = next((words for name, words in _OURS.items() if reason.startswith(name)), None)
    basic = _BASIC.search(reason)
    return ours or (_REPLIES.get(basic[1]) if basic is not None else None)


def _code(reason: str) -> str:
    found = _ENHANCED.search(reason) or _BASIC.search(reason)
    return found[0] if found is not None else ""


def _harmless(reason: str) -> str:
    """The code that it begins with, and the rest without addresses, numbers to call, links and quotations."""
    if ":" in reason.split(" ", 1)[0]:  # an error of ours: its name is enough
        return cut(reason.split(":", 1)[0], 40)
    first, _, rest = reason.partition(" ")
    code = first if _CODE.fullmatch(first) and not any(one.fullmatch(first) for one in _PRIVATE) else ""
    rest = rest if code else reason
    for private in _PRIVATE:
        rest = private.sub("…", rest)
    return cut(" ".join(part for part in (code, rest) if part), 80)

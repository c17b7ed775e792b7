"""SMS: in which encoding a text goes, into how many segments, and a plainer text that takes fewer.

A segment holds 140 octets: 160 septets of the GSM alphabet, or 70 sixteen-bit units of UCS-2 for a
text with any other sign. Of several, each gives 6 octets to a header that joins them: 153 or 67 are
left. A sign of the extension table takes two septets (an escape and itself), a sign beyond the basic
plane two units (a surrogate pair); neither is split between segments, so a segment may end one short.

Sources: 3GPP TS 23.038 6.2.1 (alphabet and extension table), TS 23.040 9.2.3.24.1 (joining),
both at https://portal.3gpp.org; the tables as shown on https://en.wikipedia.org/wiki/GSM_03.38, read
2026-11-22. National shift tables are not used: providers do not, unless asked.
Compared: smsutil 1.1.3 counts the same; it brings codecs that we have no use for, and no plainer text.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Literal, NamedTuple

__all__ = ["Segments", "segments", "to_gsm"]

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")
_GSM = _BASIC | _EXTENDED


class _Room(NamedTuple):
    """What fits into a segment that is alone, and into one of several."""

    alone: int
    joined: int


_ROOM = {"gsm7": _Room(160, 153), "ucs2": _Room(70, 67)}


@dataclass(frozen=True, slots=True)
class Segments:
    """How a text goes out.

    ``encoding``: gsm7 or ucs2. ``units``: septets, or sixteen-bit units, without headers. ``parts``: the
    text of each segment; joined they are the text.
    """

    encoding: Literal["gsm7", "ucs2"]
    units: int
    parts: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.parts)


@lru_cache(maxsize=1024)
def segments(text: str) -> Segments:
    """The segments of a text: ``len(segments(text))`` is what is paid for. An empty text is one."""
    encoding: Literal["gsm7", "ucs2"] = "gsm7" if _GSM.issuperset(text) else "ucs2"
    widths = [_septets(sign) if encoding == "gsm7" else _units(sign) for sign in text]
    total, room = sum(widths), _ROOM[encoding]
    parts = (text,) if total <= room.alone else _split(text, widths, room.joined)
    return Segments(encoding, total, parts)


def _septets(sign: str) -> int:
    return 2 if sign in _EXTENDED else 1


def _units(sign: str) -> int:
    return 2 if ord(sign) > 0xFFFF else 1


def _split(text: str, widths: list[int], room: int) -> tuple[str, ...]:
    """Fill one segment after the other; a sign that does not fit whole begins the next."""
    filled = accumulate(widths, lambda used, width: used + width if used + width <= room else width)
    starts = [place for place, (used, width) in enumerate(zip(filled, widths, strict=True)) if used == width]
    return tuple(text[begin:end] for begin, end in zip(starts, [*starts[1:], None], strict=True))


_PLAINER = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u02bc`\u00b4", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\t", " "),
        **dict.fromkeys("\u00ad\u200b\u2060\ufeff", ""),
        **dict.fromkeys("\u2022", "-"),
        "\u2026": "...",
        "\u2039": "<",
        "\u203a": ">",
        "\u2044": "/",
        "œ": "oe",
        "Œ": "OE",
        "ł": "l",
        "Ł": "L",
        "đ": "d",
        "Đ": "D",
        "ı": "i",
    }
)
"""Signs that word processors put in, and letters without a decomposition, by what reads the same."""


def to_gsm(text: str) -> str:
    """The text with signs of the GSM alphabet in the place of those that read the same.

    Typographic quotes, dashes and spaces become plain ones, letters lose accents that the alphabet has
    not ("ê" to "e"; "é" stays). What has no such sign stays as it is, and the text goes in UCS-2.
    """
    return "".join(_plainer(sign) for sign in unicodedata.normalize("NFC", text).translate(_PLAINER))


def _plainer(sign: str) -> str:
    if sign in _GSM:
        return sign
    base = "".join(one for one in unicodedata.normalize("NFKD", sign) if not unicodedata.combining(one))
    return base if base and _GSM.issuperset(base) else sign

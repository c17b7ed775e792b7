"""P35: segments of an SMS, by the alphabet's tables and not by the length of the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unichannel.core.messaging.sms import _BASIC, _EXTENDED, _GSM, segments, to_gsm

GSM = st.text(st.sampled_from(sorted(_GSM)), max_size=700)
ANY = st.text(max_size=300)
MIXED = st.text(st.sampled_from("aé€[ê🎉中\n"), max_size=500)


def test_the_alphabet_has_127_signs_and_an_escape() -> None:
    assert (len(_BASIC), len(_EXTENDED), _BASIC & _EXTENDED) == (127, 10, frozenset())


@pytest.mark.parametrize(
    ("text", "encoding", "units", "count"),
    [
        ("", "gsm7", 0, 1),
        ("a" * 160, "gsm7", 160, 1),
        ("a" * 161, "gsm7", 161, 2),
        ("a" * 306, "gsm7", 306, 2),
        ("a" * 307, "gsm7", 307, 3),
        ("a" * 158 + "€", "gsm7", 160, 1),
        ("a" * 159 + "€", "gsm7", 161, 2),
        ("{" * 80, "gsm7", 160, 1),
        ("{" * 81, "gsm7", 162, 2),
        ("é" * 160, "gsm7", 160, 1),
        ("ê" * 70, "ucs2", 70, 1),
        ("ê" * 71, "ucs2", 71, 2),
        ("ê" * 134, "ucs2", 134, 2),
        ("ê" * 135, "ucs2", 135, 3),
        ("🎉" * 35, "ucs2", 70, 1),
        ("🎉" * 36, "ucs2", 72, 2),
        ("a" * 69 + "🎉", "ucs2", 71, 2),
    ],
)
def test_the_limits(text: str, encoding: str, units: int, count: int) -> None:
    found = segments(text)
    assert (found.encoding, found.units, len(found)) == (encoding, units, count)


def test_a_pair_that_does_not_fit_begins_the_next_segment() -> None:
    """152 septets and an escape of two: the segment ends one short, so 306 septets are three segments."""
    assert [len(part) for part in segments("a" * 152 + "€" + "a" * 152).parts] == [152, 152, 1]
    assert [len(part) for part in segments("ê" * 66 + "🎉" + "ê" * 10).parts] == [66, 11]


@given(st.one_of(GSM, ANY, MIXED))
def test_no_sign_is_lost_or_split_and_no_segment_is_too_long(text: str) -> None:
    found = segments(text)
    assert "".join(found.parts) == text
    room = {"gsm7": (160, 153), "ucs2": (70, 67)}[found.encoding]
    octets = [_width(part, found.encoding) for part in found.parts]
    assert sum(octets) == found.units
    assert all(one <= room[len(found) > 1] for one in octets)
    # Each was filled as far as it goes: the next one's first sign did not fit.
    for part, following in zip(found.parts, found.parts[1:], strict=False):
        assert _width(part + following[0], found.encoding) > room[1]


def _width(text: str, encoding: str) -> int:
    """Counted another way: by the table, and by what UTF-16 makes of it."""
    if encoding == "gsm7":
        return len(text) + sum(text.count(sign) for sign in "\f^{}\\[~]|€")
    return len(text.encode("utf-16-be", "surrogatepass")) // 2


@given(st.one_of(GSM, ANY, MIXED))
def test_a_plainer_text_never_takes_more_and_is_plain_at_once(text: str) -> None:
    plain = to_gsm(text)
    assert to_gsm(plain) == plain
    if _GSM.issuperset(text):
        assert plain == text


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("“Là‑bas” – c’est fête…", '"Là-bas" - c\'est fete...'),
        ("Cœur, Łódź, dix\u00a0€", "Coeur, Lódz, dix €".replace("ó", "o")),
        ("e\u0301te\u0301", "été"),
        ("中 🎉", "中 🎉"),
    ],
)
def test_what_reads_the_same_is_put_in_its_place(text: str, plain: str) -> None:
    assert to_gsm(text) == plain

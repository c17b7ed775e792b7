"""Random contents of every kind, as hosts write them: with and without variables, links, files, things to tap."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from unichannel.channels import (
    Attachment,
    Card,
    Chat,
    Content,
    Dial,
    Email,
    InApp,
    Media,
    Mms,
    OpenUrl,
    Push,
    Rcs,
    Reply,
    Sms,
    Voice,
    WebPush,
    WhatsApp,
    WhatsAppTemplate,
)
from unichannel.core.calendar.span import days, hours

__all__ = ["CONTEXT", "contents", "contents_by_kind"]

CONTEXT: dict[str, Any] = {
    "profile": {"id": "ada", "name": "Ada & Bob", "owner": "Eve <eve@example.com>"},
    "data": {"url": "https://shop.example/cart?a=1&b=2", "count": 3, "file": "AAECAw==", "ends": "2030-02-01"},
}
"""Values of everything that the contents read."""

_LETTERS = st.characters(codec="utf-8", exclude_characters="{}%", exclude_categories=["C", "Z"])
_URL = st.sampled_from(("https://shop.example/a.png", "{{ data.url | link }}"))


def _text(most: int = 20) -> SearchStrategy[str]:
    said = ("Hi {{ profile.name }}", "{{ data.count }} left", "{% if data.count > 2 %}many{% else %}few{% endif %}")
    return st.text(_LETTERS, min_size=1, max_size=most) | st.sampled_from(said)


def _long() -> SearchStrategy[str]:
    return _text() | st.just("See {{ data.url | link }}\nand {{ 'https://shop.example/b' | link }}.")


def _maybe(one: SearchStrategy[Any], nothing: Any) -> SearchStrategy[Any]:
    return st.just(nothing) | one


_files = st.builds(Media, _URL, type=st.just("image/png"), caption=_maybe(_text(), ""))
_replies = st.builds(Reply, _text(), postback=_maybe(_text(), ""))
_pages = st.builds(OpenUrl, _text(), _URL)
_taps = _replies | _pages | st.builds(Dial, _text(), st.just("+33612345678"))
_data = st.dictionaries(
    st.sampled_from(("a", "b")), _text() | st.integers() | st.lists(_text(), max_size=2), max_size=2
)
_headers = st.dictionaries(st.sampled_from(("X-Campaign", "X-Ref")), _text(), max_size=2)
_attached = st.builds(
    Attachment,
    st.sampled_from(("a.pdf", "{{ profile.id }}.csv")),
    st.binary(min_size=1, max_size=9) | st.just("{{ data.file }}"),
    type=st.just("text/csv"),
)
_cards = st.builds(
    Card,
    _text(),
    _maybe(_long(), ""),
    media=_maybe(_files, None),
    height=st.sampled_from(("short", "tall")),
    suggestions=st.lists(_taps, max_size=4),
)
_templates = st.builds(
    WhatsAppTemplate,
    st.just("order_update"),
    st.sampled_from(("en_GB", "fr")),
    parameters=st.lists(_text(), max_size=3),
    media=_maybe(_files, None),
    buttons=st.lists(_text() | st.just(""), max_size=3),
)


def contents_by_kind() -> dict[str, SearchStrategy[Any]]:
    """A strategy for each kind of content."""
    shown = {"image": _maybe(_URL, ""), "url": _maybe(_URL, ""), "data": _data, "ttl": _maybe(st.just(hours(4)), None)}
    return {
        "email": st.builds(
            Email,
            _text(),
            text=_long(),
            html=_maybe(
                st.just('<p>{{ profile.name }}</p> <a href="{{ data.url }}">x</a><a href="https://b">y</a>'), ""
            ),
            sender=_maybe(st.just("{{ profile.owner }}"), ""),
            reply_to=_maybe(st.just("eve@example.com"), ""),
            attachments=st.lists(_attached, max_size=2),
            headers=_headers,
        ),
        "sms": st.builds(Sms, _long(), sender=_maybe(st.just("ACME"), "")),
        "mms": st.builds(Mms, _maybe(_long(), ""), media=st.lists(_files, min_size=1, max_size=3)),
        "rcs": st.builds(Rcs, _long(), suggestions=st.lists(_taps, max_size=11))
        | st.builds(Rcs, cards=st.lists(_cards, min_size=1, max_size=3))
        | st.builds(Rcs, file=_files),
        "whatsapp": st.builds(WhatsApp, template=_templates)
        | st.builds(WhatsApp, _long(), footer=_maybe(_text(), ""), buttons=st.lists(_replies, max_size=3))
        | st.builds(WhatsApp, _long(), media=_maybe(_files, None), buttons=st.lists(_pages, max_size=1)),
        "push": st.builds(Push, _text(), _long(), badge=_maybe(st.integers(0, 9), None), **shown),
        "web_push": st.builds(WebPush, _text(), _long(), icon=_maybe(_URL, ""), **shown),
        "voice": st.builds(Voice, _long(), language=_maybe(st.just("fr-FR"), "")) | st.builds(Voice, audio=_URL),
        "chat": st.builds(Chat, _long(), blocks=st.lists(_data, max_size=2)),
        "in_app": st.builds(
            InApp,
            _text(),
            _maybe(_long(), ""),
            action=_maybe(_pages, None),
            until=st.sampled_from(("", "{{ data.ends }}", "2030-01-31T18:00")),
            keep=_maybe(st.just(days(7)), None),
        ),
    }


def contents() -> SearchStrategy[Content]:
    """Contents of every kind; ``CONTEXT`` has what they read."""
    return st.one_of(*contents_by_kind().values())

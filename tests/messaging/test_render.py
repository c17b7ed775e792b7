"""Rendering contents: every text, every link, the pixel, and nothing that depends on the day."""

from __future__ import annotations

import json
import re
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unichannel.core.messaging.content import Content, Email, Sms
from unichannel.core.messaging.link import TOKEN_LENGTH, Linker, plain, read_token
from unichannel.core.messaging.render import check, content_reads, freeze, render
from unichannel.core.words.definition import definition
from unichannel.errors import DefinitionError, InvalidInput, MissingVariable

relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

SECRET = b"0123456789abcdef"
KEY = "Abcdefghij_lmnopqrst-vwx"
BASE = "https://go.example.com/u"


def linker() -> Linker:
    return Linker(BASE, SECRET, KEY)


def body(html: str, made: Linker | None = None) -> str:
    return render(Email("s", html=html), {}, made or linker()).html


def ordinals(text: str) -> list[int]:
    tokens = re.findall(rf"{re.escape(BASE)}/(c[\w-]{{{TOKEN_LENGTH - 1}}})", text)
    return [found.ordinal for token in tokens if (found := read_token(token, [SECRET]))]


def test_every_text_is_rendered_and_only_html_escaped() -> None:
    content = Email("Hi {{ n }}", text="{{ n }}", html="<p>{{ n }}</p>", sender="{{ s }} <a@b.c>", reply_to="{{ r }}")
    frozen = freeze(content, {"n": "A & B", "s": "Shop", "r": "r@b.c", "other": 1})
    assert frozen == {"n": "A & B", "s": "Shop", "r": "r@b.c"}
    assert content_reads(content) == {"n", "s", "r"}
    rendered = render(content, frozen, plain)
    assert rendered == Email("Hi A & B", text="A & B", html="<p>A &amp; B</p>", sender="Shop <a@b.c>", reply_to="r@b.c")


def test_a_hosts_own_content_is_rendered_by_its_own_declaration() -> None:
    @definition
    class Fax(Content, kind="fax-of-test-render"):
        channel: ClassVar[str] = "fax"
        texts: ClassVar[tuple[str, ...]] = ("page",)
        page: str
        tray: str = "{{ not a template }"

    assert render(Fax("{{ x }}"), {"x": "1"}, plain) == Fax("1")


def test_p39_a_missing_variable_in_any_text_stops_the_freezing() -> None:
    with pytest.raises(MissingVariable, match="name"):
        freeze(Email("s", text="t", html="Hello {{ name }},"), {})


def test_check_finds_what_is_wrong_at_build_time() -> None:
    check(Sms("{{ a }}"))
    with pytest.raises(DefinitionError, match="line 1"):
        check(Email("s", html="{% if %}"))


def test_what_the_content_itself_refuses_is_refused_after_rendering_too() -> None:
    with pytest.raises(DefinitionError, match="subject"):
        render(Email("{{ s | default: ' ' }}", text="t"), {}, plain)


@pytest.mark.parametrize("field", ["subject", "sender", "reply_to"])
@pytest.mark.parametrize("evil", ["x\r\nBcc: a@b.c", "x\nBcc: a@b.c", "x\ry", "x\u2028y", "x\x00"])
def test_a_line_break_in_a_header_is_refused(field: str, evil: str) -> None:
    content = Email(**{"subject": "s", "text": "t", field: "{{ v }}"})
    with pytest.raises(InvalidInput, match=field) as caught:
        render(content, {"v": evil}, plain)
    assert "Bcc" not in str(caught.value)


# P36.


def test_p36_every_link_on_a_line_is_tracked_in_document_order() -> None:
    """P36: only the last link on a line is tracked."""
    made = linker()
    html = (
        '<a href="https://a">1</a> <a href=\'http://b\'>2</a><a class=x href=https://c>3</a> <A HREF="HTTPS://d">4</A>'
    )
    rendered = body(html, made)
    assert made.urls == ["https://a", "http://b", "https://c", "HTTPS://d"]
    assert ordinals(rendered) == [0, 1, 2, 3]
    assert not re.search(r"https://[abc]\b|http://b", rendered)


def test_entities_in_an_href_are_read_and_look_alikes_are_left() -> None:
    made = linker()
    body('<a href="https://a?x=1&amp;y=2&#38;z=3">1</a><a href="https://a?a=1&copy=2">2</a>', made)
    assert made.urls == ["https://a?x=1&y=2&z=3", "https://a?a=1&copy=2"]


@pytest.mark.parametrize(
    "html",
    [
        '<a href="mailto:a@b.c">x</a>',
        '<a href="#top" title="https://a">x</a>',
        '<a href="https://a" data-untracked>x</a>',
        '<link href="https://a"><base href="https://a">',
        '<!-- <a href="https://a">x</a> -->',
        "<style>a[href='https://a'] {} <a href='https://a'></style>",
        '<p>https://a href="https://a"</p>',
        '<a data-href="https://a">x</a>',
        "<abbr href='https://a'>",
    ],
)
def test_what_is_no_tracked_link_stays(html: str) -> None:
    made = linker()
    assert body(html, made).startswith(html)
    assert made.urls == []


@pytest.mark.parametrize(
    "html",
    [
        '<!--[if mso]><v:roundrect href="https://a"></v:roundrect><![endif]-->',
        '<!--[if !mso]><!--><a href="https://a">x</a><!--<![endif]-->',
        '<a title="1 > 0" href="https://a">x</a>',
        '<a\n  href = "https://a"\n>x</a>',
        '<a href=" https://a ">x</a>',
        "<area href='https://a'/>",
    ],
)
def test_links_in_odd_places_are_tracked(html: str) -> None:
    made = linker()
    assert ordinals(body(html, made)) == [0]
    assert made.urls == ["https://a"]


def test_a_link_made_by_the_filter_is_not_tracked_twice() -> None:
    made = linker()
    rendered = body("<a href=\"{{ 'https://a?b&c' | link }}\">1</a><a href='https://d'>2</a>", made)
    assert made.urls == ["https://a?b&c", "https://d"]
    assert ordinals(rendered) == [0, 1]


def test_the_pixel_stands_before_the_bodys_end_or_last() -> None:
    image = f'<img src="{linker().pixel()}" width="1" height="1" alt="" border="0">'
    assert body("<BODY>x</BODY></html>") == f"<BODY>x{image}</BODY></html>"
    assert body("<p>x</p>") == f"<p>x</p>{image}"
    assert render(Email("s", html="<p>"), {}, plain).html == "<p>"
    assert "img" not in render(Email("s", text="t"), {}, linker()).text
    assert render(Email("s", text="t"), {}, linker()).html == ""


def test_the_length_of_an_sms_is_known_before_its_links_are() -> None:
    short, long = (
        render(Sms(f"{{{{ '{url}' | link }}}}"), {}, linker()) for url in ("https://a", "https://" + "a" * 90)
    )
    assert len(short.text) == len(long.text) == len(BASE) + 1 + TOKEN_LENGTH


# Purity.

words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="{}"), max_size=12)
marks = st.sampled_from(
    [
        "<a href='https://a'>",
        '<a href="http://b?x=1&amp;y">',
        "{{ u | link }}",
        "{{ n | default: 'x' }}",
        "</body>",
        "<!--",
    ]
)
htmls = st.lists(st.one_of(words, marks), min_size=1, max_size=8).map("".join).filter(bool)
urls = st.sampled_from(["https://u/1", "http://u/2?a&b", "mailto:x@y.z"])


@relaxed
@given(htmls, words, urls)
def test_the_same_values_give_the_same_bytes_and_links_always(html: str, name: str, url: str) -> None:
    content = Email("s {{ u | link }}", text="{{ u | link }}", html=html)
    frozen = freeze(content, {"n": name, "u": url})
    first, second = linker(), linker()
    one = render(content, frozen, first)
    two = render(content, json.loads(json.dumps(frozen)), second)
    assert one == two
    assert first.urls == second.urls
    places = sorted(ordinals(one.subject + one.text + one.html))
    assert set(places) == set(range(len(first.urls)))


@relaxed
@given(
    st.lists(st.sampled_from(["https://a", "http://b/c?d=1", "https://e#f"]), max_size=9),
    st.sampled_from(["", " ", "\n", "<br>"]),
)
def test_p36_no_link_is_ever_left_out(targets: list[str], between: str) -> None:
    """P36, for any number of links with anything between them."""
    made = linker()
    rendered = body("<p>" + between.join(f'<a href="{url}">x</a>' for url in targets), made)
    assert made.urls == targets
    assert ordinals(rendered) == list(range(len(targets)))

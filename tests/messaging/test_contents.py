"""Contents: what each holds, what its channel takes, and that it goes to JSON and comes back equal (I, D1)."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from unichannel import Journey, Message, Send, on
from unichannel.channels import (
    BUILT_IN,
    FEATURES,
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
from unichannel.core.calendar.span import days
from unichannel.core.journey.form.stored import dumps, loads
from unichannel.core.messaging.content import said
from unichannel.core.messaging.link import Linker, plain
from unichannel.core.messaging.render import content_reads, freeze, render
from unichannel.core.words.definition import dump, load
from unichannel.errors import DefinitionError, InvalidInput, MissingVariable
from unichannel.testing.strategies import CONTEXT, contents, contents_by_kind

relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

KEY = "Abcdefghij_lmnopqrst-vwx"
WHO = {"n": "Ada"}


def linker() -> Linker:
    return Linker("https://go.example/u", b"0123456789abcdef", KEY)


def rendered(content: Any, **values: Any) -> Any:
    return render(content, freeze(content, values), plain)


# laws


@relaxed
@given(contents())
def test_every_content_goes_to_json_and_comes_back_equal(content: Content) -> None:
    again = load(Content, json.loads(json.dumps(dump(content))))
    assert again == content
    assert hash(again) == hash(content)
    journey = Journey("j", start=on("x"), steps=[Send(Message("m", content))])
    assert dumps(loads(dumps(journey))) == dumps(journey)


@relaxed
@given(contents())
def test_one_key_has_the_same_words_for_ever(content: Content) -> None:
    frozen = json.loads(json.dumps(freeze(content, CONTEXT)))
    first, second = linker(), linker()
    one = render(content, frozen, first)
    assert one == render(content, frozen, second)
    assert first.urls == second.urls
    assert type(one) is type(content)
    assert not [text for _, text in said(one) if "{{" in text or "{%" in text]


@relaxed
@given(contents())
def test_what_is_read_is_declared_and_nothing_else_is_frozen(content: Content) -> None:
    reads = content_reads(content)
    assert freeze(content, CONTEXT).keys() <= reads
    assert reads <= {f"{root}.{name}" for root, values in CONTEXT.items() for name in values}


def test_every_channel_has_its_content() -> None:
    kinds = {kind: member for kind, member in Content.kinds.items() if member.__module__.startswith("unichannel.")}
    assert kinds.keys() == BUILT_IN.keys() == contents_by_kind().keys()
    assert all(member.channel == kind for kind, member in kinds.items())


@relaxed
@given(contents())
def test_what_a_content_asks_of_a_route_has_a_name(content: Content) -> None:
    assert content.features() <= FEATURES.keys()


# each, rendered


def test_a_missing_variable_anywhere_inside_stops_the_freezing() -> None:
    """P39, deep inside: a card's action, a value of a push, a block of a chat, a parameter of a template."""
    inside = [
        Rcs(cards=[Card("x", suggestions=[OpenUrl("go", "https://x/{{ missing }}")])]),
        Push("t", "b", data={"a": ["{{ missing }}"]}),
        Chat("t", blocks=[{"text": {"text": "{{ missing }}"}}]),
        WhatsApp(template=WhatsAppTemplate("a", "en", parameters=["{{ missing }}"])),
        Email("s", text="t", headers={"X-A": "{{ missing }}"}),
        InApp("t", action=OpenUrl("go", "{{ missing }}")),
    ]
    for content in inside:
        assert content_reads(content) == {"missing"}
        with pytest.raises(MissingVariable, match="missing"):
            freeze(content, {})


def test_p36_links_in_every_text_are_tracked_each_by_its_own_number() -> None:
    """P36: not only the last one on a line, and not only in e-mails."""
    made = linker()
    content = Rcs(
        cards=[Card("{{ 'https://a' | link }} {{ 'https://b' | link }}", suggestions=[OpenUrl("x", "{{ u | link }}")])]
    )
    shown = render(content, {"u": "https://c"}, made)
    assert made.urls == ["https://a", "https://b", "https://c"]
    assert "https://c" not in dict(said(shown))["cards[0].suggestions[0].url"]


def test_plain_values_are_filled_in_and_stay_what_they_are() -> None:
    push = rendered(Push("Hi {{ n }}", "b", data={"id": 3, "who": "{{ n }}", "all": [True, "{{ n }}"]}), **WHO)
    assert push.data == {"id": 3, "who": "Ada", "all": [True, "Ada"]}
    chat = rendered(Chat("t", blocks=[{"type": "section", "text": {"text": "*{{ n }}*"}}]), **WHO)
    assert chat.blocks[0] == {"type": "section", "text": {"text": "*Ada*"}}
    email = rendered(Email("s", text="t", headers={"X-For": "{{ n }}"}), **WHO)
    assert email.headers == {"X-For": "Ada"}


def test_a_file_may_be_bytes_or_what_a_variable_holds() -> None:
    fixed = Attachment("terms.pdf", b"%PDF-1.7")
    assert (fixed.media_type, fixed.content) == ("application/pdf", b"%PDF-1.7")
    email = Email("s", text="t", attachments=[fixed, Attachment("invoice-{{ no }}.pdf", "{{ pdf }}")])
    shown = rendered(email, no=7, pdf=base64.b64encode(b"%PDF-7").decode())
    assert [(one.name, one.content) for one in shown.attachments] == [
        ("terms.pdf", b"%PDF-1.7"),
        ("invoice-7.pdf", b"%PDF-7"),
    ]


def test_d1_sender_and_answers_go_to_who_owns_the_account() -> None:
    content = Email("B and C", text="t", sender="{{ owner.name }} <{{ owner.mail }}>", reply_to="{{ owner.mail }}")
    shown = rendered(content, owner={"name": "Eve", "mail": "eve@example.com"})
    assert (shown.sender, shown.reply_to) == ("Eve <eve@example.com>", "eve@example.com")


def test_what_a_browser_is_given() -> None:
    content = WebPush("Hi {{ n }}", "b", url="https://x", data={"id": 1})
    assert rendered(content, **WHO).payload() == {"title": "Hi Ada", "body": "b", "url": "https://x", "data": {"id": 1}}


# limits, when written


LONG = "x" * 5_000
WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "no subject": (lambda: Email(" ", text="t"), "subject"),
    "no body": (lambda: Email("s"), "neither text nor html"),
    "a header of ours": (lambda: Email("s", text="t", headers={"Reply-To": "a@b.c"}), "no header"),
    "a header with a colon": (lambda: Email("s", text="t", headers={"X: y\r\nBcc": "a@b.c"}), "no header"),
    "a header's value": (lambda: Email("s", text="t", headers={"X-A": "a\nBcc: b"}), "line break"),
    "a subject's break": (lambda: Email("a\r\nBcc: b@c.d", text="t"), "line break"),
    "a header is a text": (lambda: Email("s", text="t", headers={"X-A": 3}), "texts"),
    "a file of no type": (lambda: Attachment("file", b"x"), "what it is"),
    "no base64": (lambda: Attachment("a.pdf", "%PDF"), "base64"),
    "no bytes": (lambda: Attachment("a.pdf", b""), "base64"),
    "files too big": (lambda: Email("s", text="t", attachments=[Attachment("a.pdf", b"x" * 11_000_000)]), "10 MB"),
    "a picture nobody sent": (lambda: Email("s", html='<img src="cid:logo">'), "cid:logo"),
    "a cid": (lambda: Attachment("a.png", b"x", cid="<logo>"), "cid"),
    "an empty SMS": (lambda: Sms(" "), "needs a text"),
    "an SMS": (lambda: Sms("x" * 1_601), "1,600"),
    "an SMS's sender": (lambda: Sms("x", sender="a\nb"), "line break"),
    "an MMS of nothing": (lambda: Mms("x", media=[]), "file"),
    "too many files": (lambda: Mms("x", media=[Media("https://x/a.png")] * 11), "11 files"),
    "what no carrier takes": (lambda: Mms("x", media=[Media("https://x/a.svg")]), "image/svg"),
    "no URL": (lambda: Media("a.png"), "URL"),
    "no type": (lambda: Media("https://x/a", type="png"), "media type"),
    "RCS of two forms": (lambda: Rcs("x", file=Media("https://x/a.pdf")), "exactly one"),
    "RCS of none": (lambda: Rcs(), "exactly one"),
    "an RCS text": (lambda: Rcs("x" * 3_073), "3,072"),
    "a carousel": (lambda: Rcs(cards=[Card("x")] * 11), "11 cards"),
    "an empty card": (lambda: Card(), "shows nothing"),
    "a card's title": (lambda: Card("x" * 201), "200"),
    "a card's text": (lambda: Card("x", "x" * 2_001), "2,000"),
    "a card's suggestions": (lambda: Card("x", suggestions=[Reply("y")] * 5), "5 suggestions"),
    "suggestions": (lambda: Rcs("x", suggestions=[Reply("y")] * 12), "12 suggestions"),
    "a label": (lambda: Rcs("x", suggestions=[Reply("y" * 26)]), "25"),
    "no label": (lambda: Reply(" "), "label"),
    "no number": (lambda: Dial("call", "0612"), "number"),
    "no page": (lambda: OpenUrl("go", "shop"), "URL"),
    "WhatsApp of nothing": (lambda: WhatsApp(), "template, or free form"),
    "WhatsApp of both": (lambda: WhatsApp("x", template=WhatsAppTemplate("a", "en")), "template, or free form"),
    "a template's name": (lambda: WhatsAppTemplate("Order Update", "en"), "name"),
    "a template's language": (lambda: WhatsAppTemplate("a", "english"), "language"),
    "two ways": (lambda: WhatsAppTemplate("a", "en", parameters=["x"], named={"y": "z"}), "two ways"),
    "a WhatsApp text": (lambda: WhatsApp(LONG), "4,096"),
    "a WhatsApp text with buttons": (lambda: WhatsApp("x" * 1_025, buttons=[Reply("y")]), "1,024"),
    "four buttons": (lambda: WhatsApp("x", buttons=[Reply("y")] * 4), "4 buttons"),
    "two links": (lambda: WhatsApp("x", buttons=[OpenUrl("y", "https://x")] * 2), "one link"),
    "a button's label": (lambda: WhatsApp("x", buttons=[Reply("y" * 21)]), "20"),
    "buttons of nothing": (lambda: WhatsApp(media=Media("https://x/a.png"), buttons=[Reply("y")]), "below a text"),
    "an empty push": (lambda: Push("t", " "), "title and a body"),
    "a push of 2 MB": (lambda: Push("t", "b", data={"x": "y" * 2_000_000}), "2,000,0"),
    "a push of 2 MB with a variable": (lambda: Push("t", "{{ n }} " + "y" * 2_000_000), "4,096"),
    "a name that FCM keeps": (lambda: Push("t", "b", data={"google.x": "y"}), "google.x"),
    "a push kept too long": (lambda: Push("t", "b", ttl=days(29)), "28 days"),
    "a collapse key": (lambda: Push("t", "b", collapse_key="x" * 65), "64 bytes"),
    "a badge": (lambda: Push("t", "b", badge=-1), "badge"),
    "a web push": (lambda: WebPush("t", "é" * 2_000), "3,993"),
    "a topic": (lambda: WebPush("t", "b", collapse_key="a b"), "collapse key"),
    "a call of nothing": (lambda: Voice(), "says a text"),
    "a call of both": (lambda: Voice("x", audio="https://x/a.mp3"), "says a text"),
    "a call's text": (lambda: Voice(LONG), "4,096"),
    "a call's language": (lambda: Voice("x", language="french!"), "language"),
    "a chat of nothing": (lambda: Chat(" "), "text"),
    "blocks": (lambda: Chat("x", blocks=[{"a": 1}] * 51), "51 blocks"),
    "an empty in-app": (lambda: InApp(""), "title"),
    "until no date": (lambda: InApp("x", until="next week"), "date"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_a_channel_does_not_take_is_refused_when_it_is_written(name: str) -> None:
    make, said_of_it = WRONG[name]
    with pytest.raises(DefinitionError, match=said_of_it):
        make()


# limits, when rendered


@pytest.mark.parametrize(
    "content",
    [
        Push("t", "{{ v }}"),
        Push("t", "b", data={"x": "{{ v }}"}),
        WebPush("{{ v }}", "b"),
        Sms("{{ v }}"),
        Rcs("{{ v }}"),
        Rcs("x", suggestions=[Reply("{{ v }}")]),
        WhatsApp("x", buttons=[Reply("{{ v }}")]),
        Voice("{{ v }}"),
        Chat("{{ v }}"),
    ],
    ids=repr,
)
def test_what_only_a_value_makes_too_long_is_refused_when_it_is_rendered(content: Content) -> None:
    freeze(content, {"v": "x"})
    render(content, {"v": "x"}, plain)
    with pytest.raises(DefinitionError) as caught:
        render(content, {"v": "secret" * 10_000}, plain)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (Email("s", text="t", headers={"X-A": "{{ v }}"}), "X-A"),
        (Email("s", text="t", attachments=[Attachment("{{ v }}.pdf", b"x")]), "name"),
        (Mms("t", media=[Media("https://x/a.png")], subject="{{ v }}"), "subject"),
        (Rcs("t", suggestions=[Reply("{{ v }}")]), "label"),
    ],
)
def test_a_value_cannot_begin_another_header(content: Content, field: str) -> None:
    with pytest.raises(InvalidInput, match=field) as caught:
        render(content, {"v": "x\r\nBcc: eve@example.com"}, plain)
    assert "eve" not in str(caught.value)


def test_a_text_that_may_be_short_is_not_refused_when_it_is_written() -> None:
    """What a template is long by is not what it prints."""
    Reply("{{ profile.favourite_product_of_the_season | default: 'Yes' }}")
    Rcs("x", suggestions=[Reply("{% if a %}one and a half sentences{% else %}no{% endif %}")])
    assert rendered(Rcs("x", suggestions=[Reply("{{ a | default: 'Yes' }} ")]), a="").suggestions[0].label == "Yes "


@pytest.mark.parametrize(
    ("content", "is_one"),
    [
        (Sms("Hello"), False),
        (Sms("Hello, call 01 23 45 67 89"), True),
        (Sms("{{ url | link }}"), True),
        (Email("s", html='<a href="{{ u }}">x</a>'), True),
        (Rcs("x", suggestions=[Reply("Yes")]), True),
        (Rcs("x"), False),
        (InApp("x"), False),
        (InApp("x", action=OpenUrl("go", "app://cart")), True),
        (Push("a", "b"), True),
    ],
)
def test_what_gives_the_person_something_to_do(content: Content, is_one: bool) -> None:
    assert content.acts() is is_one

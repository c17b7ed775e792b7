"""The link to unsubscribe inside marketing e-mails: there, in the person's language, and never twice (G2, law:E7)."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest
import respx

from unichannel import Category, Email, Journey, Message, Send, Sms, Tracking, on
from unichannel.core.messaging.mail_way_out import linked_in_html, linked_in_text
from unichannel.core.policy.compliance.countries import COUNTRIES
from unichannel.core.policy.compliance.wording import UNSUBSCRIBE, WAY_OUT
from unichannel.policies import Sender
from unichannel.ports import Request
from unichannel.providers.postmark import Postmark
from unichannel.testing import Lab

BASE = "https://example.com/u"
OURS = re.compile(rf"{BASE}/u[\w-]{{38}}")
LINK = "{{ 'unichannel:unsubscribe' | link }}"
TEXT, HTML = "Come and see.", "<html><body><p>Come and see.</p></body></html>"


def promo(content: Email, category: str = "marketing") -> Journey:
    said = Message("promo", content, category=category)
    return Journey("promotes", start=on("begun"), steps=[Send(said, via="email")])


def lab(**settings: Any) -> Lab:
    return Lab(**{"tracking": Tracking(BASE, keys=["k" * 32]), **settings})


def said(content: Email, on: Lab | None = None, category: str = "marketing", **person: Any) -> Any:
    here = on or lab()
    here.add(promo(content, category))
    who = here.profile("ada", email="ada@example.com", **person)
    here.track(who, "begun")
    return here.sent(who)[0].content


# the real way through


@respx.mock
def test_body_and_header_lead_to_the_same_place_and_it_opts_out() -> None:
    """Through a service of e-mail, as it is asked to send; then a person follows what stands in the HTML."""
    asked = respx.post("https://api.postmarkapp.com/email").mock(
        return_value=httpx.Response(200, json={"ErrorCode": 0, "MessageID": "m-1", "Message": "OK"})
    )
    here = lab(routes={"email": Postmark("secret", sender="news@example.org")})
    here.add(promo(Email("Sale", text=TEXT, html=HTML)))
    here.profile("ada", email="ada@example.com", locale="fr")
    here.track("ada", "begun")
    body = json.loads(asked.calls[0].request.content)
    headers = {one["Name"]: one["Value"] for one in body["Headers"]}
    (in_text,), (in_html,) = OURS.findall(body["TextBody"]), OURS.findall(body["HtmlBody"])
    assert headers["List-Unsubscribe"] == f"<{in_text}>" == f"<{in_html}>"
    assert body["TextBody"] == f"{TEXT}\n\nSe désabonner: {in_text}"
    assert f'<p><a href="{in_html}">Se désabonner</a></p></body></html>' in body["HtmlBody"]
    assert here.engine.receive("tracking", Request("GET", in_html)).status == 200
    assert here.engine.consent_at("ada", "email").allowed
    here.engine.receive("tracking", Request("POST", in_html, {}, b"scope=everything"))
    assert not here.engine.consent_at("ada", "email").allowed


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        ({}, "Se désabonner"),
        ({"locale": "en-GB"}, "Unsubscribe"),
        ({"country": "DE"}, "Abmelden"),
        ({"country": "FI", "locale": "fi"}, "Unsubscribe"),
        ({"country": "US", "locale": "es_US"}, "Darse de baja"),
        ({"country": "CA", "locale": "fr-CA"}, "Se désabonner"),
        ({"country": "IT"}, "Annulla l'iscrizione"),
    ],
)
def test_it_is_called_so_in_the_persons_language(person: dict[str, str], expected: str) -> None:
    sender = Sender("Example Shop", address="1 Main Street, Springfield")
    content = said(Email("Sale", text=TEXT, html=HTML), lab(sender=sender), **person)
    assert content.text.splitlines()[-1].startswith(f"{expected}: {BASE}/u")
    assert f">{expected.replace(chr(39), '&#x27;')}</a>" in content.html


def test_every_country_asks_for_it_and_every_language_has_its_words() -> None:
    for one in COUNTRIES.values():
        asked = [rule.source for rule in one.mentions if "email" in rule.channels and "way_out" in rule.asks]
        assert len(asked) == 1, one.code
    assert UNSUBSCRIBE.keys() == WAY_OUT.keys()
    for words in UNSUBSCRIBE.values():
        assert linked_in_text(f"{words}: https://a.example/1", "-", str), words
        assert linked_in_html(f'<a href="https://a.example/1">{words}</a>', "-", str), words


def test_it_stands_with_the_postal_address_and_only_in_the_forms_there_are() -> None:
    sender = Sender("Example Shop", address="1 Main Street")
    content = said(Email("Sale", text=TEXT), lab(sender=sender, country="US"), country="US-WA")
    assert re.fullmatch(rf"{TEXT}\n\nExample Shop\n1 Main Street\nUnsubscribe: {OURS.pattern}", content.text)
    assert content.html == ""
    assert said(Email("Sale", html="<p>Come</p>")).text == ""


# where it does not belong


def test_transactional_mail_has_none_and_neither_has_another_channel() -> None:
    account = Category("account", purpose="transactional", mentions=True)
    for category in ("transactional", "account"):
        content = said(Email("Order", text=TEXT, html=HTML), lab(categories=[account]), category)
        assert (content.text, "désabonner" in content.html) == (TEXT, False)
    here = lab()
    here.add(Journey("texts", start=on("begun"), steps=[Send(Message("t", Sms("Soldes")), via="sms")]))
    here.profile("ada", phone="+33612345678")
    here.track("ada", "begun")
    assert here.sent("ada")[0].content.text == "Soldes\nSTOP pour se désabonner"  # type: ignore[attr-defined]


def test_without_a_base_url_or_where_the_host_lets_it_out_there_is_none() -> None:
    assert said(Email("Sale", text=TEXT, html=HTML), Lab()).text == TEXT
    let_out = lab(categories=[Category("winners", mentions=False)])
    assert said(Email("Sale", text=TEXT, html=HTML), let_out, "winners").text == TEXT
    no_rule = lab(countries=[COUNTRIES["FR"].with_(mentions=())])
    assert said(Email("Sale", text=TEXT), no_rule).text == TEXT


@pytest.mark.parametrize("tracking", [None, Tracking(BASE, keys=["k" * 32])])
def test_an_engine_that_cannot_link_says_so(tracking: Tracking | None) -> None:
    here = Lab(tracking=tracking)
    here.add(promo(Email("Sale", text=TEXT)))
    assert any("no link to unsubscribe" in one for one in here.engine.findings) is (tracking is None)


# never twice, and never left out


@pytest.mark.parametrize(
    "text",
    [
        f"Come. Unsubscribe: {LINK}",
        f"Come.\n{LINK}",  # ours, whatever it is called
        "Unsubscribe: https://example.org/preferences/17",
        "Pour vous désabonner, cliquez ici : https://example.org/17",
        "Pour vous désinscrire :\nhttps://example.org/17",
        "Follow https://example.org/17 to opt out.",
        "More: https://example.org/unsubscribe?id=17",
        "More: {{ 'https://example.org/unsubscribe?id=17' | link }}",  # by where the tracked link leads
        "%unsubscribe_url%",
        'https://example.org/17[[data-msys-unsubscribe="1"]]',
        "Newsletter abbestellen: https://example.org/17",
    ],
)
def test_a_link_of_the_hosts_own_is_enough_in_a_text(text: str) -> None:
    assert "Se désabonner" not in said(Email("Sale", text=text)).text


@pytest.mark.parametrize(
    "text",
    [
        "Come and see. https://example.org/sale",
        "You may unsubscribe any time. See https://example.org/sale",
        "Unsubscribe any time.\nSee what is new: https://example.org/sale",
        "Unsubscribe whenever you like",
        "100 % unsubscribed 20 %",
        "https://example.org/sale",
    ],
)
def test_what_is_no_link_to_unsubscribe_does_not_stand_for_one(text: str) -> None:
    content = said(Email("Sale", text=text))
    assert content.text.startswith(f"{text}\n\nSe désabonner: {BASE}/u")


@pytest.mark.parametrize(
    "html",
    [
        f'<p><a href="{LINK}">no more</a></p>',
        f'<p><a href="{LINK}" data-untracked>no more</a></p>',
        '<p><a href="https://example.org/17">Unsubscribe</a></p>',
        '<p><a href="https://example.org/17">Se <b>désinscrire</b></a></p>',
        '<p><a href="https://example.org/17">Se d&eacute;sabonner</a></p>',
        '<p><a href="https://example.org/unsubscribe/17">here</a></p>',  # by where the tracked link leads
        '<p><a href="https://example.org/unsubscribe/17" data-untracked>here</a></p>',
        '<p><a href="https://example.org/17"><img src="https://example.org/i" alt="Unsubscribe"></a></p>',
        '<p><a href="%unsubscribe_url%">here</a></p>',
        '<p><a href="mailto:unsubscribe@example.org">write to us</a></p>',
        "<map><area href='https://example.org/17' alt='Unsubscribe'></map>",
    ],
)
def test_a_link_of_the_hosts_own_is_enough_in_html(html: str) -> None:
    shown = said(Email("Sale", html=html)).html
    assert shown.count("abonner</a>") == html.count("abonner</a>")
    assert len(OURS.findall(shown)) == html.count("unichannel:unsubscribe")


@pytest.mark.parametrize(
    "html",
    [
        '<p>Unsubscribe any time</p><a href="https://example.org/sale">Come</a>',
        '<!-- <a href="https://example.org/17">Unsubscribe</a> --><p>Come</p>',
        "<head><title>Unsubscribe</title></head><p>Come</p>",
        '<a class="unsubscribe-style" href="https://example.org/sale">Come</a>',
    ],
)
def test_what_is_not_shown_as_a_link_does_not_stand_for_one(html: str) -> None:
    assert len(OURS.findall(said(Email("Sale", html=html)).html)) == 1


def test_a_page_is_reached_by_another_name_too() -> None:
    """The placeholder stands on any channel."""
    here = lab()
    here.add(Journey("texts", start=on("begun"), steps=[Send(Message("t", Sms(f"Choose: {LINK}")), via="sms")]))
    here.profile("ada", phone="+33612345678")
    here.track("ada", "begun")
    (url,) = OURS.findall(here.sent("ada")[0].content.text)  # type: ignore[attr-defined]
    assert here.engine.receive("tracking", Request("GET", url)).status == 200


def test_a_retry_says_the_same_and_so_does_a_look_at_it() -> None:
    """One key, the same bytes: what was reserved keeps its words when the rules change."""
    here = lab()
    here.add(promo(Email("Sale", text=TEXT)))
    here.profile("ada", email="ada@example.com")
    here.transport.plan("refuse")
    here.track("ada", "begun")
    here.use(countries=[COUNTRIES["FR"].with_(mentions=())])
    here.advance_to(here.now.replace(hour=14))
    assert len(OURS.findall(here.sent("ada")[-1].content.text)) == 1  # type: ignore[attr-defined]

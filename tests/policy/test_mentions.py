"""What marketing has to say beside its own words: who it is from, how to stop it, where the sender is (G2)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.journeys.trial import message
from unichannel import Category, Email, Engine, Journey, Message, Money, Prices, Send, Sms, on
from unichannel.channels import Card, Media, Mms, Rcs, WhatsApp, WhatsAppTemplate, segments
from unichannel.core.inbound.opt_out import read_opt_out
from unichannel.core.messaging.content import Content
from unichannel.core.messaging.link import plain
from unichannel.core.messaging.mention import MENTION, has_way_out
from unichannel.core.messaging.render import render
from unichannel.core.policy.compliance.countries import COUNTRIES
from unichannel.core.policy.compliance.wording import WAY_OUT, way_out
from unichannel.errors import ConfigurationError
from unichannel.policies import Sender
from unichannel.stores.memory import MemoryStore
from unichannel.testing import Lab, RecordingTransport

SHOP = Sender("Example Shop", address="1 Main Street, Springfield, IL 62701, USA", stop={"FR": "36180"})


def promo(*contents: Content, category: str = "marketing") -> Journey:
    said = Message("promo", *contents, category=category)
    return Journey("promotes", start=on("begun"), steps=[Send(said, via=[contents[0].channel])])


def said(lab: Lab, content: Content, category: str = "marketing", **person: Any) -> Any:
    """What reaches somebody, who is French unless told otherwise."""
    lab.add(promo(content, category=category))
    who = lab.profile(**{"phone": "+33612345678", "email": "ada@example.com", **person})
    lab.track(who, "begun")
    (sent,) = lab.sent(who)
    return sent.content


# each country's words


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        ({}, "STOP au 36180"),
        ({"locale": "en-GB"}, "Text STOP to 36180 to opt out"),  # the person's language, the country's number
        ({"country": "DE"}, "Abmelden: STOP antworten"),
        ({"country": "DE", "locale": "pl"}, "Abmelden: STOP antworten"),  # no words of ours: the country's
        ({"country": "FI", "locale": "fi"}, "Reply STOP to opt out"),
        ({"country": "GB"}, "Reply STOP to opt out"),
        ({"country": "US-FL"}, "Reply STOP to opt out"),
        ({"country": "US", "locale": "es_US"}, "Responda STOP para darse de baja"),
        ({"country": "CA", "locale": "fr-CA"}, "STOP pour se désabonner"),
    ],
)
def test_a_text_names_the_sender_and_the_way_out(lab: Lab, person: dict[str, str], expected: str) -> None:
    lab.use(sender=SHOP)
    content = said(lab, Sms("Shoes at half price"), **{"timezone": "Europe/Paris", **person})
    assert content.text == f"Example Shop: Shoes at half price\n{expected}"


@pytest.mark.parametrize("country", sorted(COUNTRIES))
def test_every_country_asks_for_both_in_texts(country: str) -> None:
    asked = {(channel, what) for one in COUNTRIES[country].mentions for channel in one.channels for what in one.asks}
    assert {("sms", "sender"), ("sms", "way_out"), ("mms", "way_out"), ("rcs", "way_out")} <= asked
    assert (("email", "address") in asked) is (country[:2] in ("US", "CA"))
    assert all(one.source.id.startswith("law:") and one.source.page for one in COUNTRIES[country].mentions)
    assert COUNTRIES[country].language in WAY_OUT


@pytest.mark.parametrize("language", WAY_OUT)
@pytest.mark.parametrize("number", ["", "36180"])
def test_our_words_are_known_again_and_cost_no_more_than_their_length(language: str, number: str) -> None:
    words = way_out(language, "en", number)
    assert has_way_out(f"Hello {words}")
    assert segments(words).encoding == "gsm7"
    assert read_opt_out("STOP") == "stop"


# never twice, and never left out


@pytest.mark.parametrize(
    "text",
    [
        "Soldes ! STOP au 36180",
        "Soldes ! Stop au 36180",
        "Soldes STOP 36180",
        "Soldes. STOP SMS: 36180",
        "Désabonnement : STOP",
        "Sale! Reply STOP to opt out",
        "Sale! reply stop to unsubscribe",
        "Sale! Text 'STOP' to end",
        "STOP to end",
        "Sale. Txt STOP",
        "Angebot. Antworten Sie mit STOP",
    ],
)
def test_a_way_out_is_not_said_twice(lab: Lab, text: str) -> None:
    assert said(lab, Sms(text)).text == text


@pytest.mark.parametrize(
    "text",
    [
        "Don't stop believing",
        "NON STOP : soldes",
        "Stop to see us",
        "DON'T STOP",
        "STOP 15000 euros de cadeaux",
        "Send it and never stop",
        "Stop and shop: https://example.com/stop",  # a link stands beside the word, not instead of it
        "Unsubscribe: https://example.com/u",
    ],
)
def test_what_is_no_way_out_does_not_stand_for_one(lab: Lab, text: str) -> None:
    assert said(lab, Sms(text)).text == f"{text}\nSTOP pour se désabonner"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (Sms("EXAMPLE-SHOP: -20 %"), "EXAMPLE-SHOP: -20 %"),
        (Sms("-20 %", sender="Example Shop"), "-20 %"),  # the phone shows it above the text
        (Sms("Examples shopped"), "Example Shop: Examples shopped"),
        (Sms("{{ profile.first_name }}: -20 %"), "Example Shop: -20 %"),  # found in what is printed
    ],
)
def test_a_sender_that_is_named_is_not_named_twice(lab: Lab, content: Sms, text: str) -> None:
    lab.use(sender=SHOP)
    found = said(lab, content, first_name="Example Shop")
    assert found.text == f"{text}\nSTOP au 36180"


# where it does not belong


def test_what_is_transactional_mentions_nothing(lab: Lab) -> None:
    lab.use(sender=SHOP)
    assert said(lab, Sms("Your code is 1234"), "transactional").text == "Your code is 1234"


def test_a_category_may_be_let_out_or_taken_in(lab: Lab) -> None:
    lab.use(
        categories=[Category("winners", mentions=False), Category("account", purpose="transactional", mentions=True)]
    )
    assert said(lab, Sms("You won"), "winners").text == "You won"
    other = Lab(categories=[Category("account", purpose="transactional", mentions=True)])
    assert said(other, Sms("Hello"), "account").text == "Hello\nSTOP pour se désabonner"


def test_a_country_whose_rule_the_host_took_away(lab: Lab) -> None:
    lab.use(countries=[COUNTRIES["FR"].with_(mentions=())])
    assert said(lab, Sms("Soldes")).text == "Soldes"


# the other channels


def test_each_channel_has_its_way_out(lab: Lab) -> None:
    photo = Media("https://example.com/shoe.jpg")
    assert said(lab, Mms("Look", media=[photo])).text == "Look\nSTOP pour se désabonner"
    assert said(Lab(), Mms(media=[photo])).text == "STOP pour se désabonner"
    assert said(Lab(), Rcs("Look")).text == "Look\nSTOP pour se désabonner"
    assert [one.label for one in said(Lab(), Rcs(cards=[Card("Shoes")])).suggestions] == ["STOP"]


def mentioned(content: Content) -> Any:
    return render(
        content, {MENTION: {"way_out": "Reply STOP to opt out", "foot": ["Example Shop", "1 Main St."]}}, plain
    )


def test_whatsapp_in_free_form_says_it_and_a_template_stays_as_it_was_approved() -> None:
    assert mentioned(WhatsApp("Hello")).text == "Hello\nReply STOP to opt out"
    assert mentioned(WhatsApp("Hello", footer="Reply STOP to opt out")).text == "Hello"
    template = WhatsApp(template=WhatsAppTemplate("sale", "en"))
    assert mentioned(template) == template


def test_what_is_said_in_an_e_mail_is_said_in_both_of_its_forms_and_not_twice() -> None:
    mail = mentioned(Email("Sale", text="Come.", html="<html><body><p>Come.</p></body></html>"))
    assert mail.text == "Come.\n\nExample Shop\n1 Main St."
    assert mail.html == "<html><body><p>Come.</p><p>Example Shop<br>1 Main St.</p></body></html>"
    named = Email("Sale", text="Example Shop, 1 main st", html="<b>Example&nbsp;Shop</b><br>1 Main<br>St")
    assert mentioned(named) == named


def test_what_a_tag_hides_is_not_said() -> None:
    hidden = mentioned(Email("Sale", html="<head><title>Example Shop</title></head><!-- 1 Main St --><p>Come</p>"))
    assert hidden.html.endswith("<p>Example Shop<br>1 Main St.</p>")


# segments, cost, budget


def test_it_is_counted_in_what_a_text_costs(lab: Lab) -> None:
    """150 characters are one segment, with the way out two: delivery, forecast and budget know."""
    lab.use(prices=Prices({"sms": "0.10 EUR"}))
    journey = promo(Sms("x" * 150))
    lab.add(journey)
    ada = lab.profile(phone="+33612345678")
    assert lab.engine.forecast(journey).highest == Money("0.20", "EUR")
    lab.track(ada, "begun")
    history = lab.history(ada)
    assert history is not None
    (delivery,) = history.deliveries
    assert delivery.cost == 200_000
    assert len(segments(lab.sent(ada)[0].content.text)) == 2


def test_what_was_reserved_keeps_its_words_when_the_sender_changes(lab: Lab) -> None:
    """One key, the same bytes: the mention is frozen with the values."""
    lab.add(promo(Sms("Soldes")))
    ada = lab.profile(phone="+33612345678")
    lab.transport.plan("refuse")
    lab.track(ada, "begun")
    lab.use(sender=SHOP)
    lab.advance_to(lab.now.replace(hour=12))
    assert {one.content.text for one in lab.sent(ada)} == {"Soldes\nSTOP pour se désabonner"}


# the postal address


def mail() -> Journey:
    return promo(Email("Sale", text="Come. https://example.com"))


def test_marketing_mail_to_the_united_states_has_the_address(lab: Lab) -> None:
    lab.use(sender=SHOP, country="US")
    content = said(lab, Email("Sale", text="Come."), country="US-WA")
    assert content.text == "Come.\n\nExample Shop\n1 Main Street, Springfield, IL 62701, USA"
    assert said(Lab(sender=SHOP), Email("Sale", text="Come."), country="FR").text == "Come."


def test_an_american_engine_without_an_address_is_refused() -> None:
    for country in ("US", "US-TX", "CA"):
        with pytest.raises(ConfigurationError, match="postal address") as caught:
            Engine(MemoryStore(), journeys=[mail()], routes={"email": RecordingTransport()}, country=country)
        assert caught.value.thing == "sender"
    order = Message("order", Email("Order", text="Here"), category="transactional")
    Engine(
        MemoryStore(),
        journeys=[Journey("orders", start=on("ordered"), steps=[Send(order)])],
        routes={"email": RecordingTransport()},
        country="US",
    ).close()


def test_another_engine_hears_of_it_and_does_not_send_there(lab: Lab) -> None:
    lab.add(mail())
    assert any("refused to people in Canada or United States" in one for one in lab.engine.findings)
    bob = lab.profile(email="bob@example.com", country="CA")
    lab.track(bob, "begun")
    (why,) = lab.why(bob, "promotes")
    assert (lab.sent(bob), why.codes) == ([], {"email": "no_sender_address"})
    assert "asks for the sender's postal address (law:C3, cmbabc.ca)" in str(why)
    assert "law:C3" in str(lab.why(bob, "promotes", language="fr")[0])


def test_texts_without_a_sender_are_a_finding(lab: Lab) -> None:
    lab.add(Journey("promotes", start=on("begun"), steps=[Send(message("promo", "marketing"), via="sms")]))
    assert any("name nobody" in one for one in lab.engine.findings)
    lab.use(sender=SHOP)
    assert not any("name nobody" in one for one in lab.engine.findings)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Sender(""),
        lambda: Sender("Example\nShop"),
        lambda: Sender("Example Shop", address=" 1 Main St"),
        lambda: Sender("Example Shop", stop={"fr": "36180"}),
        lambda: Sender("Example Shop", stop={"FR": "STOP"}),
    ],
)
def test_what_is_no_sender(wrong: Any) -> None:
    with pytest.raises(ConfigurationError):
        wrong()

"""How far a consent goes and when it ends: topics, channels, relations, age, suppressions (G1, G3, G10, P44)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from unichannel import (
    Category,
    Email,
    Journey,
    Message,
    Push,
    Send,
    Sms,
    Tracking,
    hours,
    minutes,
    months,
    on,
    years,
)
from unichannel.conditions import consent_older
from unichannel.consents import Consent, ConsentRules, consent, denial, implied, withdrawal
from unichannel.policies import COUNTRIES, Sender
from unichannel.ports import Request
from unichannel.steps import recurring
from unichannel.testing import Lab

CATEGORIES = [Category(name, topic=name) for name in ("newsletter", "coupons", "updates")]


def about(topic: str) -> Message:
    return Message(topic, Email(topic, text="…"), Sms(topic), Push(topic, "…"), category=topic)


@pytest.fixture
def shop(lab: Lab) -> Lab:
    lab.use(sender=Sender("Example Shop", address="1 Main Street, Springfield, IL 62701, USA"))
    lab.use(categories=CATEGORIES, tracking=Tracking("https://example.com/u", keys=["k" * 32]), quiet_hours=None)
    return lab


def meet(lab: Lab, *consents: Consent, **more: Any) -> str:
    known = {"email": "ada@example.com", "phone": "+447700900123", "push": "device", "timezone": "UTC", "country": "GB"}
    return lab.profile("ada", **{**known, **more}, consents=consents)


def tell(lab: Lab, topic: str = "newsletter", via: str | list[str] = "email") -> dict[str, str]:
    """Send about a topic; the verdicts, {} where it went out."""
    before = len(lab.sent("ada"))
    lab.send("ada", about(topic), via=via)
    lab.run_due()
    told = lab.history("ada").notes  # type: ignore[union-attr]
    return {} if len(lab.sent("ada")) > before else {one.channel: one.code for one in told[-1].trace.verdicts}


# topics and channels


def test_each_topic_on_the_channel_that_was_asked_for(shop: Lab) -> None:
    mine = [*consent("email", topic="newsletter"), *consent("sms", topic="coupons"), *consent("push", topic="updates")]
    meet(shop, *mine)
    for topic in ("newsletter", "coupons", "updates"):
        tell(shop, topic, ["push", "sms", "email"])
    assert shop.messages_sent("ada") == [("newsletter", "email"), ("coupons", "sms"), ("updates", "push")]
    shown = shop.engine.preferences("ada")
    allowed = {topic: [channel for channel, one in row.items() if one.allowed] for topic, row in shown.items()}
    assert allowed == {"marketing": [], "newsletter": ["email"], "coupons": ["sms"], "updates": ["push"]}


@pytest.mark.parametrize(
    ("taken_back", "left"),
    [
        (withdrawal("email", topic="coupons"), {("newsletter", "email"), ("newsletter", "sms"), ("coupons", "sms")}),
        (withdrawal("email"), {("newsletter", "sms"), ("coupons", "sms")}),
        (withdrawal(topic="coupons"), {("newsletter", "email"), ("newsletter", "sms")}),
        (denial(), set()),
    ],
    ids=["this topic here", "this channel", "this topic", "everything"],
)
def test_an_opt_out_goes_as_far_as_it_says(shop: Lab, taken_back: Any, left: set[tuple[str, str]]) -> None:
    meet(shop, *consent("email", "sms"))
    shop.advance(minutes(1))
    shop.engine.record_consents("ada", *taken_back)
    for topic in ("newsletter", "coupons"):
        for channel in ("email", "sms"):
            tell(shop, topic, channel)
    assert set(shop.messages_sent("ada")) == left


@pytest.mark.parametrize(
    ("scope", "left"),
    [
        ("topic", {("coupons", "email"), ("newsletter", "sms"), ("coupons", "sms")}),
        ("channel", {("newsletter", "sms"), ("coupons", "sms")}),
        ("everything", set()),
    ],
)
def test_a_link_goes_as_far_as_the_host_says(shop: Lab, scope: Any, left: set[tuple[str, str]]) -> None:
    shop.use(consent=ConsentRules(unsubscribe=scope))
    meet(shop, *consent("email", "sms"))
    tell(shop, "newsletter", "email")
    tracking = Tracking("https://example.com/u", keys=["k" * 32])
    url = tracking.linker(shop.sent("ada")[0].key).unsubscribe()
    shop.advance(minutes(1))
    shop.engine.receive("tracking", Request("POST", url, {}, b"List-Unsubscribe=One-Click"))
    shop.run_due()
    for topic in ("newsletter", "coupons"):
        for channel in ("email", "sms"):
            tell(shop, topic, channel)
    assert set(shop.messages_sent("ada")[1:]) == left


# relations


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("country", "basis", "channel", "ends"),
    [
        ("CA", "customer", "email", "2032-01-08T09:00"),
        ("CA", "inquiry", "sms", "2030-07-08T09:00"),
        ("FR", "customer", "sms", "2033-01-08T09:00"),
        ("DE", "customer", "email", None),
        ("GB", "customer", "email", None),
    ],
)
def test_a_relation_allows_for_as_long_as_the_law_says(
    shop: Lab, country: str, basis: Any, channel: str, ends: str | None
) -> None:
    """At the last microsecond before its end it carries, at its end it does not."""
    meet(shop, *implied(basis, channel), country=country)
    state = shop.engine.consent_at("ada", channel)
    assert state.allowed
    assert state.until == (None if ends is None else round(at(ends).timestamp()) * 1_000_000)
    if ends is None:
        shop.advance(years(20))
        assert shop.engine.consent_at("ada", channel).allowed
        return
    shop.clock.set(state.until - 1)  # type: ignore[operator]
    assert shop.engine.consent_at("ada", channel).allowed
    shop.clock.set(state.until)  # type: ignore[arg-type]
    assert shop.engine.consent_at("ada", channel).code == "consent_ended"
    assert tell(shop, "newsletter", channel) == {channel: "consent_ended"}


@pytest.mark.parametrize(
    ("country", "basis", "channel"),
    [("FR", "inquiry", "email"), ("US", "customer", "sms"), ("CA", "customer", "push"), ("DE", "inquiry", "sms")],
)
def test_where_the_law_knows_no_such_consent_it_allows_nothing(
    shop: Lab, country: str, basis: Any, channel: str
) -> None:
    meet(shop, *implied(basis, channel), country=country)
    assert tell(shop, "newsletter", channel) == {channel: "not_implied"}


def test_each_purchase_begins_anew(shop: Lab) -> None:
    meet(shop, *implied("customer", "email"), country="CA")
    shop.advance(years(1))
    shop.engine.record_consents("ada", *implied("customer", "email"))
    shop.advance(years(1))
    assert tell(shop) == {}
    shop.advance(years(1))
    assert tell(shop) == {"email": "consent_ended"}


def test_no_purchase_lifts_an_objection(shop: Lab) -> None:
    meet(shop, *withdrawal("email"))
    shop.advance(minutes(1))
    shop.engine.record_consents("ada", *implied("customer", "email"))
    assert tell(shop) == {"email": "opted_out"}
    shop.engine.record_consents("ada", *consent("email"))
    assert tell(shop) == {}


def test_a_relation_that_ends_stops_what_is_reserved(shop: Lab) -> None:
    meet(shop, *implied("inquiry", "email", occurred=at("2029-07-08T09:30")), country="CA")
    shop.transport.plan("refuse", "refuse", "refuse", "refuse", "refuse")
    shop.send("ada", about("newsletter"), via="email")
    shop.advance(hours(5))
    assert shop.sent("ada") == []
    assert [(one.status, one.reason) for one in shop.history("ada").deliveries] == [("cancelled", "consent_ended")]  # type: ignore[union-attr]


def test_why_names_the_rule_and_the_instant(shop: Lab) -> None:
    journey = Journey("tells", start=on("begun"), steps=[Send(about("newsletter"), via="email")])
    shop.add(journey)
    meet(shop, *implied("inquiry", "email"), country="CA")
    shop.advance(months(7))
    shop.track("ada", "begun")
    shop.run_due()
    assert "the consent implied by a purchase or a question ended on 8 Jul" in str(shop.why("ada", journey)[0])
    assert "(law:C1, " in str(shop.why("ada", journey)[0])
    assert "a pris fin" in str(shop.why("ada", journey, language="fr")[0])


# age


def test_g10_a_consent_that_is_too_old_carries_nothing(shop: Lab) -> None:
    meet(shop, *consent("email"), country="FR")
    shop.advance(years(3))
    assert tell(shop) == {"email": "consent_too_old"}
    shop.engine.record_consents("ada", *consent("email"))
    assert tell(shop) == {}


def test_g10_a_click_or_an_answer_is_a_contact_and_an_open_is_none(shop: Lab) -> None:
    """Three years from the last contact by the person (law:F19)."""
    meet(shop, *consent("email"), country="FR")
    shop.advance(years(2))
    tell(shop)
    shop.tell("opened", "ada")
    shop.tell("clicked", "ada", machine=True)
    a_leap_year = 366 * 86_400_000_000
    assert shop.engine.consent_at("ada", "email").until == shop.clock.now() + a_leap_year
    shop.tell("clicked", "ada")
    shop.advance(years(2))
    assert tell(shop) == {}
    shop.advance(years(1))
    assert tell(shop) == {"email": "consent_too_old"}


@pytest.mark.parametrize(("span", "late"), [(months(13), True), (None, False), ("law", False)])
def test_g10_the_age_is_the_hosts_to_set(shop: Lab, span: Any, late: bool) -> None:
    shop.use(consent=ConsentRules(renewed_after=span))
    meet(shop, *consent("email"))
    shop.advance(months(13))
    assert (tell(shop) != {}) == late


def test_g10_what_gets_old_is_asked_anew(shop: Lab) -> None:
    again = Message("still-there", Email("Still there?", text="…"), category="newsletter")
    journey = Journey(
        "asks-anew",
        start=recurring("FREQ=MONTHLY;BYMONTHDAY=1"),
        entry=consent_older("email", months(30)),
        steps=[Send(again, via="email")],
    )
    shop.add(journey)
    meet(shop, *consent("email"), country="FR")
    shop.advance_to(at("2032-07-31"))
    assert shop.sent("ada") == []
    shop.advance_to(at("2032-08-02"))
    assert shop.messages_sent("ada") == [("still-there", "email")]
    shop.tell("clicked", "ada")
    shop.advance_to(at("2033-03-02"))
    assert len(shop.sent("ada")) == 1


def test_rules_of_a_country_are_the_hosts_to_replace(shop: Lab) -> None:
    shop.use(countries=[COUNTRIES["FR"].with_(renewed_after=None, implied=())])
    meet(shop, *consent("email"), *implied("customer", "sms"), country="FR")
    shop.advance(years(9))
    assert tell(shop) == {}
    assert tell(shop, via="sms") == {"sms": "not_implied"}


# suppressions


def test_an_address_is_suppressed_by_hand_for_whoever_has_it(shop: Lab) -> None:
    shop.engine.suppress("sms", "+44 7700 900123", reason="spam_report")
    meet(shop, *consent("sms", "email"))
    assert tell(shop, via="sms") == {"sms": "suppressed"}
    assert tell(shop, via="email") == {}
    shop.engine.unsuppress("mms", "+447700900123", reason="reported by mistake")
    assert tell(shop, via="sms") == {}


@pytest.mark.parametrize(
    ("scope", "reason", "marketing", "account"),
    [
        ("all", "manual", "suppressed", "suppressed"),
        ("marketing", "complaint", "suppressed", ""),
        ("all", "dead", "dead_address", "dead_address"),
    ],
)
def test_a_suppression_says_what_it_stops(shop: Lab, scope: Any, reason: str, marketing: str, account: str) -> None:
    meet(shop, *consent("email"))
    shop.run_due()
    shop.engine.suppress("email", "ada@EXAMPLE.com", scope=scope, reason=reason)
    assert tell(shop) == {"email": marketing}
    shop.send("ada", Message("account", Email("Account", text="…"), category="transactional"), via="email")
    assert bool(shop.sent("ada")) == (account == "")


@pytest.mark.parametrize(
    ("told", "account"),
    [
        ({"kind": "bounced", "address_dead": True}, False),
        ({"kind": "complained"}, True),
        ({"kind": "failed", "refused": True, "code": "21610"}, False),
    ],
    ids=["hard bounce", "complaint", "carrier opt-out"],
)
def test_g10_what_providers_say_of_an_address_stays(shop: Lab, told: dict[str, Any], account: bool) -> None:
    meet(shop, *consent("sms"))
    tell(shop, via="sms")
    shop.tell(profile="ada", **told)
    assert tell(shop, via="sms") != {}
    shop.send("ada", Message("account", Sms("Account"), category="transactional"), via="sms")
    assert (len(shop.sent("ada")) == 2) == account

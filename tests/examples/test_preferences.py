"""E2: each kind of message by the channel that was asked for, always."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from tests.examples.conftest import recipe
from unichannel.testing import Lab

KINDS = {"newsletter": "newsletter.published", "coupons": "coupon.issued", "updates": "app.released"}
CHANNELS = ("email", "sms", "push")


@pytest.fixture
def shop(lab: Lab) -> Lab:
    found: Any = recipe("preferences")
    lab.use(categories=found.CATEGORIES, sender=found.SENDER)
    lab.add(*found.journeys)
    return lab


def meet(shop: Lab, name: str, wishes: dict[str, str], number: int = 0, **more: Any) -> str:
    known = {"email": f"{name}@example.com", "phone": f"+336123456{number:02}", "push": f"device-{name}"}
    return shop.profile(name, **{**known, **more}, timezone="Europe/Paris", preferences=wishes)


def test_every_wish_for_every_kind_is_honoured(shop: Lab) -> None:
    """All 27 ways to wish, and each a second time."""
    wishes = [dict(zip(KINDS, chosen, strict=True)) for chosen in product(CHANNELS, repeat=3)]
    people = {meet(shop, f"p{place}", wish, place): wish for place, wish in enumerate(wishes)}
    for issue in ("1", "2"):
        for name in people:
            for event in KINDS.values():
                shop.engine.track(name, event, {"url": f"https://example.com/{issue}"})
        shop.run_due()
    for name, wish in people.items():
        assert shop.messages_sent(name) == [(kind, wish[kind]) for kind in KINDS] * 2


def test_why_says_that_it_was_asked_for(shop: Lab) -> None:
    ada = meet(shop, "ada", {"coupons": "sms"})
    shop.track(ada, "coupon.issued", {"url": "https://example.com/1"})
    assert "because the person asked for SMS for coupons" in str(shop.why(ada, "coupons")[0])


def test_a_coupon_names_the_shop_and_the_way_out(shop: Lab) -> None:
    ada = meet(shop, "ada", {"coupons": "sms"}, locale="fr")
    shop.track(ada, "coupon.issued", {"url": "https://example.com/1"})
    text = shop.sent(ada)[0].content.text  # type: ignore[attr-defined]
    assert text == "Example Shop: 10 % off until Sunday: https://example.com/1\nSTOP au 36180"


def test_where_the_wish_cannot_be_met_another_channel_is_taken(shop: Lab) -> None:
    bob = meet(shop, "bob", {"updates": "push"}, push=None)
    shop.track(bob, "app.released", {"url": "https://example.com/1"})
    assert len(shop.sent(bob)) == 1
    assert shop.channels_sent(bob) != ["push"]

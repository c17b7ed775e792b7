"""A forecast: counts and cost by channel, at the least and at the most, before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unichannel import (
    Branch,
    Email,
    Journey,
    Message,
    Money,
    Prices,
    Repeat,
    Send,
    Sms,
    Split,
    Wait,
    consent,
    days,
    hours,
    on,
    opened,
    variant,
    when,
)
from unichannel.conditions import tagged
from unichannel.errors import DefinitionError, UnknownError
from unichannel.testing import Lab

PRICES = Prices({"email": "0.001 EUR", "sms": {"FR": "0.07 EUR"}})
NEWS = Message("news", Email("News", html="<p>Long.</p>"), Sms("Short."))
LADDER = Send(NEWS, via=["email", "sms"], success="opened", fallback_after=hours(4))
TEXT = Send(Message("text", Sms("Text.")), via="sms", name="text")


def journey(*steps: Any) -> Journey:
    return Journey("j", start=on("begun"), steps=steps)


def lab_of(**more: Any) -> Lab:
    lab = Lab(prices=PRICES, **more)
    lab.profile("both", email="a@example.com", phone="+33612345678", tags=["vip"])
    lab.profile("mail", email="b@example.com")
    lab.profile("text", phone="+33612345679")
    lab.profile("abroad", phone="+4915112345678")
    lab.profile("none")
    return lab


def seen(found: Any) -> dict[str, tuple[int, int, str, str, int]]:
    return {
        name: (one.least, one.most, str(one.lowest), str(one.highest), one.unpriced)
        for name, one in found.channels.items()
    }


def test_a_ladder_costs_its_first_rung_at_the_least_and_all_of_them_at_the_most() -> None:
    found = lab_of().engine.forecast(NEWS, via=["email", "sms"])
    assert (found.profiles, found.meant, found.unreached) == (5, 5, 1)
    assert seen(found) == {
        "email": (2, 2, "0.002 EUR", "0.002 EUR", 0),
        "sms": (2, 3, "0.07 EUR", "0.14 EUR", 1),
    }
    assert (found.lowest, found.highest) == (Money("0.072", "EUR"), Money("0.142", "EUR"))
    assert "sms: 2 to 3 messages, 0.07 EUR to 0.14 EUR, 1 of unknown price" in str(found)


def test_it_is_for_those_who_are_meant() -> None:
    lab = lab_of()
    assert seen(lab.engine.forecast(NEWS, via="sms", among=tagged("vip"))) == {"sms": (1, 1, "0.07 EUR", "0.07 EUR", 0)}
    found = lab.engine.forecast(NEWS, via="sms", people=["both", "text"])
    assert (found.profiles, found.channels["sms"].most) == (2, 2)


def test_nobody_is_counted_who_may_not_be_written_to() -> None:
    lab = lab_of()
    lab.profile("silent", phone="+33612345670", consents=consent("email", purpose="marketing", source="x", wording="x"))
    assert lab.engine.forecast(NEWS, via="sms", people=["silent"]).channels == {}


@pytest.mark.parametrize(
    ("steps", "sms"),
    [
        ([Branch(when(opened("email"), TEXT))], (0, 1)),
        ([Branch(when(opened("email"), TEXT), otherwise=[Send(NEWS, via="sms", name="other")])], (1, 1)),
        ([Split(variant("a", 1, TEXT), variant("b", 1, LADDER), name="s")], (0, 1)),
        ([Repeat([TEXT], times=3, every=days(1))], (1, 3)),
        ([Repeat([TEXT], times=3, every=days(1), until=on("paid"))], (0, 3)),
        ([Wait(until=on("paid"), timeout=days(1), on_timeout=[TEXT])], (0, 1)),
    ],
)
def test_what_may_be_passed_by_counts_at_the_most(steps: list[Any], sms: tuple[int, int]) -> None:
    found = lab_of().engine.forecast(journey(*steps), people=["both"])
    one = found.channels["sms"]
    assert (one.least, one.most) == sms


def test_segments_are_those_of_the_persons_own_text() -> None:
    lab = Lab(prices=PRICES)
    for id, name in (("ada", "Ada"), ("ann", "Ann" * 60)):
        lab.profile(id, phone="+33612345678", first_name=name)
    message = Message("m", Sms("Hi {{ profile.first_name }}, {{ data.what }}"))
    found = lab.engine.forecast(message, via="sms", data={"what": "sale"})
    assert found.highest == Money("0.21", "EUR")


def test_without_prices_it_counts() -> None:
    lab = Lab()
    lab.profile("ada", phone="+33612345678")
    found = lab.engine.forecast(NEWS, via="sms")
    assert (found.channels["sms"].most, found.lowest) == (1, None)
    assert str(found).endswith("no price known, 1 of unknown price\n  in all no price known")


def test_a_notebook_shows_it_as_a_table() -> None:
    found = lab_of().engine.forecast(journey(LADDER))
    shown = found._repr_html_()
    assert shown.startswith("<table>")
    assert all(f"<td>{one}</td>" in shown for one in ("email", "sms", f"{found.lowest} to {found.highest}"))


def test_nothing_is_written_and_what_cannot_run_is_refused() -> None:
    lab = lab_of()
    lab.engine.forecast(journey(LADDER))
    assert lab.sent() == []
    with pytest.raises(UnknownError, match="'never'"):
        lab.engine.forecast("never")
    with pytest.raises(DefinitionError, match="no category"):
        lab.engine.forecast(Message("m", Sms("Hi"), category="unheard"), via="sms")


PEOPLE = st.lists(
    st.fixed_dictionaries({}, optional={"email": st.just("a@example.com"), "phone": st.just("+33612345678")}),
    min_size=1,
    max_size=4,
)
STEPS = st.lists(
    st.sampled_from([LADDER, TEXT, Branch(when(opened("email"), Send(NEWS, via="sms", name="inner")), name="b")]),
    min_size=1,
    max_size=3,
    unique=True,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(people=PEOPLE, steps=STEPS, opens=st.sets(st.integers(0, 3)))
def test_what_happens_lies_between_the_least_and_the_most(
    people: list[dict[str, str]], steps: list[Any], opens: set[int]
) -> None:
    lab = Lab(prices=PRICES, quiet_hours=None)
    made = journey(*steps)
    lab.add(made)
    ids = [lab.profile(f"p{n}", **fields) for n, fields in enumerate(people)]
    found = lab.engine.forecast(made)
    for n, id in enumerate(ids):
        lab.track(id, "begun")
        if n in opens and "email" in lab.channels_sent(id):
            lab.opens(id, channel="email")
    lab.advance(days(10))
    told = [one for id in ids for one in lab.history(id).deliveries]  # type: ignore[union-attr]
    spent = Money.of_micros(sum(one.cost or 0 for one in told), "EUR")
    assert found.lowest is not None
    assert found.highest is not None
    assert found.lowest <= spent <= found.highest
    for channel, one in found.channels.items():
        assert one.least <= sum(made.channel == channel for made in told) <= one.most

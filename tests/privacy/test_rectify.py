"""Corrections: what was wrong is right from then on, and what was on its way follows (G6)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.privacy.world import EMAIL, KEY, hello, lab_on
from unichannel import Journey, Message, Profile, Push, Send, acting, consent, days
from unichannel.conditions import attribute_date
from unichannel.errors import InvalidInput, UnknownError
from unichannel.steps import on_date
from unichannel.testing import Lab

RIGHT = "right@example.com"


def deliveries(lab: Lab) -> list[Any]:
    history = lab.history(KEY)
    assert history is not None
    return history.deliveries


def waiting_mail() -> Lab:
    """A message that is reserved for an address: its provider's channel has no place yet."""
    lab = lab_on()
    lab.profile(KEY, email=EMAIL, first_name="Ada")
    lab.engine.send(KEY, hello, via="email", data={"city": "x"})
    from unichannel.flows.budgeting import Purse
    from unichannel.flows.deciding import decide_profiles

    kit = lab.engine._calls.ready()
    now = lab.clock.now()
    lab._settings["store"].transact(lambda session: decide_profiles(session, Purse(), kit, now, [KEY]))
    assert [one.status for one in deliveries(lab)] == ["reserved"]
    return lab


def test_what_is_reserved_goes_to_the_right_address() -> None:
    lab = waiting_mail()
    lab.engine.rectify(Profile(KEY, email=RIGHT))
    lab.run_due()
    assert [one.address for one in lab.sent()] == [RIGHT]
    assert [one.address for one in deliveries(lab)] == [RIGHT]
    lab.bounces(KEY)
    lab.send(KEY, hello, via="email", data={"city": "y"})
    assert len(lab.sent()) == 1, "and what is heard of it is about the right one"


def test_without_a_right_address_it_is_cancelled() -> None:
    lab = waiting_mail()
    lab.engine.rectify(Profile(KEY, email=None))
    lab.run_due()
    assert [(one.status, one.reason) for one in deliveries(lab)] == [("cancelled", "no_address")]
    assert lab.sent() == []


def test_what_its_provider_may_know_already_is_not_sent_elsewhere_but_the_next_channel_is_tried() -> None:
    lab = lab_on()
    lab.profile(KEY, email=EMAIL, phone="+33612345678", first_name="Ada")
    lab.transport.plan("refuse")
    lab.send(KEY, hello, via=["email", "sms"], data={"city": "x"})
    assert [one.status for one in deliveries(lab)] == ["retry"]
    lab.engine.rectify(Profile(KEY, email=RIGHT))
    lab.run_due()
    assert [(one.channel, one.status) for one in deliveries(lab)] == [("email", "cancelled"), ("sms", "accepted")]


def test_two_devices_do_not_get_it_twice() -> None:
    lab = lab_on()
    news = Message("hello", Push(title="t", body="b"), category="news")
    lab.profile(KEY, push=["old-1", "old-2"])
    lab.transport.plan("refuse", "refuse")
    lab.send(KEY, news)
    lab.engine.rectify(Profile(KEY, push="new-1"))
    lab.run_due()
    lab.advance(days(1))
    assert len(lab.sent()) <= 1


def test_an_older_word_does_not_undo_it() -> None:
    lab = lab_on()
    lab.profile(KEY, email=EMAIL)
    lab.engine.identify(Profile(KEY, email="older@example.com", first_name="Ada"))
    lab.engine.rectify(Profile(KEY, email=RIGHT))
    lab.run_due()
    history = lab.history(KEY)
    assert history is not None
    assert (history.person.addresses, history.person.attributes) == ({"email": [RIGHT]}, {"first_name": "Ada"})


def test_dates_are_computed_anew() -> None:
    birthday = Journey("birthday", start=on_date(attribute_date("born"), yearly=True), steps=[Send(hello, via="email")])
    lab = lab_on()
    lab.add(birthday)
    lab.profile(KEY, email=EMAIL, first_name="Ada", born="1990-02-01")
    lab.engine.rectify(Profile(KEY, born="1990-01-10"))
    lab.run_due()
    assert lab.history(KEY).person.timers["birthday"][0] < lab.clock.now() + 3 * 86_400_000_000  # type: ignore[union-attr]


def test_who_corrected_what_is_written_down_without_the_values() -> None:
    lab = lab_on()
    lab.profile(KEY, email=EMAIL)
    with acting("support:ana"):
        lab.engine.rectify(Profile(KEY, email=RIGHT, first_name="Ada", timezone="Europe/Paris"))
    (entry,) = lab.engine.audit(KEY)
    assert (entry.what, entry.actor) == ("rectify", "support:ana")
    assert entry.detail == "addresses.email, attributes.first_name, timezone, timezone_known"


def test_bad_input() -> None:
    lab = lab_on()
    lab.profile(KEY, email=EMAIL)
    with pytest.raises(UnknownError):
        lab.engine.rectify(Profile("nobody", email=RIGHT))
    with pytest.raises(InvalidInput):
        lab.engine.rectify(Profile(KEY))
    with pytest.raises(InvalidInput):
        lab.engine.rectify(Profile(KEY, email=RIGHT, consents=consent("email")))

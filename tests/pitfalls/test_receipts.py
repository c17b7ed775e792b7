"""P48: receipts in any order and any number give one result."""

from __future__ import annotations

from itertools import permutations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.journeys.trial import message
from unichannel import Journey, Send, hours, minutes, on
from unichannel.core.messaging.delivery import Delivery
from unichannel.testing import Lab

tells = Journey("tells", start=on("begun"), steps=[Send(message("news", "transactional"), via="sms")])

KINDS = ("sent", "delivered", "clicked", "bounced", "opened", "failed")


def told(order: list[tuple[str, int]], *, at_once: bool = False) -> Delivery:
    """The delivery after these receipts (kind, minute at which it occurred), told in this order."""
    lab = Lab()
    lab.add(tells)
    ada = lab.profile("ada", phone="+33612345678", timezone="UTC")
    lab.track(ada, "begun")
    began = lab.clock.now()
    lab.advance(hours(1))
    receipts = [
        {"kind": kind, "key": lab.sent(ada)[0].key, "occurred": began + minutes(at).elapsed, "id": f"{kind}-{at}"}
        for kind, at in order
    ]
    if at_once:
        lab._post(*receipts)
    else:
        for one in receipts:
            lab._post(one)
    history = lab._settings["store"].transact(lambda session: session.history("ada"))
    return history.deliveries[0]


def test_p48_every_order_of_three_gives_the_same() -> None:
    receipts = [("sent", 1), ("delivered", 2), ("clicked", 3)]
    results = [told(list(order)) for order in permutations(receipts)]
    assert {one.status for one in results} == {"clicked"}
    assert len({tuple(sorted(one.facts.items())) for one in results}) == 1


def test_p48_a_status_never_moves_backwards() -> None:
    assert told([("delivered", 2), ("sent", 1)]).status == "delivered"
    assert told([("clicked", 3), ("delivered", 4)]).status == "clicked"


def test_p48_a_second_receipt_of_one_message_is_not_dropped() -> None:
    """Same message, another fact: it is the fact that is deduplicated, not the message."""
    assert told([("sent", 1), ("delivered", 2), ("delivered", 2)]).status == "delivered"


def test_p48_the_first_instant_of_a_fact_stays() -> None:
    assert told([("delivered", 7), ("delivered", 2)]).facts == told([("delivered", 2), ("delivered", 7)]).facts


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 50)), min_size=1, max_size=5), st.data())
def test_p48_any_order_any_repetition_one_result(receipts: list[tuple[str, int]], data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(receipts), max_size=3))
    shuffled = data.draw(st.permutations([*receipts, *again]))
    one, other = told(receipts), told(shuffled, at_once=data.draw(st.booleans()))
    assert (one.status, one.facts) == (other.status, other.facts)

"""P33: two providers of one channel. What surely was not accepted goes to the other; what may have been does not."""

from __future__ import annotations

from typing import Any

import pytest

from unichannel import Category, Journey, Message, Send, Sms, hours, minutes, on
from unichannel.testing import Lab, RecordingTransport

CODE = Category("code", purpose="transactional")
ONCE = Category("once", purpose="transactional", guarantee="at_most_once")


def lab_with(category: Category = CODE, **first: Any) -> tuple[Lab, RecordingTransport, RecordingTransport]:
    one, other = RecordingTransport("one", ["sms"], **first), RecordingTransport("other", ["sms"])
    lab = Lab(routes={"sms": [one, other]}, categories=[category])
    lab.transport = one
    lab.add(Journey("j", start=on("begun"), steps=[Send(Message("m", Sms("Hi"), category=category.name), via="sms")]))
    lab.profile("ada", phone="+33612345678")
    return lab, one, other


def test_p33_a_refusal_is_failed_over_at_once_and_the_trace_names_both_tries() -> None:
    lab, one, other = lab_with()
    one.plan("refuse")
    lab.track("ada", "begun")
    assert (len(one.journal), len(other.journal)) == (0, 1)
    (delivery,) = lab.history("ada").deliveries  # type: ignore[union-attr]
    assert (delivery.route, delivery.attempts) == ("other", 2)
    assert delivery.facts["not_accepted:one"] <= delivery.facts["accepted"]
    (why,) = lab.why("ada")
    assert why.route == "other"
    assert "was not accepted by a route at 10:00 (one)" in why.sentence
    assert any(
        "was not accepted by a route" in entry.sentence and "(one)" in entry.sentence for entry in lab.timeline("ada")
    )
    assert one.calls == other.calls == [delivery.key], "the same key at both"


def test_p33_when_both_refuse_the_first_is_tried_again_after_a_pause() -> None:
    lab, one, other = lab_with()
    one.plan("refuse")
    other.plan("refuse")
    lab.track("ada", "begun")
    assert (one.journal, other.journal) == ([], [])
    lab.advance(minutes(20))
    assert (len(one.journal), len(other.journal)) == (1, 0)


@pytest.mark.parametrize("category", [CODE, ONCE])
@pytest.mark.parametrize("failure", ["time_out", "time_out_after_acceptance"])
def test_p33_a_time_out_follows_the_guarantee_and_is_not_failed_over(category: Category, failure: Any) -> None:
    lab, one, other = lab_with(category)
    one.plan(failure)
    lab.track("ada", "begun")
    lab.advance(hours(5))
    assert other.calls == []
    assert len(one.calls) == (2 if category is CODE else 1)


@pytest.mark.parametrize("takes_key", [3600, None])
def test_p33_what_was_in_doubt_stays_with_its_provider_even_when_that_refuses_later(takes_key: int | None) -> None:
    """The first try may have been accepted; only its own provider knows the key."""
    lab, one, other = lab_with(CODE, takes_key=takes_key)
    one.plan("time_out_after_acceptance", "refuse", "refuse")
    lab.track("ada", "begun")
    lab.advance(hours(6))
    assert other.calls == []
    assert len(one.calls) == 4


def test_p33_what_is_refused_for_good_is_not_failed_over() -> None:
    """A dead number is dead for every provider."""
    lab, one, other = lab_with()
    one.plan("dead")
    lab.track("ada", "begun")
    lab.advance(hours(1))
    assert (len(one.calls), other.calls) == (1, [])

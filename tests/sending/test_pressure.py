"""Rules of meaning: pressure. What a cap, a gap or a matter holds back waits, and one slot has one winner (G9, E8)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sending.conftest import Meet
from unichannel import (
    Cap,
    Category,
    Email,
    Gap,
    Journey,
    Message,
    Push,
    Send,
    Sms,
    Wait,
    Window,
    days,
    hours,
    minutes,
    on,
    seconds,
)
from unichannel.core.journey.form.stored import dumps, loads
from unichannel.errors import DefinitionError
from unichannel.testing import Lab

NEWS = Category("news", ttl=14 * 86_400)
RECEIPTS = Category("receipts", purpose="transactional")


def message(name: str, category: str = "news", **more: Any) -> Message:
    contents = (Email(subject=name, text=name, html=f"<p>{name}</p>"), Sms(name), Push(name, "Read it."))
    return Message(name, *contents, category=category, **more)


def journey(name: str, *steps: Any, event: str = "go", **more: Any) -> Journey:
    """One that an event begins, again and again, with one e-mail unless told otherwise."""
    steps = steps or (Send(message(name), via="email"),)
    return Journey(name, start=on(event), steps=steps, re_entry="after_end", **more)


def capped(lab: Lab, *caps: Cap | Gap, **more: Any) -> None:
    lab.use(caps=caps, categories=[NEWS, RECEIPTS], quiet_hours=None, **more)


def hours_sent(lab: Lab, who: str) -> list[tuple[str, float]]:
    """What went out, and how many hours after the lab began."""
    begin = 1_894_093_200_000_000
    return [(one.message, (one.at - begin) / 3_600_000_000) for one in lab.sent(who)]


class TestACapDefers:
    def test_what_is_refused_goes_when_there_is_room(self, lab: Lab, meet: Meet) -> None:
        capped(lab, Cap(1, within=days(1)))
        lab.add(journey("first"), journey("second"))
        ada = meet()
        lab.track(ada, "go")
        lab.advance(days(3))
        assert hours_sent(lab, ada) == [("first", 0), ("second", 24)]

    def test_runs_that_are_long_over_count_too(self, lab: Lab, meet: Meet) -> None:
        capped(lab, Cap(1, within=days(7)))
        lab.add(journey("first"), journey("second", event="later"))
        ada = meet()
        lab.track(ada, "go")
        lab.advance(days(4))
        lab.track(ada, "nothing")  # the run's ladder is over, and noted to be
        lab.advance(days(1))
        lab.track(ada, "later")
        lab.advance(days(5))
        assert hours_sent(lab, ada) == [("first", 0), ("second", 168)]

    def test_why_says_the_numbers_and_when_it_is_free(self, lab: Lab, meet: Meet) -> None:
        capped(lab, Cap(3, within=days(7)))
        lab.add(*(journey(f"j{n}") for n in range(4)))
        ada = meet()
        lab.track(ada, "go")
        (said,) = lab.why(ada, "j3")
        assert said.code == "deferred"
        assert said.codes == {"email": "cap"}
        assert str(said) == (
            "The step send-j3-email had to wait until 15 Jan, 09:00; "
            "email was held back by a cap, 3 of 3 marketing messages within 7 days; room on 15 Jan at 09:00."
        )

    def test_what_waits_is_decided_wholly_anew(self, lab: Lab, meet: Meet) -> None:
        """Who withdrew meanwhile gets nothing, though a slot was free."""
        capped(lab, Cap(1, within=days(1)))
        lab.add(journey("first"), journey("second"), journey("paid", Wait(days(9)), event="bought"))
        ada = meet()
        lab.track(ada, "go")
        lab.stops(ada, channel="email")
        lab.advance(days(3))
        assert hours_sent(lab, ada) == [("first", 0)]
        assert lab.why(ada, "second")[-1].codes == {"email": "suppressed"}

    def test_a_goal_ends_the_wait(self, lab: Lab, meet: Meet) -> None:
        capped(lab, Cap(1, within=days(1)))
        lab.add(journey("first"), journey("second", goal=on("bought")))
        ada = meet()
        lab.track(ada, "go")
        lab.track(ada, "bought")
        lab.advance(days(3))
        assert hours_sent(lab, ada) == [("first", 0)]

    def test_time_to_live_ends_it_with_a_trace(self, lab: Lab, meet: Meet) -> None:
        """It fits no more once the first is known to have gone; the journey goes on, and nobody is unreachable."""
        capped(lab, Cap(1, within=days(30)))
        late = Send(message("late"), via="email", ttl=days(2))
        lab.add(journey("first"), journey("second", late, Send(message("receipt", "receipts"), via="email")))
        lab.add(journey("call", event="send.unreachable"))
        ada = meet()
        lab.track(ada, "go")
        lab.advance(minutes(1))
        assert hours_sent(lab, ada) == [("first", 0), ("receipt", 1 / 60)]
        (skipped,) = [one for one in lab.why(ada, "second") if one.code == "skipped"]
        assert skipped.codes == {"email": "cap"}
        assert "1 of 1 marketing messages within 30 days" in str(skipped)

    def test_the_planned_instant_is_kept(self, lab: Lab, meet: Meet) -> None:
        """Two days late, the step after it comes two days after its plan, not after the delay."""
        capped(lab, Cap(1, within=days(2)))
        after = (Send(message("second"), via="email"), Wait(hours(60)), Send(message("receipt", "receipts"), via="sms"))
        lab.add(journey("first"), journey("rest", *after))
        ada = meet()
        lab.track(ada, "go")
        lab.advance(days(5))
        assert hours_sent(lab, ada) == [("first", 0), ("second", 48), ("receipt", 60)]


class TestOneSlotOneWinner:
    def test_those_that_come_due_together_go_by_urgency_then_priority_then_plan(self, lab: Lab, meet: Meet) -> None:
        capped(lab, Cap(1, within=days(1), purpose="all"))
        lab.use(categories=[NEWS, RECEIPTS, Category("alarm", urgency="urgent", ttl=14 * 86_400)])
        urgent = Send(message("urgent", "alarm"), via="email")
        lab.add(
            journey("early", event="e1"),
            journey("late", event="e2"),
            journey("important", event="e3", priority=5),
            journey("urgent", urgent, event="e4"),
            journey("first"),
        )
        ada = meet()
        for name in ("go", "e1", "e2", "e3", "e4"):
            lab.track(ada, name)
            lab.advance(minutes(10))
        lab.advance(days(6))
        assert [name for name, _ in hours_sent(lab, ada)] == ["first", "urgent", "important", "early", "late"]

    def test_journeys_that_one_event_begins_go_by_priority(self, lab: Lab, meet: Meet) -> None:
        capped(lab, Cap(1, within=days(1)))
        lab.add(journey("low"), journey("high", priority=3))
        ada = meet()
        lab.track(ada, "go")
        assert hours_sent(lab, ada) == [("high", 0)]

    def test_inside_one_pass_each_sees_what_the_earlier_reserved(self, lab: Lab, meet: Meet) -> None:
        """Four waits end at one instant: two go, two wait."""
        capped(lab, Cap(2, within=days(1)))
        lab.add(*(journey(f"j{n}", Wait(hours(5)), Send(message(f"m{n}"), via="email")) for n in range(4)))
        ada = meet()
        lab.track(ada, "go")
        lab.advance(hours(100))
        assert [at for _, at in hours_sent(lab, ada)] == [5, 5, 29, 29]


class TestALateTick:
    def test_decides_as_the_punctual_one(self, lab: Lab, meet: Meet) -> None:
        def play(tick: Any) -> list[str]:
            other = Lab()
            capped(other, Cap(1, within=hours(10)))
            other.add(journey("a", event="e1"), journey("b", event="e2"), journey("c", event="e3", priority=1))
            ada = other.profile("ada", email="ada@example.com", timezone="UTC")
            for name in ("e1", "e2", "e3"):
                other.engine.track(ada, name)
                other.advance(hours(1), tick=tick)
            other.advance(days(3), tick=tick)
            return [name for name, _ in hours_sent(other, ada)]

        assert play(None) == play(minutes(7)) == ["a", "c", "b"]


class TestAGap:
    def test_lies_between_two_messages(self, lab: Lab, meet: Meet) -> None:
        capped(lab, Gap(hours(4)))
        lab.add(*(journey(f"j{n}") for n in range(3)))
        ada = meet()
        lab.track(ada, "go")
        lab.advance(days(1))
        assert [at for _, at in hours_sent(lab, ada)] == [0, 4, 8]
        said = lab.why(ada, "j1")[0]
        assert said.codes == {"email": "gap"}
        assert "a minimum gap of 4 h between marketing messages; room at 13:00" in str(said)

    def test_on_a_channel_leaves_the_others_alone(self, lab: Lab, meet: Meet) -> None:
        capped(lab, Gap(hours(4), channel="sms"))
        by_sms = (Send(message("texts"), via="sms"), Send(message("texts-again"), via="sms"))
        lab.add(journey("texts", *by_sms), journey("mails"))
        ada = meet()
        lab.track(ada, "go")
        lab.advance(days(1))
        assert hours_sent(lab, ada) == [("texts", 0), ("mails", 0), ("texts-again", 4)]

    def test_transactional_messages_pass(self, lab: Lab, meet: Meet) -> None:
        capped(lab, Gap(hours(4)))
        lab.add(journey("news"), journey("receipt", Send(message("receipt", "receipts"), via="email")))
        ada = meet()
        lab.track(ada, "go")
        assert hours_sent(lab, ada) == [("news", 0), ("receipt", 0)]

    def test_a_fallback_of_the_same_send_is_a_message_too(self, lab: Lab, meet: Meet) -> None:
        capped(lab, Gap(hours(6)))
        ladder = Send(message("news"), via=["email", "sms"], fallback_after=hours(2), success="opened")
        lab.add(journey("news", ladder))
        ada = meet()
        lab.track(ada, "go")
        lab.advance(days(1))
        assert hours_sent(lab, ada) == [("news", 0), ("news", 6)]
        assert lab.channels_sent(ada) == ["email", "sms"]


class TestAnotherChannel:
    cap = Cap(1, within=days(7), channel="sms", otherwise="next_channel")

    def test_a_cap_may_move_the_ladder_on(self, lab: Lab, meet: Meet) -> None:
        capped(lab, self.cap)
        lab.add(journey("first", Send(message("first"), via="sms")))
        lab.add(journey("second", Send(message("second"), via=["sms", "email"])))
        ada = meet()
        lab.track(ada, "go")
        assert lab.messages_sent(ada) == [("first", "sms"), ("second", "email")]
        assert lab.why(ada, "second")[0].codes == {"sms": "cap", "email": "reserved"}
        assert "SMS was held back by a cap, 1 of 1 marketing SMS messages within 7 days" in str(
            lab.why(ada, "second")[0]
        )

    def test_with_none_left_it_waits(self, lab: Lab, meet: Meet) -> None:
        capped(lab, self.cap)
        lab.add(*(journey(name, Send(message(name), via="sms")) for name in ("first", "second")))
        ada = meet()
        lab.track(ada, "go")
        lab.advance(days(8))
        assert hours_sent(lab, ada) == [("first", 0), ("second", 168)]

    def test_without_it_the_send_waits_for_the_channel_it_asked_for(self, lab: Lab, meet: Meet) -> None:
        capped(lab, Cap(1, within=days(7), channel="sms"))
        lab.add(journey("first", Send(message("first"), via="sms")))
        lab.add(journey("second", Send(message("second"), via=["sms", "email"])))
        ada = meet()
        lab.track(ada, "go")
        assert lab.messages_sent(ada) == [("first", "sms")]

    def test_a_cap_may_drop(self, lab: Lab, meet: Meet) -> None:
        capped(lab, Cap(1, within=days(1), otherwise="drop"))
        lab.add(journey("first"), journey("second"))
        ada = meet()
        lab.track(ada, "go")
        lab.advance(days(3))
        assert hours_sent(lab, ada) == [("first", 0)]
        assert lab.why(ada, "second")[0].code == "skipped"


class TestASlotThatComesFree:
    def test_what_failed_makes_room_at_once(self, lab: Lab, meet: Meet) -> None:
        capped(lab, Cap(1, within=days(7)))
        lab.transport.plan("refuse", "reject")
        lab.add(journey("first"), journey("second"))
        ada = meet()
        lab.track(ada, "go")
        lab.advance(hours(1))
        assert hours_sent(lab, ada) == [("second", 1 / 60)]

    def test_what_was_taken_back_makes_room_at_once(self, lab: Lab, meet: Meet) -> None:
        capped(lab, Cap(1, within=days(7)))
        lab.transport.plan("refuse", "refuse")
        lab.add(journey("first", goal=on("bought")), journey("second"))
        ada = meet()
        lab.track(ada, "go")
        lab.advance(minutes(2))
        lab.track(ada, "bought")
        assert hours_sent(lab, ada) == [("second", 2 / 60)]

    def test_a_bounce_that_is_told_later_makes_room(self, lab: Lab, meet: Meet) -> None:
        capped(lab, Cap(1, within=days(7)))
        lab.add(journey("first"), journey("second", Send(message("second"), via="sms")))
        ada = meet()
        lab.track(ada, "go")
        lab.advance(hours(3))
        lab.bounces(ada, dead=False)
        assert hours_sent(lab, ada) == [("first", 0), ("second", 3)]

    def test_what_may_still_fail_is_waited_for_until_the_message_is_old(self, lab: Lab, meet: Meet) -> None:
        """The cap is free in a week, the offer is over in two hours; but the one before it fails in time."""
        capped(lab, Cap(1, within=days(7)))
        lab.transport.plan("refuse", "refuse", "reject")
        lab.add(journey("first"), journey("offer", Send(message("offer"), via="email", ttl=hours(2))))
        ada = meet()
        lab.track(ada, "go")
        lab.advance(days(1))
        assert hours_sent(lab, ada) == [("offer", 0.1)]

    def test_and_is_skipped_where_it_does_not(self, lab: Lab, meet: Meet) -> None:
        capped(lab, Cap(1, within=days(7)))
        lab.transport.plan(*["refuse"] * 4)
        lab.add(journey("first"), journey("offer", Send(message("offer"), via="email", ttl=minutes(10))))
        ada = meet()
        lab.track(ada, "go")
        lab.advance(days(1))
        assert [name for name, _ in hours_sent(lab, ada)] == ["first"]
        assert [one.code for one in lab.why(ada, "offer")][-1] == "expired"

    def test_a_late_retry_overruns_nothing(self, lab: Lab, meet: Meet) -> None:
        """Reserved at 9:00 and accepted at 10:21: the next day's slot is free at 10:21, not at 9:00."""
        capped(lab, Cap(1, within=hours(24)))
        lab.transport.plan("refuse", "refuse", "refuse", "refuse")
        lab.add(journey("first"), journey("second"))
        ada = meet()
        lab.track(ada, "go")
        lab.advance(days(3))
        (first, went), (second, then) = hours_sent(lab, ada)
        assert (first, second) == ("first", "second")
        assert went > 1
        assert then - went == 24


class TestQuietHours:
    def test_a_cap_and_a_night_together(self, lab: Lab, meet: Meet) -> None:
        """Free at 3:00, so it waits for the morning; the person's spread is inside the first half hour."""
        capped(lab, Cap(1, within=hours(18), channel="sms"))
        lab.use(quiet_hours=Window("21:00", "08:00"))
        lab.add(*(journey(name, Send(message(name), via="sms")) for name in ("first", "second")))
        ada = meet()
        lab.track(ada, "go")
        lab.advance(days(2))
        (_, went), (_, then) = hours_sent(lab, ada)
        assert went == 0
        assert 23 <= then <= 23.5


class TestOneMatter:
    """One matter, one message at a time, whichever journey says it (G9)."""

    def shop(self, lab: Lab, **more: Any) -> None:
        capped(lab)
        about = {"about": "product:{{ data.product }}", **more}
        for name, event in (("cart", "left"), ("stock", "back"), ("price", "cheaper")):
            start = on(event, entity="product")
            lab.add(Journey(name, start=start, steps=[Send(message(name, **about), via="email")]))

    def test_another_journeys_message_about_it_waits(self, lab: Lab, meet: Meet) -> None:
        self.shop(lab, about_for=hours(12))
        ada = meet()
        for name in ("left", "back", "cheaper"):
            lab.track(ada, name, {"product": 7})
        lab.track(ada, "back", {"product": 8})
        lab.advance(days(2))
        assert hours_sent(lab, ada) == [("cart", 0), ("stock", 0), ("stock", 12), ("price", 24)]

    def test_why_names_the_matter_and_who_speaks(self, lab: Lab, meet: Meet) -> None:
        self.shop(lab)
        ada = meet()
        lab.track(ada, "left", {"product": 7})
        lab.track(ada, "back", {"product": 7})
        (said,) = lab.why(ada, "stock")
        assert said.codes == {"email": "same_matter"}
        assert "held back, as d1-1 speaks about the same thing, alone for 1 day; room on 9 Jan at 09:00" in str(said)

    def test_where_it_would_come_too_late_it_is_skipped(self, lab: Lab, meet: Meet) -> None:
        self.shop(lab, about_for=days(30))
        ada = meet()
        lab.track(ada, "left", {"product": 7})
        lab.track(ada, "back", {"product": 7})
        lab.advance(minutes(1))
        assert [one.code for one in lab.why(ada, "stock")][-1] == "skipped"

    def test_other_matters_are_free(self, lab: Lab, meet: Meet) -> None:
        self.shop(lab)
        ada = meet()
        lab.track(ada, "left", {"product": 7})
        lab.track(ada, "back", {"product": 8})
        assert lab.messages_sent(ada) == [("cart", "email"), ("stock", "email")]

    def test_the_run_that_speaks_goes_on_speaking(self, lab: Lab, meet: Meet) -> None:
        capped(lab)
        two = [message(name, about="order:{{ data.id }}") for name in ("ordered", "shipped")]
        lab.add(journey("order", *(Send(one, via="email") for one in two)))
        ada = meet()
        lab.track(ada, "go", {"id": 1})
        assert lab.messages_sent(ada) == [("ordered", "email"), ("shipped", "email")]

    def test_other_people_have_their_own_matters(self, lab: Lab, meet: Meet) -> None:
        self.shop(lab)
        for who, what in (("ada", "left"), ("bob", "back")):
            lab.track(meet(who), what, {"product": 7})
        assert lab.messages_sent("bob") == [("stock", "email")]

    def test_a_matter_without_a_name_is_an_error_that_is_set_aside(self, lab: Lab, meet: Meet) -> None:
        capped(lab)
        lab.add(journey("cart", Send(message("cart", about="product:{{ data.product }}"), via="email")))
        lab.track(meet(), "go")
        (fault,) = lab.engine.failed()
        assert "product" in fault.error

    def test_it_is_part_of_the_definition(self) -> None:
        whole = journey("cart", Send(message("cart", about="p:{{ data.p }}", about_for=hours(3)), via="email"))
        (kept,) = loads(dumps(whole)).messages()
        assert (kept.about, kept.about_for) == ("p:{{ data.p }}", hours(3))
        assert "about" not in dumps(journey("plain"))
        assert "about p:{{ data.p }}, alone for 3 hours" in str(kept)

    def test_bad_input(self, lab: Lab) -> None:
        with pytest.raises(DefinitionError, match="no time"):
            message("cart", about="p", about_for=seconds(0))
        with pytest.raises(DefinitionError):
            Lab(journeys=[journey("x", Send(message("x", about="{{ oops")))]).run_due()


def test_two_steps_that_fall_together_through_lateness_say_so_in_numbers(lab: Lab, meet: Meet) -> None:
    lab.use(quiet_hours=None)
    lab.add(journey("two", Send(message("one"), via="sms"), Wait(hours(5)), Send(message("two"), via="sms")))
    ada = meet()
    lab.engine.track(ada, "go")
    lab.clock.set(lab.clock.now() + hours(7).elapsed)
    lab.advance(hours(5))
    (waited,) = [one for one in lab.why(ada, "two") if one.code == "deferred"]
    assert waited.trace["detail"] | {"until": 0, "last": 0} == {
        "rule": "spacing", "until": 0, "last": 0, "planned": 5 * 3_600_000_000,
    }  # fmt: skip
    assert "it kept its distance until 17:00 from the marketing message before" in str(waited)

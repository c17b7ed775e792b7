"""Caps and gaps as values: which messages they are about, how windows slide and calendars turn, what is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from unichannel import AsyncEngine, Cap, Category, Engine, Gap, MemoryStore, days, hours, months, seconds, weeks
from unichannel.core.calendar.span import Span
from unichannel.core.messaging.delivery import Delivery
from unichannel.core.policy.eligibility import Candidate
from unichannel.core.policy.frequency import reach
from unichannel.core.policy.pressure import counts_from, press
from unichannel.core.policy.setting import Setting
from unichannel.core.policy.strategy import Preferred
from unichannel.core.words.definition import dump, load
from unichannel.core.words.instant import HOUR, MINUTE, from_datetime, iso
from unichannel.core.words.trace import Verdict
from unichannel.errors import ConfigurationError, DefinitionError
from unichannel.testing import Lab, RecordingTransport

FAR = 10**18


def instant(text: str) -> int:
    return from_datetime(datetime.fromisoformat(text).astimezone(UTC))


def sent(at: int, n: int = 1, **more: Any) -> Delivery:
    """A message that was accepted at an instant, reserved a minute before; ``n`` is its run."""
    known: dict[str, Any] = {
        "enrollment": n, "n": 1, "profile": 1, "key": f"k{n}", "step": "s", "visit": 1, "rung": 1,
        "channel": "email", "message": "m", "category": "marketing", "address": "a", "hash": "h",
        "at": at, "reserved": at - MINUTE, "due": None, "expires": at + HOUR,
        "status": "accepted", "facts": {"accepted": at},
    }  # fmt: skip
    return Delivery(**{**known, **more})


def asked(cap: Cap | Gap, deliveries: list[Delivery], now: int, zone: str = "Europe/Paris", **more: Any) -> Candidate:
    """What one limit makes of a message that could go by e-mail now."""
    setting = Setting(b"secret", {}, Preferred(), caps=(cap,))
    ready = Candidate(Verdict(more.get("channel", "email"), "reserved"), (("a", "h"),))
    category = more.get("category", Category("marketing"))
    return press(ready, category, None, deliveries, setting, zone=zone, now=now, expires=more.get("expires", FAR))


def free(cap: Cap | Gap, *instants: str, now: str, zone: str = "Europe/Paris") -> str:
    """When there is room again after messages at these instants, "now" where there is."""
    deliveries = [sent(instant(one), n) for n, one in enumerate(instants, 1)]
    until = asked(cap, deliveries, instant(now), zone).until
    return "now" if until is None else iso(until)


class TestWindows:
    def test_one_that_slides_does_not_hold_its_beginning(self) -> None:
        """(now - within, now]: what went exactly a day ago counts no longer."""
        cap = Cap(1, within=hours(24))
        assert free(cap, "2030-01-08T09:00:00Z", now="2030-01-09T08:59:59.999999Z") == "2030-01-09T09:00:00Z"
        assert free(cap, "2030-01-08T09:00:00Z", now="2030-01-09T09:00:00Z") == "now"

    def test_of_several_the_first_to_leave_makes_room(self) -> None:
        times = ("2030-01-08T09:00:00Z", "2030-01-08T11:00:00Z", "2030-01-08T10:00:00Z")
        assert free(Cap(3, within=hours(24)), *times, now="2030-01-08T12:00:00Z") == "2030-01-09T09:00:00Z"
        assert free(Cap(4, within=hours(24)), *times, now="2030-01-08T12:00:00Z") == "now"

    def test_of_more_than_the_limit_as_many_have_to_leave(self) -> None:
        """A cap that was made smaller, or two profiles that were merged."""
        times = ("2030-01-08T09:00:00Z", "2030-01-08T10:00:00Z", "2030-01-08T11:00:00Z")
        assert free(Cap(2, within=hours(24)), *times, now="2030-01-08T12:00:00Z") == "2030-01-09T10:00:00Z"

    def test_days_are_the_persons_across_a_clock_change(self) -> None:
        """In Paris 31 March 2030 has 23 hours: a day after 9:00 is 9:00, not 10:00."""
        assert free(Cap(1, within=days(1)), "2030-03-30T09:00+01:00", now="2030-03-31T08:00+02:00") == (
            "2030-03-31T07:00:00Z"
        )
        assert free(Cap(1, within=hours(24)), "2030-03-30T09:00+01:00", now="2030-03-31T08:00+02:00") == (
            "2030-03-31T08:00:00Z"
        )

    def test_an_overlap_of_the_clock_does_not_confuse_the_order(self) -> None:
        """Two messages in the hour that Paris has twice: the later one's day ends first on the clock."""
        early, late = "2030-10-27T00:50:00Z", "2030-10-27T01:10:00Z"  # 02:50 and, again, 02:10
        assert free(Cap(1, within=days(1)), early, late, now="2030-10-27T12:00:00Z") == "2030-10-28T01:50:00Z"
        assert free(Cap(2, within=days(1)), early, late, now="2030-10-27T12:00:00Z") == "2030-10-28T01:10:00Z"

    @pytest.mark.parametrize(
        ("period", "went", "asked_at", "room"),
        [
            ("day", "2030-01-08T23:30+01:00", "2030-01-08T23:59+01:00", "2030-01-08T23:00:00Z"),
            ("day", "2030-01-08T23:30+01:00", "2030-01-09T00:00+01:00", "now"),
            ("week", "2030-01-08T12:00+01:00", "2030-01-13T23:00+01:00", "2030-01-13T23:00:00Z"),
            ("week", "2030-01-13T12:00+01:00", "2030-01-14T00:00+01:00", "now"),
            ("month", "2030-03-01T00:00+01:00", "2030-03-31T23:30+02:00", "2030-03-31T22:00:00Z"),
            ("month", "2030-10-27T02:30+02:00", "2030-10-31T12:00+01:00", "2030-10-31T23:00:00Z"),
            ("month", "2030-12-31T23:59+01:00", "2031-01-01T00:00+01:00", "now"),
            ("month", "2030-01-31T12:00+01:00", "2030-01-31T13:00+01:00", "2030-01-31T23:00:00Z"),
        ],
    )
    def test_the_calendars(self, period: Any, went: str, asked_at: str, room: str) -> None:
        """Days, weeks from Monday and months, in the person's zone, across both clock changes."""
        assert free(Cap(1, within=period), went, now=asked_at) == room

    def test_a_month_turns_where_the_person_lives(self) -> None:
        cap = Cap(1, within="month")
        assert free(cap, "2030-01-15T12:00:00Z", now="2030-01-31T12:00:00Z", zone="Pacific/Auckland") == "now"
        assert free(cap, "2030-01-15T12:00:00Z", now="2030-02-01T04:00:00Z", zone="America/New_York") == (
            "2030-02-01T05:00:00Z"
        )

    def test_a_gap_is_for_one_message(self) -> None:
        assert free(Gap(hours(4)), "2030-01-08T09:00:00Z", now="2030-01-08T12:00:00Z") == "2030-01-08T13:00:00Z"
        assert free(Gap(hours(4)), "2030-01-08T09:00:00Z", now="2030-01-08T13:00:00Z") == "now"


NOW = instant("2030-01-08T12:00:00Z")


class TestWhatCounts:
    @pytest.mark.parametrize("status", ["reserved", "sending", "retry", "in_doubt"])
    def test_what_may_still_go_counts_from_now(self, status: str) -> None:
        """However long ago it was reserved: a late retry must not fall into a window given to another."""
        old = sent(NOW - 40 * HOUR, status=status, facts={"sending": NOW - 40 * HOUR})
        assert counts_from(old, NOW) == NOW

    @pytest.mark.parametrize(
        ("status", "facts"),
        [
            ("cancelled", {"cancelled": NOW}),
            ("expired", {"expired": NOW}),
            ("failed", {"failed": NOW}),
            ("bounced", {"accepted": NOW - HOUR, "bounced": NOW}),
        ],
    )
    def test_what_did_not_reach_anybody_does_not_count(self, status: str, facts: dict[str, int]) -> None:
        assert counts_from(sent(NOW, status=status, facts=facts), NOW) is None

    def test_what_was_abandoned_counts_from_when_nobody_waits_for_it(self) -> None:
        facts = {"sending": NOW - 2 * HOUR, "in_doubt": NOW - 2 * HOUR + MINUTE, "abandoned": NOW - HOUR}
        assert counts_from(sent(NOW, status="abandoned", facts=facts), NOW) == NOW - HOUR

    def test_a_call_is_no_message(self) -> None:
        assert counts_from(sent(NOW, channel="call:crm"), NOW) is None

    def test_a_bounce_after_a_human_open_reached_somebody(self) -> None:
        facts = {"accepted": NOW - 3 * HOUR, "opened": NOW - 2 * HOUR, "bounced": NOW - HOUR}
        assert counts_from(sent(NOW - 3 * HOUR, status="bounced", facts=facts), NOW) == NOW - 3 * HOUR

    def test_devices_of_one_rung_are_one_message(self) -> None:
        two = [sent(NOW - HOUR, n=1), sent(NOW - HOUR, n=1, key="other")]
        two[1].n = 2
        assert asked(Cap(2, within=hours(9)), two, NOW).is_ready
        assert not asked(Cap(1, within=hours(9)), two, NOW).is_ready

    def test_a_category_that_this_engine_does_not_know_counts_as_marketing(self) -> None:
        assert not asked(Cap(1, within=hours(9)), [sent(NOW, category="of another worker")], NOW).is_ready


class TestScope:
    sms = sent(NOW, channel="sms")
    receipt = sent(NOW, n=2, category="transactional")

    @pytest.mark.parametrize(
        ("cap", "counts", "is_capped"),
        [
            (Cap(1), [sent(NOW)], True),
            (Cap(1), [receipt], False),
            (Cap(1, channel="sms"), [sent(NOW)], False),
            (Cap(1, channel=["sms", "email"]), [sms], True),
            (Cap(1, category="marketing"), [sms], True),
            (Cap(1, category="news"), [sms], False),
            (Cap(1, purpose="transactional"), [sent(NOW)], False),
            (Cap(1, purpose="all"), [receipt], True),
        ],
    )
    def test_what_a_cap_is_about(self, cap: Cap, counts: list[Delivery], is_capped: bool) -> None:
        assert asked(cap, counts, NOW).is_ready is not is_capped

    @pytest.mark.parametrize(
        ("cap", "is_capped"),
        [
            (Cap(1), False),
            (Cap(1, purpose="all"), True),
            (Cap(1, purpose="transactional"), True),
            (Cap(1, category="transactional"), True),
        ],
    )
    def test_transactional_messages_are_held_back_only_where_the_cap_says_so(self, cap: Cap, is_capped: bool) -> None:
        category = Category("transactional", purpose="transactional")
        assert asked(cap, [self.receipt], NOW, category=category).is_ready is not is_capped


class TestTheRefusal:
    def test_it_names_limit_count_time_and_deliveries(self) -> None:
        verdict = asked(Cap(2, within=days(7)), [sent(NOW - HOUR, 3), sent(NOW, 4)], NOW).verdict
        assert (verdict.code, verdict.detail) == (
            "cap",
            {
                "limit": 2,
                "count": 2,
                "within": {"days": 7},
                "until": NOW - HOUR + 7 * 24 * HOUR,
                "deliveries": ["d3-1", "d4-1"],
                "purpose": "marketing",
            },
        )

    def test_what_frees_too_late_is_refused_at_once(self) -> None:
        found = asked(Cap(1, within=hours(4)), [sent(NOW)], NOW, expires=NOW + 4 * HOUR)
        assert (found.until, found.addresses, found.verdict.detail["expires"]) == (None, (), NOW + 4 * HOUR)
        assert asked(Cap(1, within=hours(4)), [sent(NOW)], NOW, expires=NOW + 4 * HOUR + 1).until == NOW + 4 * HOUR

    def test_what_may_free_early_is_looked_at_until_the_message_is_old(self) -> None:
        """The slot is taken by one that may still fail: nothing is dropped that could have fitted."""
        retried = sent(NOW, status="retry", facts={}, due=NOW + 5 * MINUTE)
        cap = Cap(1, within=hours(4))
        assert asked(cap, [retried], NOW, expires=NOW + HOUR).until == NOW + 6 * MINUTE
        assert asked(cap, [retried], NOW, expires=NOW + 2 * MINUTE).until == NOW + 2 * MINUTE
        assert asked(cap, [retried], NOW, expires=NOW + 5 * HOUR).until == NOW + 4 * HOUR

    def test_the_longest_of_several_is_waited_for(self) -> None:
        setting = Setting(b"", {}, Preferred(), caps=(Gap(hours(4)), Cap(1, within=days(1))))
        ready = Candidate(Verdict("email", "reserved"), (("a", "h"),))
        found = press(ready, Category("marketing"), None, [sent(NOW)], setting, zone="UTC", now=NOW, expires=FAR)
        assert (found.verdict.code, found.until) == ("cap", NOW + 24 * HOUR)


class TestBadInput:
    @pytest.mark.parametrize(
        ("make", "said"),
        [
            (lambda: Cap(0), "lets nothing through"),
            (lambda: Cap(-3), "lets nothing through"),
            (lambda: Cap(3, within=days(0)), "over no time"),
            (lambda: Cap(3, within=Span(days=-1)), "days"),
            (lambda: Cap(3, within="fortnight"), "within"),
            (lambda: Gap(seconds(0)), "over no time"),
            (lambda: Gap(hours(-1)), "negative"),
            (lambda: Cap(3, otherwise="next_channel"), "no next channel"),
            (lambda: Cap(3, otherwise="shout"), "otherwise"),
            (lambda: Cap(3, purpose="fun"), "purpose"),
        ],
    )
    def test_a_limit_that_cannot_be_meant(self, make: Any, said: str) -> None:
        with pytest.raises(DefinitionError, match=said):
            make()

    @pytest.mark.parametrize("face", [Engine, AsyncEngine])
    @pytest.mark.parametrize(
        ("cap", "said"),
        [
            (Cap(3, channel="smoke"), "the channel 'smoke'"),
            (Gap(hours(1), category=["marketing", "nwes"]), "the category 'nwes'"),
            (3, "caps= does not take a list of int"),
        ],
    )
    def test_an_engine_does_not_take_what_it_does_not_know(self, face: Any, cap: Any, said: str) -> None:
        with pytest.raises(ConfigurationError, match=said) as error:
            face(MemoryStore(), caps=[cap])
        assert error.value.mend

    def test_an_engine_takes_its_own_channels_and_categories(self) -> None:
        caps = [Cap(1, channel="sms", category="news"), Gap(hours(1))]
        Engine(MemoryStore(), categories=[Category("news")], routes={"sms": RecordingTransport()}, caps=caps)
        Lab(caps=caps).run_due()


def test_how_far_back_they_look() -> None:
    """What purge has to keep: the longest time, days of 25 hours at most."""
    assert reach([]) == 0
    assert reach([Gap(hours(4)), Cap(1, within=hours(6))]) == 6 * HOUR
    assert reach([Cap(1, within="month"), Cap(2, within=weeks(2))]) == 31 * 25 * HOUR
    assert reach([Cap(1, within=months(2))]) >= 62 * 24 * HOUR


@pytest.mark.parametrize("one", [Cap(3, channel="sms", within="month"), Gap(hours(4), category=("a", "b"))])
def test_they_go_to_json_and_back(one: Any) -> None:
    assert load(type(one), dump(one)) == one

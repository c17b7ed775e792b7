"""Nobody is reached who should not be: consents, opt-outs, hours, caps, several workers, providers that fail.

Each call to a provider is judged at the instant it is made, by an oracle that knows none of the engine's rules.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from unichannel import Cap, Category, Email, Engine, Journey, Message, Send, Sms, Wait, hours, on
from unichannel.consents import consent, withdrawal
from unichannel.core.words.instant import HOUR, MINUTE, to_datetime
from unichannel.ports import Context, Outbound, Outcome, Request
from unichannel.testing import Lab, RecordingTransport

CATEGORIES = [Category("news", topic="news"), Category("offers", topic="offers", when_closed="next_channel")]
MOST = 2
"""Marketing texts to one person in 24 hours."""
FRENCH = holidays.country_holidays("FR", years=(2029, 2030, 2031))
PEOPLE = {
    "ada": {"phone": "+33612345678", "timezone": "Europe/Paris", "country": "FR"},
    "bob": {"phone": "+12125550123", "timezone": "America/New_York", "country": "US"},
}
STARTS = [datetime(2030, month, day, 9, tzinfo=UTC) for month, day in ((1, 8), (3, 30), (4, 19), (10, 26), (12, 24))]


def journey(name: str, category: str, via: str | list[str] | None) -> Journey:
    said = Message(name, Email(name, text=name), Sms(name), category=category)
    again = Message(f"{name}-again", Email(name, text=name), Sms(name), category=category)
    steps = [Send(said, via=via, fallback_after=hours(3)), Wait(hours(9)), Send(again, via=via)]
    return Journey(name, start=on(name), steps=steps, re_entry="after_end")


JOURNEYS = [
    journey("text", "news", "sms"),
    journey("mail", "news", "email"),
    journey("ladder", "offers", ["sms", "email"]),
    journey("best", "offers", None),
]
WHO, WHAT = st.sampled_from(sorted(PEOPLE)), st.sampled_from([one.name for one in JOURNEYS])
CHANNELS, TOPICS = st.sampled_from(["email", "sms", "*"]), st.sampled_from(["news", "offers", "*"])
FAILURES = st.lists(st.sampled_from(["refuse", "time_out", "time_out_after_acceptance", None]), max_size=4)


class Watched(RecordingTransport):
    """Has each call judged before it is answered."""

    judge: Callable[[Outbound, int], list[str]]
    wrong: list[str]

    def carry(self, outbound: Outbound, ctx: Context) -> Outcome:
        self.wrong += self.judge(outbound, ctx.now)  # an engine survives what raises here
        return super().carry(outbound, ctx)


class Permission(RuleBasedStateMachine):
    """Two people, two workers, and what may happen between a decision and its call."""

    @initialize(start=st.sampled_from(STARTS))
    def begin(self, start: datetime) -> None:
        self.said: list[tuple[int, bool, str, str, str]] = []
        self.stopped: set[str] = set()
        caps = [Cap(MOST, within=hours(24), channel="sms")]
        self.lab = Lab(start=start, caps=caps, categories=CATEGORIES, business_hours=None)
        self.lab.transport = Watched(reports=("delivered", "opened", "clicked", "replied", "bounced"))
        self.lab.transport.judge, self.lab.transport.wrong = self.judge, []
        self.lab.add(*JOURNEYS)
        for name, known in PEOPLE.items():
            self.lab.profile(name, email=f"{name}@example.com", **known, consents=())
            self.consents(name, "*", "*", True)
        self.other = Engine(**self.lab._all_settings())

    @rule(names=st.lists(st.tuples(WHO, WHAT), min_size=1, max_size=4))
    def happens(self, names: list[tuple[str, str]]) -> None:
        for who, what in names:
            self.lab.engine.track(who, what)

    @rule(who=WHO, channel=CHANNELS, topic=TOPICS, given=st.booleans())
    def consents(self, who: str, channel: str, topic: str, given: bool) -> None:
        entries = (consent if given else withdrawal)(channel, topic=topic)
        self.lab.engine.record_consents(who, *entries)
        self.said.append((self.lab.clock.now(), not given, who, channel, topic))

    @rule(who=WHO, stops=st.booleans())
    def answers(self, who: str, stops: bool) -> None:
        """STOP, or START."""
        kind = "unsubscribed" if stops else "subscribed"
        id = f"{kind}-{self.lab.clock.now()}-{len(self.said)}"
        told = [{"kind": kind, "channel": "sms", "address": PEOPLE[who]["phone"], "text": "", "id": id}]
        request = Request("POST", "https://example.com", {}, json.dumps(told).encode())
        self.lab.engine.receive(self.lab.transport.name, request)
        (self.stopped.add if stops else self.stopped.discard)(who)

    @rule(failures=FAILURES)
    def fails(self, failures: list[Any]) -> None:
        self.lab.transport.plan(*failures)

    @rule(who=WHO, what=WHAT, calls=st.integers(1, 5), change=st.sampled_from(["withdraws", "stops", "sleeps"]))
    def changes_before_it_goes(self, who: str, what: str, calls: int, change: str) -> None:
        """It is decided, the provider does not take it, and then it may not go any more."""
        if change == "sleeps":
            self._wait_for_evening(who)
        self.lab.transport.plan(*["refuse"] * calls)
        self.happens([(who, what)])
        self.works(1, first=True)
        if change == "withdraws":
            self.consents(who, "*", "*", False)
        elif change == "stops":
            self.answers(who, True)
        self.later(4)

    def _wait_for_evening(self, who: str) -> None:
        """Ten minutes before it closes."""
        here = to_datetime(self.lab.clock.now()).astimezone(ZoneInfo(PEOPLE[who]["timezone"]))
        left = (19 if who == "ada" else 20) * 60 + 50 - here.hour * 60 - here.minute
        self.soon(left % (24 * 60))

    @rule(who=WHO, channel=CHANNELS, topic=TOPICS, no_first=st.booleans(), what=WHAT)
    def says_both_at_once(self, who: str, channel: str, topic: str, no_first: bool, what: str) -> None:
        for is_yes in (not no_first, no_first):
            self.consents(who, channel, topic, is_yes)
        self.happens([(who, what)])
        self.works(2, first=True)

    @rule(limit=st.integers(1, 2), first=st.booleans())
    def works(self, limit: int, first: bool) -> None:
        """One worker decides for some people, and goes."""
        (self.lab.engine if first else self.other).run_due(limit=limit)

    @rule(minutes=st.integers(1, 90))
    def soon(self, minutes: int) -> None:
        self.lab.clock.set(self.lab.clock.now() + minutes * MINUTE)
        self.other.run_due()

    @rule(count=st.integers(1, 30))
    def later(self, count: int) -> None:
        self.lab.advance(hours(count))

    # the oracle

    @invariant()
    def nobody_is_reached_who_should_not_be(self) -> None:
        assert not hasattr(self, "lab") or self.lab.transport.wrong == []

    def judge(self, outbound: Outbound, now: int) -> list[str]:
        """What is wrong with this call."""
        who = next(name for name in PEOPLE if outbound.address in (f"{name}@example.com", PEOPLE[name]["phone"]))
        topic = next(one.topic for one in CATEGORIES if one.name == outbound.category)
        is_text = outbound.channel == "sms"
        recent = {
            one.key
            for one in self.lab.transport.journal
            if one.address == outbound.address and one.at > now - 24 * HOUR
        }
        wrong = {
            "without consent": not self._allows(who, outbound.channel, topic),
            "after STOP": is_text and who in self.stopped,
            f"at {to_datetime(now)}": is_text and not self._is_open(who, now),
            "beyond the cap": is_text and len(recent | {outbound.key}) > MOST,
        }
        return [f"{outbound.message} to {who} by {outbound.channel}: {what}" for what, holds in wrong.items() if holds]

    def _allows(self, who: str, channel: str, topic: str) -> bool:
        """The last word counts, and at one instant the no."""
        meant = [
            (at, is_no)
            for at, is_no, whose, on_channel, about in self.said
            if whose == who and on_channel in (channel, "*") and about in (topic, "*")
        ]
        return bool(meant) and not max(meant)[1]

    def _is_open(self, who: str, now: int) -> bool:
        here = to_datetime(now).astimezone(ZoneInfo(PEOPLE[who]["timezone"]))
        if who == "bob":
            return 8 <= here.hour < 21
        return 8 <= here.hour < 20 and here.weekday() < 6 and here.date() not in FRENCH

    def teardown(self) -> None:
        if hasattr(self, "lab"):
            self.lab.advance(hours(100))
            self.nobody_is_reached_who_should_not_be()


Permission.TestCase.settings = settings(
    max_examples=40, stateful_step_count=12, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestPermission = Permission.TestCase


@pytest.mark.parametrize("change", ["withdraws", "stops", "sleeps"])
def test_what_may_not_go_any_more_does_not(change: str) -> None:
    """Decided while it might go, and tried again after that: the machine's own rule, in each of its forms."""
    world = Permission()
    world.begin(STARTS[0])
    world.changes_before_it_goes("ada", "text", 4, change)
    world.nobody_is_reached_who_should_not_be()
    assert world.lab.transport.journal == []

"""The tour as a type checker sees it; mypy --strict reads this file, nothing runs it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, assert_type

from unichannel import (
    Answer,
    AsyncEngine,
    Branch,
    BusinessHours,
    Category,
    Console,
    Email,
    Engine,
    Exit,
    Handler,
    Journey,
    MemoryStore,
    Message,
    Profile,
    Request,
    Route,
    Send,
    Sms,
    Smtp,
    Split,
    SqlStore,
    Tracking,
    Twilio,
    Wait,
    Window,
    consent,
    days,
    engaged,
    hours,
    minutes,
    on,
    opened,
    start,
    variant,
    when,
    withdrawal,
)
from unichannel.channels import Channel, Content
from unichannel.conditions import (
    Condition,
    On,
    at_least,
    attribute,
    attribute_date,
    business_hours,
    happened,
    silent,
    unanswered,
    weekday,
)
from unichannel.core.audience.consent import Consent
from unichannel.core.calendar.span import Span
from unichannel.engine.intake import AsyncHandle, Handle
from unichannel.flows.asking import Status
from unichannel.flows.explaining import Entry, Explanation, Told
from unichannel.flows.running import Report
from unichannel.ports import Fault, Hook, Provider, Store, Transport
from unichannel.steps import Arm, Step, Variant
from unichannel.strategies import Preferred, Strategy
from unichannel.testing import Lab, ManualClock, RecordingTransport, Sent

# definitions: heads by position, the rest by keyword, any sequence in

welcome = Message(
    "welcome",
    Email(subject="Welcome, {{ profile.first_name }}", text="Hello", html="<p>Hello</p>"),
    Sms("Welcome {{ profile.first_name }}: {{ 'https://app.example.com/start' | link }}"),
    category="onboarding",
)
tips = Message("tips", Email("Three tips", text="One, two, three"), Sms("Three tips"), category="education")

assert_type(days(3), Span)
assert_type(hours(1.5) + minutes(30), Span)
assert_type(on("order.paid", where={"total": at_least(10)}, entity="order_id"), On)
assert_type(opened("email") & ~engaged("sms") | attribute("plan", "pro"), Condition)
assert_type(happened("visit", times=3, within=days(7)) & business_hours("profile"), Condition)
assert_type(when(opened("email", of="welcome"), Send(tips, via="email")), Arm)
assert_type(variant("short", 50, Send(tips)), Variant)

one_channel: Step = Send(welcome, via="email")
a_list: Step = Send(welcome, via=["email", "sms"], fallback_after=hours(4), success="opened")
a_tuple: Step = Send(welcome, via=("sms", "email"), ttl=hours(24), wait=False, name="hello")
waits: list[Step] = [
    Wait(days(3)),
    Wait(until=start + days(3)),
    Wait(until=attribute_date("renews_at") - days(3)),
    Wait(until=weekday("monday", at="09:00")),
    Wait(until=on("order.paid"), timeout=days(2), on_timeout=[Exit("unpaid")]),
    Wait(until=silent(opened, for_=days(21)) | unanswered("asked", by=on("answered"), within=days(2))),
]
more: list[Step] = [
    Branch(when(opened("email"), Send(tips, via="email")), otherwise=[Send(tips)]),
    Split(variant("short", 1, Send(tips)), variant("long", 1), name="wording"),
]

trial = Journey(
    "trial-to-paid",
    version=1,
    start=on("trial.started"),
    goal=on("subscription.created"),
    exits=[on("account.closed"), on("trial.cancelled")],
    steps=[a_list, *waits, *more],
    handlers=[Handler(on("tutorial.completed"), to="exit-unpaid", steps=[Send(tips, via="sms", name="well-done")])],
    re_entry=days(90),
)
tuples_too = Journey("short", start=on("s"), steps=(one_channel,), goal=(on("a"), on("b")), re_entry="after_end")

Send(welcome, via="email", success="seen")  # type: ignore[arg-type]
Send("welcome")  # type: ignore[arg-type]
Journey("no-start", steps=[one_channel])  # type: ignore[call-arg]
Category("news", purpose="spam")  # type: ignore[arg-type]

# people

assert_type(consent("email", "sms", source="sign-up form", wording="v3"), tuple[Consent, ...])
assert_type(withdrawal("sms"), tuple[Consent, ...])
ada = Profile(
    "ada",
    email="ada@example.com",
    phone="+33 6 12 34 56 78",
    timezone="Europe/Paris",
    first_name="Ada",
    preferences={"education": "email"},
    consents=consent("email", "sms"),
)
nobody_any_more = Profile("bob", phone=None)

# what an engine is made of

store: Store = MemoryStore()
durable: Store = SqlStore("sqlite:///app.db")
smtp: Transport = Smtp("smtp://localhost:2525", sender="app@example.com")
console: Transport = Console()
recording: Transport = RecordingTransport()
twilio: Provider = Twilio("AC…", "token", sender="+33757000000", name="twilio")
strategy: Strategy = Preferred(order=["sms", "email"])


def tell(fact: Mapping[str, Any], /) -> None:
    """A hook is any callable that takes a fact."""


hook: Hook = tell


class Fax(Content, kind="fax"):
    """A host's own content."""

    channel = "fax"


def tour() -> None:
    with Engine(
        store=durable,
        journeys=[trial],
        categories=[Category("onboarding", purpose="transactional"), Category("education", channel="email")],
        routes={"email": [Smtp("smtp://a"), Smtp("smtp://b", name="b")], "sms": Route(twilio, frozenset({"opened"}))},
        tracking=Tracking("https://app.example.com/u", keys=["a secret of sixteen bytes or more"]),
        channels=[Channel("fax", "fax")],
        strategy=strategy,
        quiet_hours=Window("21:00", "08:00"),
        business_hours=BusinessHours("Europe/Paris"),
        clock=ManualClock(),
        hooks=[hook],
    ) as engine:
        assert_type(engine, Engine)
        assert_type(engine.findings, list[str])
        engine.migrate()
        engine.publish()
        engine.identify(ada, nobody_any_more)
        engine.track("ada", "trial.started")
        engine.track("ada", "order.paid", {"total": 42}, occurred=datetime.now(UTC), id="order-1", unknown="create")
        engine.track("opened", delivery="d1-1")
        engine.track("ada", "x", unknown="guess")  # type: ignore[call-overload]
        enrolled = engine.enroll(trial, "ada", {"order_id": 7}, key="once")
        assert_type(enrolled, Handle)
        assert_type(engine.enroll("trial-to-paid", "ada"), Handle)
        assert_type(engine.send("ada", welcome, via=["sms", "email"], at_once=True), Handle)
        assert_type(enrolled.id, str)
        assert_type(enrolled.status(), Status)
        assert_type(enrolled.status().deliveries, tuple[tuple[str, str, str], ...])
        report = engine.run_due(limit=1000, seconds=50)
        assert_type(report, Report)
        assert_type(report.more, bool)
        assert_type(engine.next_due_at(), datetime | None)
        assert_type(engine.receive("twilio", Request("POST", "https://app.example.com/hooks/twilio")), Answer)
        assert_type(engine.why("d1-1"), Explanation)
        assert_type(engine.why("ada", journey="trial-to-paid"), Told[Explanation])
        assert_type(engine.why("ada", journey=None, step="send-tips"), Told[Explanation])
        assert_type(engine.timeline("ada"), Told[Entry])
        assert_type(engine.failed(), list[Fault])
        assert_type(engine.retry(*engine.failed()), int)


async def tour_async() -> None:
    async with AsyncEngine(store=store, journeys=[trial], routes={"email": smtp, "sms": twilio}) as engine:
        assert_type(engine, AsyncEngine)
        await engine.migrate()
        await engine.identify(ada)
        await engine.track("ada", "trial.started")
        enrolled = await engine.enroll(trial, "ada")
        assert_type(enrolled, AsyncHandle)
        assert_type(await enrolled.status(), Status)
        assert_type(await engine.send("ada", welcome, via="email"), AsyncHandle)
        assert_type(await engine.run_due(), Report)
        assert_type(await engine.next_due_at(), datetime | None)
        assert_type(await engine.why("d1-1"), Explanation)
        assert_type(await engine.why("ada", journey="trial-to-paid"), Told[Explanation])
        assert_type(await engine.timeline("ada"), Told[Entry])


def test_unopened_welcome_falls_back_to_sms(lab: Lab) -> None:
    person = lab.profile(email="ada@example.com", phone="+33612345678")
    assert_type(person, str)
    assert_type(lab.enroll(trial, person), Handle)
    lab.advance(hours(4))
    assert_type(lab.sent(person), list[Sent])
    assert_type(lab.channels_sent(person), list[str])
    assert_type(lab.why(person, trial), Told[Explanation])

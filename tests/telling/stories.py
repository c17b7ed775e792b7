"""Lives in virtual time, in which everything happens that ``why`` has a reason for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from unichannel import (
    Branch,
    Budget,
    Cap,
    Category,
    Email,
    Gap,
    Handler,
    Journey,
    Message,
    Prices,
    Profile,
    Push,
    Send,
    Sms,
    Split,
    Wait,
    consent,
    days,
    hours,
    minutes,
    on,
    start,
    when,
)
from unichannel.conditions import attribute, equals
from unichannel.consents import denial, implied, pending, withdrawal
from unichannel.core.words.instant import HOUR
from unichannel.steps import Exit, Repeat, variant
from unichannel.strategies import Adaptive, BestValue, ByCategory, Mixed, Ordered
from unichannel.testing import Lab, RecordingTransport

__all__ = ["PRICES", "STORIES", "Story"]

PRICES = {"email": 900, "sms": 74_500, "push": 0}
"""What a message costs in the stories, in millionths."""

Story = Callable[[], Lab]

MONDAY = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)  # 10:00 in Paris

CATEGORIES = [
    Category("onboarding", purpose="transactional"),
    Category("education", channel="email"),
    Category("alerts", purpose="transactional", urgency="urgent"),
    Category("flash", when_closed="drop"),
    Category("patient", when_closed="next_channel"),
]


def _message(name: str, category: str = "onboarding", **more: Any) -> Message:
    page = '<p><a href="https://example.com">Go</a></p>'
    contents = (Email(name, text=name, html=page), Sms(f"{name} https://example.com"), Push(name, name))
    return Message(name, *contents, category=category, **more)


WELCOME, TIPS, ALERT = _message("welcome"), _message("tips", "education"), _message("alert", "alerts")


def _lab(**more: Any) -> Lab:
    return Lab(start=more.pop("start", MONDAY), categories=CATEGORIES, **more)


def _meet(lab: Lab, *names: str, **more: Any) -> None:
    known = {"email": "{}@example.com", "phone": "+3363998{:04}", "timezone": "Europe/Paris", **more}
    for place, name in enumerate(names, start=len(lab.transport.calls) + 1):
        fields = {key: value.format(name) if key == "email" else value for key, value in known.items() if value}
        if isinstance(fields.get("phone"), str):
            fields["phone"] = fields["phone"].format(abs(place * 37 + len(name) * 1009 + ord(name[0])) % 10_000)
        lab.profile(name, **fields)


def _begin(lab: Lab, journey: Journey, *names: str, **properties: Any) -> None:
    lab.add(journey)
    for name in names:
        lab.track(name, "begun", properties)


def _ladder(message: Message, *via: str, **more: Any) -> Send:
    return Send(message, **{"via": list(via), "success": "opened", "fallback_after": hours(4), **more})


def _journey(*steps: Any, name: str = "trial", **more: Any) -> Journey:
    return Journey(name, start=on("begun"), goal=on("paid"), steps=steps, **more)


def fallbacks() -> Lab:
    """Silence, an open in time and one after, bounces before and after the ladder was settled, a goal between rungs."""
    lab = _lab()
    names = ("silent", "opens", "late", "bounces", "fails", "paid", "replies")
    _meet(lab, *names)
    _meet(lab, "devices", push=["token-1", "token-2"])
    _meet(lab, "phoneless", phone=None)
    steps = (_ladder(WELCOME, "push", "email", "sms", name="welcome"), Wait(until=start + days(3), name="day-3"))
    _begin(lab, _journey(*steps), *names, "devices", "phoneless")
    lab.advance(hours(1))
    lab.opens("opens")
    lab.tell("bounced", "bounces", code="5.2.2", reason="over quota", address_dead=False)
    lab.bounces("phoneless")
    lab.track("paid", "paid")
    lab.tell("opened", "devices", channel="push")
    lab.advance(hours(5))
    lab.opens("late", channel="email")
    lab.bounces("fails", channel="sms")
    lab.replies("replies", channel="sms")
    lab.advance(days(1))
    lab.bounces("devices", channel="push")
    lab.advance(days(3))
    return lab


def refusals_between() -> Lab:
    """The gate's: a withdrawal, a STOP or an end between the decision and the sending; what a rung finds anew."""
    lab = _lab()
    _meet(lab, "withdraws", "stops", "quits", "asks")
    steps = (
        _ladder(TIPS, "email", "sms", name="tips"),
        Wait(days(1), name="rest"),
        Send(TIPS, via=["sms", "email"], name="more"),
    )
    _begin(lab, _journey(*steps, exits=on("quit")), "withdraws", "stops", "quits", "asks")
    lab.advance(hours(1))
    lab.engine.record_consents("withdraws", *withdrawal("sms"))
    lab.track("quits", "quit")
    lab.advance(hours(4))
    lab.stops("stops")
    lab.advance(days(3))
    return lab


def trouble() -> Lab:
    """A provider that refuses, one that is down past the retries, a doubt, two routes."""
    first, second = RecordingTransport("first"), RecordingTransport("second")
    failing = {"rejected": "reject", "dead": "dead", "down": "refuse", "doubtful": "time_out", "stopped": "opted_out"}

    def fail(outbound: Any) -> Any:
        who = outbound.address.partition("@")[0]
        return failing.get(who)

    first._fail = second._fail = fail
    lab = _lab(routes={"email": [first, second], "sms": RecordingTransport("texts")})
    _meet(lab, *failing, "fine")
    _begin(lab, _journey(_ladder(WELCOME, "email", "sms", name="welcome"), Wait(days(2)), name="trouble"), *failing)
    lab.advance(days(1))
    lab.add(_journey(Send(TIPS, via=["email", "sms"], name="tips"), name="again"))
    _begin(lab, _journey(Send(TIPS, via=["email", "sms"], name="tips"), name="again"), *failing, "fine")
    lab.advance(days(2))
    _meet(lab, "unreachable", phone=None, email="down@example.com")
    lab.track("unreachable", "begun")
    lab.advance(days(3))
    return lab


def hours_and_nights() -> Lab:
    """Quiet hours and the law's, Sundays, what is dropped, what goes to the next channel, what is too late then."""
    lab = _lab(start=datetime(2030, 1, 12, 20, 30, tzinfo=UTC))  # Saturday, 21:30 in Paris
    _meet(lab, "ada", "bob")
    flash, patient = _message("flash", "flash"), _message("patient", "patient")
    for journey in (
        _journey(Send(TIPS, via="sms", name="tips"), name="waits"),
        _journey(Send(flash, via=["sms", "email"], name="flash"), name="drops"),
        _journey(Send(patient, via=["sms", "email"], name="patient"), name="passes-on"),
        _journey(Send(TIPS, via=["sms"], ttl=hours(3), name="short"), name="too-short"),
        _journey(Send(TIPS, name="free"), name="ranked"),
        _journey(_ladder(TIPS, "email", "sms", name="ladder"), name="slow"),
        _journey(Wait(hours(40)), Send(ALERT, via="sms", name="alert"), name="urgent"),
    ):
        lab.add(journey)
    lab.track("ada", "begun")
    lab.track("bob", "begun", occurred=lab.now - timedelta(hours=1))
    lab.advance(days(4))
    return lab


def consents() -> Lab:
    """None, given, pending, refused, withdrawn, too old, implied by a purchase and no more."""
    lab = _lab()
    old = datetime(2026, 1, 1, tzinfo=UTC)
    known = {
        "none": (),
        "mail": consent("email"),
        "pending": pending("email", "sms"),
        "denied": denial("email"),
        "old": consent("email", occurred=old),
        "bought": implied("customer", "email", occurred=old),
    }
    for name, given in known.items():
        _meet(lab, name, consents=given)
    _meet(lab, "american", consents=(), country="US", phone="+12125550123", timezone="America/New_York")
    _meet(lab, "withdraws", consents=consent("email", "sms"))
    lab.engine.record_consents("withdraws", *withdrawal("email"))
    steps = (Send(TIPS, via=["email", "sms"], name="tips"), Wait(days(1)), Send(TIPS, name="free"))
    _begin(lab, _journey(*steps), *known, "american", "withdraws")
    lab.advance(days(2))
    return lab


def limits() -> Lab:
    """Caps, gaps, one matter for two runs, and the distance that marketing keeps after a delay."""
    caps = [Cap(2, within=days(1), category="education"), Gap(hours(2), channel="sms", category="education")]
    lab = _lab(caps=caps)
    _meet(lab, "ada", "bob")
    about = _message("parcel", about="{{ event.parcel | default: 'x' }}")
    steps = (Send(TIPS, via="sms", name="one"), Send(TIPS, via=["sms", "email"], name="two"), Send(TIPS, name="three"))
    lab.add(_journey(*steps, name="many"))
    lab.add(_journey(Send(about, via="email", name="parcel"), name="first-matter"))
    lab.add(_journey(Wait(minutes(10)), Send(about, via="sms", name="parcel"), name="second-matter"))
    lab.track("ada", "begun")
    lab.track("bob", "begun")
    lab.advance(days(6))
    return lab


def money() -> Lab:
    """A ceiling at which the cheaper goes on, a price that nobody knows, best value."""
    prices = Prices({"email": "0.0009 EUR", "sms": {"FR": "0.0745 EUR", "BE": "0.09 EUR"}})
    budgets = [Budget("texts", _euros("0.20"), channel="sms"), Budget("all", _euros("0.30"), per="month")]
    lab = _lab(prices=prices, budgets=budgets, strategy=BestValue("0.50 EUR", explore=0))
    names = ("ada", "bob", "cid", "dan")
    _meet(lab, *names)
    _meet(lab, "swiss", phone="+41446681800")
    steps = (
        Send(WELCOME, via=["sms", "email"], name="texts"),
        Wait(days(1), name="rest"),
        Send(TIPS, name="best"),
        Wait(days(1), name="more"),
        Send(WELCOME, via=["sms", "email"], name="again"),
    )
    _begin(lab, _journey(*steps), *names, "swiss")
    lab.advance(days(4))
    return lab


def _euros(text: str) -> Any:
    from unichannel import Money

    return Money(text, "EUR")


def choices() -> Lab:
    """Every strategy, a stated preference that is possible and one that is not, one that breaks, one that lies."""
    strategies = {
        "breaks": lambda offered, about: 1 / 0,
        "lies": lambda offered, about: ["pigeon", "sms"],
        "none": lambda offered, about: [],
        "learns": Adaptive(explore=0.5),
        "mixed": Mixed([(0.5, "email"), (0.5, "sms")]),
        "by-kind": ByCategory({"education": ["sms", "email"]}),
        "texts-first": Ordered(["sms", "email"]),
        "own": lambda offered, about: sorted(offered, reverse=True),
    }
    rules = {"no_push": lambda channel, about: channel == "push" and about["attributes"].get("plan") == "pro"}
    lab = _lab(strategies=strategies, rules=rules)
    _meet(lab, "ada", push=["token-9"])
    _meet(lab, "bob", preferences={"education": "sms"}, plan="pro", push=["token-8"])
    _meet(lab, "cid", preferences={"education": "sms"}, phone=None)
    names = ("ada", "bob", "cid")
    for strategy in strategies:
        lab.add(_journey(Send(TIPS, strategy=strategy, name="tips"), name=f"by-{strategy}"))
    lab.add(_journey(Send(TIPS, name="tips"), name="by-default"))
    for round_ in range(2):
        for name in names:
            lab.track(name, "begun")
        lab.advance(hours(1))
        if round_ == 0:
            for name in names:
                lab.clicks(name)
        lab.advance(days(4))
    return lab


def runs() -> Lab:
    """Re-entry, twins that become one, entities, another way, handlers, events told late, an exit by a step."""
    lab = _lab()
    _meet(lab, "ada", "bob", "cid", "twin", "older")
    ways = Branch(
        when(attribute("plan", equals("pro")), Send(TIPS, via="email", name="pro")), otherwise=[], name="plan"
    )
    handler = Handler(on("hurry"), to="end", steps=[Send(WELCOME, via="sms", name="hurried")])
    wait = Wait(days(2), name="rest")
    end = Wait(days(1), name="end")
    trial = _journey(ways, wait, Send(WELCOME, via=["email", "sms"], name="welcome"), end, handlers=[handler])
    _begin(lab, trial, "ada", "bob", "cid", "twin", "older")
    lab.track("ada", "begun")
    lab.advance(hours(3))
    lab.track("bob", "hurry")
    lab.merge("older", "twin")
    lab.track("cid", "paid")
    lab.track("ada", "begun", occurred=lab.now - timedelta(days=2))
    lab.advance(days(5))
    return lab


def absent() -> Lab:
    """A worker that stayed away: what it comes too late for, and what it does late."""
    lab = _lab()
    _meet(lab, "ada")
    steps = (
        Wait(hours(1), name="first"),
        Send(ALERT, via=["sms", "email"], name="alert"),
        Send(WELCOME, via="email", name="welcome"),
        Wait(hours(1), name="second"),
        Send(TIPS, via="email", name="tips"),
        Wait(hours(1), name="third"),
        Send(TIPS, via="sms", name="more"),
    )
    lab.add(_journey(*steps))
    lab.engine.track("ada", "begun")
    lab.run_due()
    lab.clock.set(lab.clock.now() + 6 * HOUR)
    lab.run_due()
    lab.advance(days(1))
    return lab


def news() -> Lab:
    """What is told late, machines, complaints, failures once the send is over, what moves a run past a ladder."""
    lab = _lab()
    names = ("told-late", "machine", "complains", "much-later", "moved", "shifts")
    _meet(lab, *names)
    end = Wait(until=start + days(6), name="end")
    handler = Handler(on("hurry"), to="end", steps=[Send(TIPS, via="sms", name="hurried")])
    steps = (_ladder(WELCOME, "email", "sms", name="welcome"), Wait(until=start + days(5), name="day-5"))
    more = (Send(TIPS, via=["email", "sms"], name="tips"), end)
    _begin(lab, _journey(*steps, *more, handlers=[handler]), *names)
    lab.advance(hours(2))
    lab.tell("opened", "machine", machine=True)
    lab.opens("much-later")
    lab.track("moved", "hurry")
    lab.engine.identify(Profile("shifts", email="shifts@example.org"))
    lab.advance(hours(5))
    lab.tell("opened", "told-late", channel="email", occurred=lab.clock.now() - 5 * HOUR)
    lab.tell("complained", "complains", channel="email")
    lab.stops("complains")
    lab.advance(days(5))
    return lab


def under_way() -> Lab:
    """Ladders that are not over: what follows, and when."""
    lab = _lab()
    _meet(lab, "ada", "bob", push=["token-7"])
    steps = (_ladder(WELCOME, "push", "email", "sms", name="welcome"), Wait(days(1), name="rest"))
    _begin(lab, _journey(*steps), "ada")
    lab.advance(hours(2))
    _begin(lab, _journey(*steps), "bob")
    lab.advance(hours(3))
    return lab


def acts() -> Lab:
    """Splits, rounds, exits, sends of the application's own, words that come from another channel."""
    lab = _lab(strategy=Adaptive(explore=0.5))
    names = ("ada", "bob", "cid", "dan", "eve", "fay", "gus", "hal")
    _meet(lab, *names)
    spoken = Message("spoken", Sms("Spoken"), Email("Spoken", text="Spoken"), category="onboarding")
    split = Split(
        variant("short", 0.5, Send(spoken, via="sms", name="short")),
        variant("long", 0.5, Send(spoken, via="email", name="long")),
        name="length",
    )
    again = Repeat([Send(TIPS, name="tips"), Wait(days(2), name="pause")], times=3, name="thrice")
    _begin(lab, _journey(split, again, Exit("enough", name="stop")), *names)
    lab.advance(hours(1))
    for name in names[:4]:
        lab.clicks(name)
        lab.send(name, spoken)
    lab.advance(days(7))
    return lab


def guesses() -> Lab:
    """A choice by chance, against the figures: what is not known of is tried now and then."""
    lab = _lab(strategy=Adaptive(explore=0.5))
    names = ("x16", "ada", "bob")  # the first one's hash says to try
    _meet(lab, *names)
    steps = (Send(WELCOME, via="email", name="welcome"), Wait(days(1), name="rest"), Send(TIPS, name="tips"))
    _begin(lab, _journey(*steps), *names)
    for name in names:
        lab.clicks(name)
    lab.advance(days(2))
    return lab


_ALL = (
    *(fallbacks, refusals_between, trouble, hours_and_nights, consents, limits, money, choices),
    *(runs, absent, news, under_way, acts, guesses),
)
STORIES: dict[str, Story] = {one.__name__: one for one in _ALL}

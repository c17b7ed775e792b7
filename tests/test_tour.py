"""The tour: the reference journey on real parts, an SMTP server and Twilio's API, in virtual time."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
import respx
from aiosmtpd.controller import Controller

from unichannel import (
    Branch,
    Category,
    Email,
    Engine,
    Journey,
    MemoryStore,
    Message,
    Profile,
    Request,
    Send,
    Sms,
    Smtp,
    SqlStore,
    Tracking,
    Twilio,
    Wait,
    consent,
    days,
    engaged,
    hours,
    on,
    opened,
    start,
    when,
)
from unichannel.errors import BadSignature
from unichannel.testing import Lab, ManualClock

ACCOUNT = "AC0123456789abcdef0123456789abcdef"
API = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages.json"


def both(name: str, subject: str, category: str) -> Message:
    return Message(
        name,
        Email(subject=subject, text=f"{subject}.", html=f"<p>{subject}.</p>"),
        Sms(f"{subject}: {{{{ 'https://app.example.com/{name}' | link }}}}"),
        category=category,
    )


welcome = Message(
    "welcome",
    Email(
        subject="Welcome, {{ profile.first_name }}",
        text="Start here: {{ 'https://app.example.com/start' | link }}",
        html='<p><a href="{{ "https://app.example.com/start" | link }}">Start here</a></p>',
    ),
    Sms("Welcome {{ profile.first_name }}: {{ 'https://app.example.com/start' | link }}"),
    category="onboarding",
)
tips = both("tips", "Three tips", "education")
follow_up = both("follow-up", "How is it going?", "education")
reminder = both("reminder", "Two days left", "renewal")

trial = Journey(
    "trial-to-paid",
    version=1,
    start=on("trial.started"),
    goal=on("subscription.created"),
    steps=[
        Send(welcome, via=["email", "sms"], fallback_after=hours(4), success="opened"),
        Wait(until=start + days(3)),
        Branch(
            when(opened("email"), Send(tips, via="email")),
            when(engaged("sms"), Send(tips, via="sms")),
            otherwise=[Send(tips)],
        ),
        Wait(until=start + days(7)),
        Send(follow_up),
        Wait(until=start + days(12)),
        Send(reminder, via=["email", "sms"], fallback_after=hours(6), success="opened"),
    ],
)
CATEGORIES = [
    Category("onboarding", purpose="transactional"),
    Category("education", channel="email"),
    Category("renewal"),
]


class Mailbox:
    """What arrived at the SMTP server."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        parsed = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        self.mails.append(parsed)
        return "250 OK"

    @property
    def subjects(self) -> list[str]:
        return [str(mail["Subject"]) for mail in self.mails]


class AnyPort(Controller):
    """A server on a port that the system chooses."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def port(mailbox: Mailbox) -> Iterator[int]:
    server = AnyPort(mailbox, hostname="127.0.0.1", port=0)
    server.start()
    yield server.port
    server.stop()


@pytest.fixture
def texts() -> Iterator[list[dict[str, str]]]:
    """The messages that Twilio was asked to send."""
    taken: list[dict[str, str]] = []

    def take(request: httpx.Request) -> httpx.Response:
        asked = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        taken.append(asked)
        return httpx.Response(201, json={"sid": f"SM{len(taken):032x}", "status": "queued", "error_code": None})

    with respx.mock(assert_all_called=False) as router:
        router.post(API).mock(side_effect=take)
        yield taken


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(params=["memory", "sqlite"])
def engine(request: pytest.FixtureRequest, tmp_path: Path, port: int, clock: ManualClock) -> Iterator[Engine]:
    with Engine(
        store=MemoryStore() if request.param == "memory" else SqlStore(f"sqlite:///{tmp_path}/app.db"),
        journeys=[trial],
        categories=CATEGORIES,
        routes={
            "email": Smtp(f"smtp://127.0.0.1:{port}", sender="The app <app@example.com>"),
            "sms": Twilio(ACCOUNT, "a token", sender="+33757000000", name="twilio"),
        },
        tracking=Tracking("https://app.example.com/u", keys=["a secret of sixteen bytes or more"]),
        clock=clock,
    ) as engine:
        engine.migrate()
        engine.identify(
            Profile(
                "ada",
                email="ada@example.com",
                phone="+33 6 12 34 56 78",
                timezone="Europe/Paris",
                first_name="Ada",
                consents=consent("email", "sms", purpose="marketing", source="sign-up form", wording="v3"),
            )
        )
        engine.track("ada", "trial.started")
        engine.run_due()
        yield engine


def pass_time(engine: Engine, clock: ManualClock, microseconds: int) -> None:
    """What a host's scheduler does: sleep until the next due instant, then run what is due."""
    end = clock.now() + microseconds
    while (due := engine.next_due_at()) is not None and (instant := round(due.timestamp() * 1e6)) <= end:
        clock.set(max(instant, clock.now()))
        engine.run_due()
    clock.set(end)
    engine.run_due()


def html_of(mail: EmailMessage) -> str:
    part = mail.get_body(["html"])
    assert part is not None
    return str(part.get_content())


def test_it_sends_what_it_says(
    engine: Engine, clock: ManualClock, mailbox: Mailbox, texts: list[dict[str, str]]
) -> None:
    assert (mailbox.subjects, texts) == (["Welcome, Ada"], [])
    assert mailbox.mails[0]["To"] == "ada@example.com"

    pass_time(engine, clock, hours(4).elapsed)
    assert [(text["To"], text["From"]) for text in texts] == [("+33612345678", "+33757000000")]
    assert texts[0]["Body"].startswith("Welcome Ada: https://app.example.com/u/")

    pass_time(engine, clock, days(13).nominal)
    assert mailbox.subjects == ["Welcome, Ada", "Three tips", "Two days left"]
    # Two e-mails went unseen and one SMS, so the follow-up without via= goes by SMS.
    assert [text["Body"].split(":")[0] for text in texts] == ["Welcome Ada", "How is it going?", "Two days left"]
    assert engine.next_due_at() is None or engine.run_due().reserved == 0


def test_an_open_stops_the_fallback(
    engine: Engine, clock: ManualClock, mailbox: Mailbox, texts: list[dict[str, str]]
) -> None:
    pixel = re.search(r'src="(https://app\.example\.com/u/[^"]+)"', html_of(mailbox.mails[0]))
    assert pixel is not None
    browser = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
    answer = engine.receive("tracking", Request("GET", pixel[1], browser))
    assert answer.status == 200

    pass_time(engine, clock, days(8).nominal)
    assert (mailbox.subjects, texts) == (["Welcome, Ada", "Three tips", "How is it going?"], [])


def test_subscribing_ends_it(engine: Engine, clock: ManualClock, mailbox: Mailbox, texts: list[dict[str, str]]) -> None:
    engine.track("ada", "subscription.created")
    pass_time(engine, clock, days(14).nominal)
    assert (mailbox.subjects, texts) == (["Welcome, Ada"], [])


def test_why_and_timeline_name_the_delivery(engine: Engine, clock: ManualClock, texts: list[dict[str, str]]) -> None:
    pass_time(engine, clock, hours(4).elapsed)
    by_sms = [entry.detail["delivery"] for entry in engine.timeline("ada") if entry.what == "reserved"][1]
    told = engine.why(by_sms)
    assert (told.channel, told.status, told.trace["detail"]["cause"]) == ("sms", "accepted", "silence")
    assert "was not opened within 4 h" in str(told)


def test_a_hit_that_we_did_not_sign_is_refused(engine: Engine, texts: list[dict[str, str]]) -> None:
    with pytest.raises(BadSignature):
        engine.receive("tracking", Request("GET", "https://app.example.com/u/o" + "A" * 40))


def test_unopened_welcome_falls_back_to_sms(lab: Lab) -> None:
    ada = lab.profile(email="ada@example.com", phone="+33612345678", first_name="Ada")
    lab.enroll(trial, ada)
    lab.advance(hours(4))
    assert lab.channels_sent(ada) == ["email", "sms"]

"""The console prints what would be sent, and keeps what every transport keeps."""

from __future__ import annotations

import asyncio
import io

import pytest

from unichannel.channels import Attachment, Card, Email, OpenUrl, Rcs, Sms
from unichannel.ports import Context, Outbound
from unichannel.testing.conformance.transport import TransportConformance
from unichannel.transports.console import Console

KEY = "AAAAAAAAAAAAAAAAAAAAAAAA"
CTX = Context(now=1_894_179_600_000_000, entropy=bytes)


def email(**more: object) -> Outbound:
    content = Email("Welcome, Ada", text="Hello\n\nand bye", html="<p>Hello</p>")
    return Outbound(KEY, "email", "ada@example.com", content, "welcome", "onboarding", **more)  # type: ignore[arg-type]


class TestConformance(TransportConformance):
    @pytest.fixture
    def stream(self) -> io.StringIO:
        return io.StringIO()

    @pytest.fixture
    def transport(self, stream: io.StringIO) -> Console:
        return Console(stream)

    @pytest.fixture
    def outbound(self) -> Outbound:
        return email()

    @pytest.fixture
    def keys(self, stream: io.StringIO):
        return lambda: [line.split()[1] for line in stream.getvalue().splitlines() if line.startswith("   key ")]


def test_prints_all_of_it() -> None:
    stream = io.StringIO()
    outcome = Console(stream).carry(email(headers=(("List-Unsubscribe", "<https://u.example/1>"),), attempt=2), CTX)
    assert (outcome.kind, outcome.provider_id, outcome.at) == ("accepted", f"console-{KEY}", CTX.now)
    assert stream.getvalue() == (
        "── email to ada@example.com ── welcome (onboarding, marketing)\n"
        f"   key {KEY}, attempt 2\n"
        "   List-Unsubscribe: <https://u.example/1>\n"
        "   subject: Welcome, Ada\n"
        "   text:\n      Hello\n\n      and bye\n"
        "   html: <p>Hello</p>\n\n"
    )


def test_prints_to_stdout_of_the_moment(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(channels=["sms"])
    sms = Outbound(KEY, "sms", "+33612345678", Sms("Hi 🎉"), "hi", "news")
    assert asyncio.run(console.carry_async(sms, CTX)).kind == "accepted"
    assert "sms to +33612345678" in capsys.readouterr().out
    assert console.channels == {"sms"}
    assert not console.blocking


def test_a_poor_terminal_shows_what_it_can() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    assert Console(stream).carry(email(), CTX).kind == "accepted"
    assert b"?? email to ada@example.com" in raw.getvalue()


@pytest.fixture
def closed() -> io.StringIO:
    stream = io.StringIO()
    stream.close()
    return stream


def test_a_closed_stream_is_a_retry(closed: io.StringIO) -> None:
    outcome = Console(closed).carry(email(), CTX)
    assert (outcome.kind, outcome.code) == ("retry", "stream")
    assert "ada@example.com" not in repr(outcome)


def test_prints_what_is_inside_and_no_files() -> None:
    stream = io.StringIO()
    card = Card("Order", suggestions=[OpenUrl("Track", "https://x.example")])
    Console(stream).carry(Outbound(KEY, "rcs", "+33612345678", Rcs(cards=[card]), "m", "c"), CTX)
    attached = Email("s", text="t", attachments=[Attachment("a.pdf", b"x" * 3_000)])
    Console(stream).carry(Outbound(KEY, "email", "ada@example.com", attached, "m", "c"), CTX)
    shown = stream.getvalue()
    assert "   cards[0].title: Order\n   cards[0].suggestions[0].label: Track\n" in shown
    assert "   attachments[0].data: (4,000 characters)\n" in shown

"""Two workers whose clocks are minutes apart, on one store that has no clock of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from unichannel import (
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
    SqlStore,
    Wait,
    hours,
    on,
)
from unichannel.core.words.instant import HOUR, MINUTE, SECOND
from unichannel.ports import Context, Outbound, Outcome, Store
from unichannel.testing import ManualClock, RecordingTransport
from unichannel.testing.lab import EVERYTHING

SKEW = 5 * MINUTE
hello = Message("hello", Email("Hello", text="Hello", html="<p>Hello</p>"), Sms("Hello"), category="news")
later = Message("later", Email("Later", text="Later"), category="news")
journey = Journey(
    "greets",
    start=on("hi"),
    steps=[
        Send(hello, via=["email", "sms"], success="opened", fallback_after=hours(4)),
        Wait(hours(1)),
        Send(later, via="email"),
    ],
)


class Hangs(RecordingTransport):
    """Takes text messages and does not answer."""

    def carry(self, outbound: Outbound, ctx: Context) -> Outcome:
        answer = super().carry(outbound, ctx)
        return Outcome.in_doubt("time_out") if outbound.channel == "sms" else answer


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Store]:
    url, memory = f"sqlite:///{tmp_path / 'clocks.db'}", MemoryStore()
    return lambda: memory if request.param == "memory" else SqlStore(url)


def test_news_that_a_slow_clock_reads_moves_a_run_that_a_fast_one_decided(store: Callable[[], Store]) -> None:
    """What was decided at an instant is known, so nobody who reads on is before it: else the news were lost."""
    time, transport = ManualClock(), Hangs()
    fast, slow = ManualClock(), ManualClock()
    settings: dict[str, Any] = {
        "journeys": [journey],
        "categories": [Category("news", quiet_hours=False)],
        "routes": {"email": transport, "sms": transport},
    }
    first, second = Engine(store(), clock=fast, **settings), Engine(store(), clock=slow, **settings)
    first.migrate()

    def pass_by(span: int) -> None:
        time.set(time.now() + span)
        fast.set(time.now() + SKEW)
        slow.set(time.now() - SKEW)

    pass_by(SKEW)
    first.identify(Profile("ada", email="ada@example.com", phone="+33639980001", timezone="UTC", consents=EVERYTHING))
    first.track("ada", "hi")
    first.run_due()
    pass_by(4 * HOUR)
    first.run_due()
    (sms,) = [one for one in transport.journal if one.channel == "sms"]
    body = json.dumps([{"kind": "delivered", "key": sms.key}]).encode()
    second.receive("recording", Request("POST", "https://host.example/hooks", {}, body))
    pass_by(SECOND)
    second.run_due()
    pass_by(2 * HOUR)
    second.run_due()
    assert [one.message for one in transport.journal] == ["hello", "hello", "later"]

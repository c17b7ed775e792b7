"""The examples in ``examples/running`` as a reader runs them, and the promise that each has to keep."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.integrations.waiting import until
from unichannel import Engine, Profile, Request
from unichannel.cli.naming import named_engine
from unichannel.errors import UnknownError

RUNNING = Path(__file__).parents[2] / "examples" / "running"
PROMISE = 2.0
"""Seconds from an event to its fallback, at ticks of one."""

REPORT = """\
From: MAILER-DAEMON@mx.shop.example
To: bounces@shop.example
Message-Id: <{mark}@mx.shop.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.shop.example

Final-Recipient: rfc822; {address}
Action: failed
Status: 5.1.1

--b
Content-Type: text/rfc822-headers

X-Unichannel-Key: {key}
To: {address}

--b--
"""


@dataclass
class Shop:
    """A database of its own, and the example's engine on it, in this process."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        paths = os.pathsep.join(part for part in sys.path if part)
        return {
            **os.environ,
            "SHOP_DB": f"sqlite:///{self.folder / 'shop.db'}",
            "PYTHONPATH": paths,
            "PYTHON": sys.executable,
        }

    def engine(self) -> Engine:
        """The example's own engine; it reads the environment when it is made."""
        before = os.environ.get("SHOP_DB")
        os.environ["SHOP_DB"] = self.environment["SHOP_DB"]
        try:
            made = named_engine(f"{RUNNING / 'shop.py'}:make_engine")
        finally:
            os.environ.pop("SHOP_DB") if before is None else os.environ.update(SHOP_DB=before)
        assert isinstance(made, Engine)
        return made

    def run(self, *words: str | Path, cwd: Path = RUNNING) -> subprocess.CompletedProcess[str]:
        """A command to its end."""
        return subprocess.run(
            [str(word) for word in words],
            cwd=cwd,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    @contextmanager
    def process(
        self,
        name: str,
        *words: str | Path,
        cwd: Path = RUNNING,
        more: Mapping[str, str] | None = None,
        codes: Sequence[int] = (0,),
    ) -> Iterator[Path]:
        """A command that runs on; gives its log, ends it by SIGTERM and wants a clean end."""
        log = self.folder / f"{name}.log"
        with log.open("w") as stream:
            started = subprocess.Popen(
                [str(word) for word in words],
                cwd=cwd,
                env={**self.environment, **(more or {})},
                stdout=stream,
                stderr=subprocess.STDOUT,
            )
            try:
                yield log
                assert started.poll() is None, f"{name} ended by itself: {log.read_text()}"
                started.send_signal(signal.SIGTERM)
                code = started.wait(60)
                assert code in codes, f"{name} ended with {code}: {log.read_text()}"
            finally:
                if started.poll() is None:
                    started.kill()
                    started.wait()


def bounce_of(key: str, address: str) -> bytes:
    """What a mail server posts when a mailbox is not there."""
    return REPORT.format(mark=f"m{key}", key=key, address=address).replace("\n", "\r\n").encode()


def accepted(engine: Engine, person: str, channel: str) -> str:
    """The delivery on a channel that was accepted, or "" so far."""
    try:
        found = [one for one in engine.why(person, journey="shipped") if one.channel == channel]
    except UnknownError:  # nobody has looked at the person yet
        return ""
    return next((one.delivery for one in found if one.status not in ("", "reserved", "sending")), "")


def key_of(engine: Engine, delivery: str) -> str:
    """Our key of a delivery, as it stands in the e-mail's Message-ID."""
    run, n = delivery.removeprefix("d").split("-")
    found = engine._calls.settings.store.transact(lambda session: session.delivery(int(run), int(n)))
    assert found is not None
    return found.key


def ship(engine: Engine, person: str, parcel: str) -> None:
    """Tell of a parcel."""
    engine.identify(Profile(person, email=f"{person}@example.com", phone="+33612345678"))
    engine.track(person, "order.shipped", {"parcel": parcel}, id=f"shipped-{parcel}")


def prove(shop: Shop, who: str, *, rounds: int = 4, tell: Any = None, bounce: Any = None) -> None:
    """From the event to the e-mail, and from its bounce to the SMS: each within the promise.

    ``tell`` and ``bounce`` reach the app its own way; by default another process (this one) writes to the store.
    """
    to_email: list[float] = []
    to_sms: list[float] = []
    with shop.engine() as engine:
        engine.publish()
        ship(engine, f"{who}-first", f"{who}-P")
        until(lambda: accepted(engine, f"{who}-first", "email"), "the first e-mail")  # now it is up
        for n in range(rounds):
            one_round = _Round(engine, f"{who}{n}")
            to_email.append(one_round.event_to_email(tell))
            to_sms.append(one_round.bounce_to_sms(bounce))
            time.sleep(0.3 * n)  # so that the next one comes in another phase of the tick
    print(f"\n{who}: event to e-mail {_times(to_email)}; bounce to SMS {_times(to_sms)}")
    slow = [one for one in (*to_email, *to_sms) if one >= PROMISE]
    assert len(slow) <= 1, slow  # one, where the machine itself stood still
    assert all(one < 3 * PROMISE for one in slow), slow


@dataclass
class _Round:
    engine: Engine
    person: str

    def event_to_email(self, tell: Any) -> float:
        begun = time.monotonic()
        parcel = f"P-{self.person}"
        tell(self.person, parcel) if tell else ship(self.engine, self.person, parcel)
        until(lambda: accepted(self.engine, self.person, "email"), "the e-mail")
        return time.monotonic() - begun

    def bounce_to_sms(self, bounce: Any) -> float:
        tracking: Any = self.engine._calls.settings.tracking
        key = key_of(self.engine, accepted(self.engine, self.person, "email"))
        body, head = bounce_of(key, f"{self.person}@example.com"), {"Content-Type": "message/rfc822"}
        begun = time.monotonic()
        if bounce:
            bounce(tracking.bounce_url, head, body)
        else:
            self.engine.receive("tracking", Request("POST", tracking.bounce_url, head, body))
        until(lambda: accepted(self.engine, self.person, "sms"), "the SMS")
        return time.monotonic() - begun


def _times(taken: list[float]) -> str:
    return f"{' '.join(f'{one:.2f}' for one in taken)} s"

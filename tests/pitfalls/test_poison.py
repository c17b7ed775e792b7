"""P9: what raises is set aside with its error, everybody else goes on, and nothing is tried for ever."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.journeys.trial import message
from tests.stores import postgres
from unichannel import Category, Journey, Send, SqlStore, days, hours, minutes, on
from unichannel.flows import marking, receipts
from unichannel.ports import Context, Outbound, Outcome
from unichannel.testing import Lab, RecordingTransport

hello = message("hello", "transactional")
greets = Journey("greets", start=on("hi"), steps=[Send(hello, via="email")])


@pytest.fixture(params=["memory", "postgresql"])
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    if request.param == "memory":
        yield Lab()
        return
    with postgres.database() as url, closing(SqlStore(url)) as store:
        yield Lab(store=store)


def crowd(lab: Lab) -> None:
    lab.add(greets)
    for who in ("ada", "bob", "cleo"):
        lab.profile(who, email=f"{who}@example.com")


def test_p9_a_delivery_that_cannot_be_rendered(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    real, tries = marking.outbound_of, []

    def render(kit: Any, delivery: Any, definition: int, profile: str) -> Outbound:
        if profile == "bob":
            tries.append(1)
            raise ZeroDivisionError("bob@example.com")
        return real(kit, delivery, definition, profile)

    crowd(lab)
    monkeypatch.setattr(marking, "outbound_of", render)
    for who in ("ada", "bob", "cleo"):
        lab.engine.track(who, "hi")
    lab.advance(hours(20))
    assert [sent.address for sent in lab.transport.journal] == ["ada@example.com", "cleo@example.com"]
    assert len(tries) == 1
    (fault,) = lab.engine.failed()
    assert fault.error == "ZeroDivisionError while rendering hello for email", "what it said may name people"
    monkeypatch.undo()
    assert lab.engine.retry(fault) == 1
    lab.run_due()
    assert len(lab.sent("bob")) == 1
    assert lab.engine.failed() == []


def test_p9_a_delivery_that_is_never_mended_expires_and_the_run_goes_on(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def render(*_: Any) -> Outbound:
        raise ZeroDivisionError

    crowd(lab)
    monkeypatch.setattr(marking, "outbound_of", render)
    lab.track("ada", "hi")
    lab.advance(days(3))
    history = lab.history("ada")
    assert history is not None
    assert [one.status for one in history.deliveries] == ["expired"]
    assert [run.status for run in history.runs] == ["completed"]
    assert lab.engine.next_due_at() is None


@pytest.mark.parametrize("guarantee", ["at_most_once", "at_least_once"])
def test_p9_a_transport_that_raises_is_a_doubt(lab: Lab, guarantee: Any) -> None:
    class Raises(RecordingTransport):
        def carry(self, outbound: Outbound, ctx: Context) -> Outcome:
            if outbound.address.startswith("bob"):
                self.calls.append(outbound.key)
                raise ZeroDivisionError("bob@example.com")
            return super().carry(outbound, ctx)

    mail = Raises("mail", ["email"])
    lab.use(routes={"email": mail}, categories=[Category("kind", purpose="transactional", guarantee=guarantee)])
    lab.add(Journey("greets", start=on("hi"), steps=[Send(message("hello", "kind"), via="email")]))
    for who in ("ada", "bob", "cleo"):
        lab.profile(who, email=f"{who}@example.com")
        lab.engine.track(who, "hi")
    lab.run_due()
    assert len(mail.journal) == 2
    assert lab.engine.status  # the engine lives
    lab.advance(days(4))
    assert lab.engine.next_due_at() is None, "it is not tried for ever"
    assert len(mail.calls) - 2 <= (1 if guarantee == "at_most_once" else 15)


def test_p9_a_look_up_that_never_answers_ends(lab: Lab) -> None:
    mail = RecordingTransport("mail", ["email"], looks_up=True)
    mail.plan("time_out")
    mail.look_up = lambda *_: Outcome.in_doubt("time_out")  # type: ignore[method-assign]
    lab.use(routes={"email": mail})
    lab.add(Journey("greets", start=on("hi"), steps=[Send(hello, via="email", ttl=hours(1))]))
    lab.profile("ada", email="ada@example.com")
    lab.track("ada", "hi")
    lab.advance(days(1))
    assert lab.engine.next_due_at() is None


def test_p9_a_receipt_that_cannot_be_merged(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    real, tries = receipts._Merging._merge, []

    def merge(self: Any, row: Any, delivery: Any) -> None:
        if row.receipt.kind == "opened":
            tries.append(1)
            raise ZeroDivisionError("ada@example.com")
        real(self, row, delivery)

    crowd(lab)
    for who in ("ada", "bob"):
        lab.track(who, "hi")
    monkeypatch.setattr(receipts._Merging, "_merge", merge)
    lab.opens("ada")
    lab.clicks("bob")
    lab.advance(hours(5))
    assert len(tries) == 1
    (fault,) = lab.engine.failed()
    assert fault.error == "ZeroDivisionError while merging a receipt of recording (opened)"
    monkeypatch.undo()
    lab.engine.retry()
    lab.advance(minutes(1))
    assert [one.what for one in lab.timeline("ada")].count("opened") == 1
    assert lab.engine.failed() == []
    assert lab.engine.next_due_at() is None

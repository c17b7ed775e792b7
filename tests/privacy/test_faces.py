"""Every way to read a person's data through the library is in the audit trail (G8): a walk along all of its faces."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from tests.privacy.world import EMAIL, KEY, MARK, TRACES, VISITOR, hello, journey, lab_on, live
from unichannel import (
    AsyncEngine,
    Engine,
    Migration,
    Money,
    Prices,
    Profile,
    Request,
    SqlStore,
    Tracking,
    acting,
    consent,
    days,
)
from unichannel.cli.app import app
from unichannel.core.messaging.link import CONFIRM
from unichannel.policies import AddressAge
from unichannel.testing import Lab

Ask = Callable[[Any], Any]
"""A call on either face; what it gives is awaited where it has to be."""

READS: Mapping[str, Ask] = {
    "audit": lambda engine: engine.audit(KEY),
    "consent_at": lambda engine: engine.consent_at(KEY, "email"),
    "export": lambda engine: engine.export(KEY),
    "failed": lambda engine: engine.failed(),
    "in_app": lambda engine: engine.in_app(KEY),
    "preferences": lambda engine: engine.preferences(KEY),
    "prove": lambda engine: engine.prove(KEY, "email"),
    "status": lambda engine: engine.status("a handle's id"),
    "timeline": lambda engine: engine.timeline(KEY),
    "why": lambda engine: engine.why(KEY, journey="hello"),
}
"""What hands out somebody's data."""

CHANGES: Mapping[str, Ask] = {
    "confirm_address": lambda engine: engine.confirm_address(KEY, "email"),
    "enroll": lambda engine: engine.enroll(journey, KEY),
    "identify": lambda engine: engine.identify(Profile(KEY, first_name=MARK)),
    "mark_in_app": lambda engine: engine.mark_in_app(KEY, "none"),
    "merge": lambda engine: engine.merge(KEY, VISITOR),
    "rectify": lambda engine: engine.rectify(Profile(KEY, first_name=MARK)),
    "record_consents": lambda engine: engine.record_consents(KEY, *consent("email")),
    "send": lambda engine: engine.send(KEY, hello, via="email", data={"city": MARK}),
    "suppress": lambda engine: engine.suppress("email", EMAIL),
    "track": lambda engine: engine.track(KEY, "visited", {"page": MARK}),
    "unsuppress": lambda engine: engine.unsuppress("email", EMAIL, reason="asked"),
}
"""What takes somebody's data in, or changes it, and hands none out."""

NOBODYS: Mapping[str, Ask] = {
    "budget": lambda engine: engine.budget("none"),
    "consent_digest": lambda engine: engine.consent_digest(date(2030, 1, 1)),
    "findings": lambda engine: engine.findings,
    "forecast": lambda engine: engine.forecast(hello, via="email", data={"city": "x"}),
    "journeys": lambda engine: engine.journeys,
    "migrate": lambda engine: engine.migrate(),
    "migrate_enrollments": lambda engine: engine.migrate_enrollments(Migration("hello", 1, 1)),
    "next_due_at": lambda engine: engine.next_due_at(),
    "preview": lambda engine: engine.preview(journey),
    "preview_migration": lambda engine: engine.preview_migration(Migration("hello", 1, 1)),
    "publish": lambda engine: engine.publish(),
    "purge": lambda engine: engine.purge(),
    "receive": lambda engine: engine.receive("tracking", Request("GET", "https://example.com/u/y0", {}, b"")),
    "retry": lambda engine: engine.retry(),
    "run_due": lambda engine: engine.run_due(),
}
"""What is about nobody: figures, definitions, work."""

ASKED_FOR = {"erase", "close", "on_news", "watch"}
"""The end of somebody's data (``test_erase``), and what hands over nothing that is stored."""


@pytest.fixture
def lab() -> Lab:
    lab = lab_on(ageing={"email": AddressAge(days(400))}, prices=Prices({"email": Money("0.01", "EUR")}))
    lab.use(tracking=Tracking("https://example.com/u", keys=["k" * 32]))
    live(lab)
    lab.engine.send(KEY, hello, via="email", data={"city": MARK}, key="z")
    lab.run_due()
    return lab


def async_engine(lab: Lab) -> AsyncEngine:
    settings = lab._all_settings()
    return AsyncEngine(**{name: one for name, one in settings.items() if name != "executor"})


def ask(lab: Lab, face: str, call: Ask) -> Any:
    """The answer of one of the two faces, while somebody acts."""
    with acting("support:ana", source="10.0.0.1"):
        if face == "sync":
            return call(lab.engine)

        async def asked() -> Any:
            engine = async_engine(lab)
            answer = call(engine)
            return await answer if inspect.isawaitable(answer) else answer

        return asyncio.run(asked())


@pytest.mark.parametrize("face", [Engine, AsyncEngine])
def test_every_call_of_a_face_is_one_of_these(face: type) -> None:
    """A new one has to say which: what hands out data and is in no table here is in no trail either."""
    named = {name for name, _ in inspect.getmembers(face) if not name.startswith("_")}
    listed = set(READS) | set(CHANGES) | set(NOBODYS) | ASKED_FOR
    assert named - listed == set()
    assert listed - named <= {"close", "watch"}


@pytest.mark.parametrize("face", ["sync", "async"])
@pytest.mark.parametrize("read", sorted(READS))
def test_each_read_is_written_down(lab: Lab, read: str, face: str) -> None:
    if read == "status":
        handle = lab.engine.send(KEY, hello, via="email", data={"city": MARK})
        lab.run_due()
        ask(lab, face, lambda engine: engine.status(handle.id))
    else:
        ask(lab, face, READS[read])
    (entry,) = lab.engine.audit(KEY)
    assert (entry.what, entry.actor, entry.source) == (read, "support:ana", "10.0.0.1")


@pytest.mark.parametrize("call", sorted({**CHANGES, **NOBODYS}))
def test_nothing_else_hands_out_anything_personal(lab: Lab, call: str) -> None:
    """Where it answers at all: by what it gives, and by what it raises."""
    try:
        told = ask(lab, "sync", {**CHANGES, **NOBODYS}[call])
    except Exception as error:
        told = error
    shown = f"{told!r} {told} {getattr(told, '__dict__', '')}".lower()
    for id in (KEY, VISITOR):  # an error names whom the host itself named
        shown = shown.replace(id, "")
    assert not any(one in shown for one in TRACES), shown


COMMANDS = {
    "why": ["why", KEY, "--journey", "hello"],
    "timeline": ["timeline", KEY],
    "export": ["export", KEY],
    "audit": ["audit", KEY],
}
"""Commands that print somebody's data."""


def test_every_command_that_prints_somebodys_data_is_written_down(tmp_path: Path) -> None:
    database = tmp_path / "cli.db"
    lab = lab_on(SqlStore(f"sqlite:///{database}"))
    live(lab)
    lab._settings["store"].close()
    for name, args in COMMANDS.items():
        done = CliRunner().invoke(app, [*args, "--db", str(database)])
        assert done.exit_code == 0, (name, done.output)
    told = lab.engine.audit(KEY)
    assert [one.what for one in told] == list(COMMANDS)
    assert all(one.actor.startswith("cli") for one in told)


def test_no_other_command_prints_any() -> None:
    others = {"demo", "migrate", "purge", "run-due", "diagram", "check"}
    assert set(get_command(app).commands) == {*COMMANDS, *others}  # type: ignore[attr-defined]


def test_the_pages_behind_links_show_nothing_of_the_person(lab: Lab) -> None:
    """All pages that there are: an unsubscribe link's and a confirmation's, before and after the button."""
    links = lab._settings["tracking"].linker(lab.sent(KEY)[0].key)
    for url in (links.unsubscribe(), links.link(CONFIRM)):
        for method in ("GET", "POST"):
            answer = lab.engine.receive("tracking", Request(method, url, {}, b"answer=yes"))
            assert b"<p>" in answer.body
            assert not any(one.encode() in answer.body.lower() for one in TRACES)

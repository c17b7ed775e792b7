"""An engine named on the command line: what knows the host's own contents and time zone, for questions and checks."""

from __future__ import annotations

import sys
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from unichannel import SqlStore
from unichannel.channels import Content
from unichannel.cli.asking import ask_why, migrate
from unichannel.cli.naming import named_journeys
from unichannel.errors import InvalidInput

HOST = """
from unichannel import AsyncEngine, Email, Engine, Journey, Message, Profile, Send, SqlStore, hours, on
from unichannel.channels import Channel, Content, definition
from unichannel.testing import RecordingTransport

@definition
class Letter(Content, kind="named-letter"):
    channel = "letter"
    texts = ("text",)
    text: str

news = Message("news", Email("News", text="N", html="<p>N</p>"), Letter("N"), category="transactional")
steps = [Send(news, via=["email", "letter"], fallback_after=hours(4), success="opened", name="news")]
sent = RecordingTransport(channels=["email", "letter"])
settings = dict(
    journeys=[Journey("news", start=on("x"), steps=steps)],
    channels=[Channel("letter", "postal")],
    routes={"email": sent, "letter": sent},
    timezone="Europe/Paris",
)

def make_engine():
    return Engine(SqlStore("sqlite:///named.db"), **settings)

def make_async_engine():
    return AsyncEngine(SqlStore("sqlite:///named.db"), **settings)

def make_nothing():
    return 3

if __name__ == "host_of_named":
    with make_engine() as engine:
        engine.migrate()
        engine.identify(Profile("ada", email="ada@example.com"))
        engine.track("ada", "x")
        engine.run_due()
        (delivery,) = [entry.detail["delivery"] for entry in engine.timeline("ada") if entry.code == "accepted"]
        engine.track("opened", delivery=delivery)
        engine.run_due()
"""


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "host_of_named.py").write_text(HOST, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "host_of_named", raising=False)
    monkeypatch.setattr(Content, "kinds", dict(Content.kinds))
    return "host_of_named"


def asked(name: str) -> str:
    out = StringIO()
    ask_why("ada", "news", "news", name, Console(file=out, width=400), language="en", json=False)
    return out.getvalue()


def test_the_hosts_own_contents_are_known_to_its_engine_and_so_is_its_time_zone(host: str) -> None:
    """Without it, what the send waited for cannot be read, and nobody says what is not known."""
    told = asked(f"{host}:make_engine")
    assert "letter was not needed, as the news email of" in told
    assert "+01:00" in told or "+02:00" in told
    assert asked(f"{host}:make_async_engine") == told
    del Content.kinds["named-letter"]
    alone = asked("named.db")
    assert "Email, because it comes first of email, then letter. It is the step news" in alone


def test_journeys_are_those_of_the_engine_that_a_function_makes(host: str) -> None:
    assert [journey.name for journey in named_journeys(f"{host}:make_engine")] == ["news"]
    with pytest.raises(InvalidInput, match="or a function that makes one"):
        named_journeys(f"{host}:make_nothing")


@pytest.mark.parametrize("maker", ["make_engine", "make_async_engine"])
def test_a_deploy_migrates_and_publishes_by_the_engines_name(host: str, maker: str, tmp_path: Path) -> None:
    """It took the name for that of a new file, made it, and said that all was well."""
    migrate(f"{host}:{maker}", Console(file=(out := StringIO())))
    assert out.getvalue() == "The schema is up to date, the journeys are published.\n"
    assert sorted(one.name for one in tmp_path.iterdir() if ":" in one.name) == []
    stored = SqlStore("sqlite:///named.db").transact(lambda session: session.definitions())
    assert [name for _, name, _, _ in stored] == ["news"]


def test_a_deploy_may_name_a_file_that_is_not_there_yet(tmp_path: Path) -> None:
    migrate(str(tmp_path / "new.db"), Console(file=(out := StringIO())))
    assert out.getvalue() == "The schema is up to date.\n"
    assert (tmp_path / "new.db").is_file()

"""Apprise: one person per URL, no address that leads elsewhere, a no that is a doubt, and nothing in the logs."""

from __future__ import annotations

import json
import logging
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

import pytest

from unichannel import Apprise
from unichannel.channels import Chat, Content, Email, Push, Sms
from unichannel.errors import ConfigurationError, MissingExtra
from unichannel.ports import Context, Outbound
from unichannel.testing.conformance.transport import TransportConformance
from unichannel.transports.apprise import SCHEMES

CTX = Context(now=1_894_179_600_000_000, entropy=bytes)
TEXT = "Your <b>order</b> & more, at https://example.org/a?b=c"


def chat(address: str = "ada-7", content: Content | None = None) -> Outbound:
    return Outbound("A" * 24, "chat", address, content or Chat(TEXT), "shipped", "order")


class FarEnd(ThreadingHTTPServer):
    """A server that keeps what was posted: (path, JSON)."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 200
        self.posted: list[tuple[str, dict[str, str]]] = []

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: FarEnd

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.posted.append((self.path, body))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[FarEnd]:
    with FarEnd() as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.01,))
        thread.start()
        yield made
        made.shutdown()
        thread.join()


@pytest.fixture
def far_end(server: FarEnd) -> FarEnd:
    server.status = 200
    server.posted.clear()
    return server


@pytest.fixture(scope="module", autouse=True)
def plugins() -> None:
    """Apprise imports its plugins when it first reads a URL, and theirs import what is deprecated."""
    import apprise

    with warnings.catch_warnings(action="ignore"):
        assert apprise.Apprise.instantiate("json://localhost")


@pytest.fixture(autouse=True)
def no_throttle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Apprise waits between two posts of one plugin."""
    from apprise.plugins import NotifyBase

    monkeypatch.setattr(NotifyBase, "request_rate_per_sec", 0)


class TestConformance(TransportConformance):
    @pytest.fixture
    def transport(self, far_end: FarEnd) -> Apprise:
        return Apprise(f"{far_end.url}/TOKEN-1/{{address}}")

    @pytest.fixture
    def outbound(self) -> Outbound:
        return chat()

    @pytest.fixture
    def secrets(self) -> list[str]:
        return ["TOKEN-1"]


@pytest.mark.parametrize(
    ("content", "title"),
    [(Chat(TEXT), ""), (Sms(TEXT), ""), (Push("Shipped", TEXT), "Shipped")],
    ids=["chat", "sms", "push"],
)
def test_sends_a_title_and_a_text_as_they_are(far_end: FarEnd, content: Content, title: str) -> None:
    outcome = Apprise(f"{far_end.url}/to/{{address}}").carry(chat(content=content), CTX)
    assert (outcome.kind, outcome.provider_id) == ("accepted", "")
    [(path, body)] = far_end.posted
    assert path.rstrip("/") == "/to/ada-7"
    assert (body["title"], body["message"]) == (title, TEXT)


@pytest.mark.parametrize(
    "content",
    [
        Email("Hi", text="Hello"),
        Chat("Hi", blocks=[{"type": "divider"}]),
        Push("Hi", "Hello", url="https://example.org"),
        Sms("Hi", sender="SHOP"),
        Content(),
    ],
)
def test_refuses_what_it_would_lose(far_end: FarEnd, content: Content) -> None:
    outcome = Apprise(f"{far_end.url}/{{address}}").carry(chat(content=content), CTX)
    assert (outcome.kind, outcome.code, far_end.posted) == ("failed", "content", [])


@pytest.mark.parametrize("status", [403, 500])
def test_a_no_is_a_doubt(far_end: FarEnd, status: int) -> None:
    far_end.status = status
    outcome = Apprise(f"{far_end.url}/{{address}}").carry(chat(), CTX)
    assert (outcome.kind, outcome.code, len(far_end.posted)) == ("in_doubt", "apprise", 1)


def test_what_apprise_raises_is_a_doubt(monkeypatch: pytest.MonkeyPatch, far_end: FarEnd) -> None:
    import apprise

    monkeypatch.setattr(apprise.Apprise, "notify", lambda *_, **__: 1 / 0)
    outcome = Apprise(f"{far_end.url}/{{address}}").carry(chat("ada-7"), CTX)
    assert (outcome.kind, outcome.reason) == ("in_doubt", "Apprise failed: ZeroDivisionError")


@pytest.mark.parametrize(
    "address", ["", "a/b", "a,b", "a b", "a?x=1", "a&x=1", "a%2Fb", "../a", "a\nb", "{address}", "-"]
)
def test_an_address_fills_one_place_only(far_end: FarEnd, address: str) -> None:
    outcome = Apprise(f"{far_end.url}/to/{{address}}").carry(chat(address), CTX)
    assert (outcome.kind, outcome.code, far_end.posted) == ("failed", "address", [])


@pytest.mark.parametrize("address", ["#general", "a#b", "ada@example.com", "+33612345678", "a:b=="])
def test_an_address_is_encoded(far_end: FarEnd, address: str) -> None:
    assert Apprise(f"{far_end.url}/to/{{address}}").carry(chat(address), CTX).kind == "accepted"
    assert [unquote(path).rstrip("/") for path, _ in far_end.posted] == [f"/to/{address}"]


def test_a_text_is_a_text_where_a_service_shows_html(far_end: FarEnd) -> None:
    assert Apprise(f"{far_end.url}/{{address}}?format=html").carry(chat(), CTX).kind == "accepted"
    assert "&lt;b&gt;order&lt;/b&gt;" in far_end.posted[0][1]["message"]


def test_an_address_that_the_service_drops_goes_to_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a target that it can read, Apprise's Telegram writes to whoever wrote to the bot."""
    import apprise

    monkeypatch.setattr(apprise.Apprise, "notify", lambda *_, **__: pytest.fail("it would have been sent"))
    url = "tgram://123456789:abcdefghijklmnopqrstuvwxyz012345678/{address}"
    assert Apprise(url).carry(chat("!!no=chat!!"), CTX).kind == "failed"


def test_a_whole_url_goes_to_hosts_that_are_allowed(far_end: FarEnd) -> None:
    outbound = chat(f"{far_end.url}/private")
    assert Apprise().carry(outbound, CTX).code == "address"
    assert far_end.posted == []
    assert Apprise(schemes=["JSON"]).carry(outbound, CTX).kind == "accepted"
    assert far_end.posted[0][0].rstrip("/") == "/private"


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "https://discord.com/api/webhooks/1/2",
        "mailto://a:b@example.com",
        "syslog://",
        "nothing",
        "slack://T1/A1/B1?template=file:///etc/passwd",
        "discord://1/2,json://127.0.0.1/",
        "discord://1/2 json://127.0.0.1/",
        "discord://",
    ],
)
def test_other_addresses_are_refused(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    import apprise

    monkeypatch.setattr(apprise.Apprise, "notify", lambda *_, **__: pytest.fail("it would have been sent"))
    outcome = Apprise().carry(chat(address), CTX)
    assert (outcome.kind, outcome.code, outcome.misconfigured) == ("failed", "address", False)


def test_the_schemes_allowed_have_no_hosts_in_their_urls() -> None:
    """And they are Apprise's: a misspelt one would allow nothing."""
    import apprise

    known = {}
    for one in apprise.Apprise().details(show_disabled=True)["schemas"]:
        for scheme in (*(one["protocols"] or ()), *(one["secure_protocols"] or ())):
            known[scheme] = one["details"]["tokens"]
    assert SCHEMES - set(known) <= {"lark"}  # apprise 1.8 does not have it yet
    assert [scheme for scheme in SCHEMES if "host" in known.get(scheme, ())] == []


def test_a_url_of_the_host_that_cannot_be_read_is_the_hosts_to_mend() -> None:
    outcome = Apprise("nosuch://host/{address}").carry(chat(), CTX)
    assert (outcome.kind, outcome.misconfigured) == ("retry", True)


@pytest.mark.parametrize("url", ["tgram://TOKEN-1", "{address}", "{address}://TOKEN-1", "/TOKEN-1/{address}"])
def test_a_url_without_a_place_or_scheme_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="no place for the address") as caught:
        Apprise(url)
    assert "TOKEN-1" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["json://{address}", "json://{address}/x", "json://a@{address}?x=1", "mailto://{address}"]
)
def test_an_address_is_no_host(url: str) -> None:
    with pytest.raises(ConfigurationError, match="which host"):
        Apprise(url)
    Apprise(url, schemes=["json", "mailto"])
    Apprise("pover://{address}@TOKEN-1")


@pytest.mark.parametrize("schemes", ["discord", ["discord://"], [""]])
def test_schemes_are_names(schemes: list[str] | str) -> None:
    with pytest.raises(ConfigurationError, match="schemes are names"):
        Apprise(schemes=schemes)


@pytest.mark.parametrize("status", [200, 500])
def test_nothing_is_logged_within_a_call_and_all_of_it_without(
    far_end: FarEnd, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    far_end.status = status
    caplog.set_level(1, "apprise")
    caplog.set_level(1, "urllib3")
    transport = Apprise(f"{far_end.url}/TOKEN-1/{{address}}")
    transport.carry(chat(), CTX)
    transport.carry(replace(chat(), address="/"), CTX)
    Apprise().carry(chat("discord://"), CTX)
    assert caplog.records == []
    logging.getLogger("apprise").warning("the host's own")
    assert [one.message for one in caplog.records] == ["the host's own"]


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(MissingExtra, match=r'pip install "unichannel\[apprise\]"'):
        Apprise()


def test_a_channel_of_its_own() -> None:
    make: Callable[..., Apprise] = Apprise
    assert make(channel="discord", name="d").channels == {"discord"}
    assert repr(make("tgram://TOKEN-1/{address}")) == "Apprise('apprise')"

"""SMTP against a real server on loopback: what is accepted, refused, dead, and what is in doubt."""

from __future__ import annotations

import asyncio
import email
import email.header
import email.policy
import email.utils
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from typing import Any

import aiosmtpd.smtp
import pytest
import trustme
from hypothesis import given, settings
from hypothesis import strategies as st

from unichannel.core.messaging.content import Email, Sms
from unichannel.core.messaging.content.base import BREAK
from unichannel.core.messaging.link import key_of_message_id
from unichannel.errors import ConfigurationError
from unichannel.ports import Context, Outbound, Outcome
from unichannel.testing.conformance.transport import TransportConformance
from unichannel.transports.mime import compose
from unichannel.transports.smtp import Smtp

KEY = "AAAA-AAAAAAA_AAAAAAAAAAA"
CTX = Context(1_894_179_600_000_000, bytes)  # 2030-01-09 09:00:00 UTC
SENDER = "The App <app@sender.example>"
USER, PASSWORD = "us:er@x", "p@ss/%"
LOGIN = "us%3Aer%40x:p%40ss%2F%25@"


def mail(address: str = "ada@example.com", headers: tuple[tuple[str, str], ...] = (), **content: str) -> Outbound:
    body = Email(**{"subject": "Welcome", "text": "Hello", **content})
    return Outbound(KEY, "email", address, body, "welcome", "onboarding", headers=headers)


class Server:
    """aiosmtpd in a thread; ``script`` maps a stage to replies to give before its own.

    A reply is a text, or "drop" (the connection breaks), or "hang" (nothing is said).
    """

    def __init__(self, **options: Any) -> None:
        self.script: dict[str, list[str]] = {}
        self.seen: list[tuple[str, list[str], bytes, list[str]]] = []
        self.connections, self.secure, self.users = 0, [], []
        self.asked: list[str] = []
        tls = options.pop("ssl", None)
        options.setdefault("enable_SMTPUTF8", True)
        options.setdefault("hostname", "mx.example")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

        kind = options.pop("kind", aiosmtpd.smtp.SMTP)

        def protocol() -> aiosmtpd.smtp.SMTP:
            self.connections += 1
            made: aiosmtpd.smtp.SMTP = kind(self, loop=self._loop, timeout=30, **options)
            return made

        self._server = self._run(self._loop.create_server(protocol, "127.0.0.1", 0, ssl=tls))
        self.port = self._server.sockets[0].getsockname()[1]

    def _run(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)

    def hang_up(self) -> None:
        """Break every connection and wait until they are gone."""

        async def hang_up() -> None:
            mine = asyncio.current_task()
            tasks = [task for task in asyncio.all_tasks() if task is not mine]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.sleep(0)

        self._run(hang_up())

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._server.close)
        self.hang_up()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _say(self, stage: str, server: Any, default: str) -> str:
        reply = self.script.get(stage, []).pop(0) if self.script.get(stage) else default
        if reply == "drop":
            server.transport.abort()
            return "250 never seen"
        if reply == "hang":
            await asyncio.Event().wait()
        return reply

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802
        reply = await self._say("mail", server, "250 OK")
        if reply.startswith("2"):
            envelope.mail_from, envelope.mail_options = address, options
        return reply

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        reply = await self._say("rcpt", server, "250 OK")
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_RSET(self, server, session, envelope):  # noqa: N802
        return await self._say("rset", server, "250 OK")

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.seen.append((envelope.mail_from, envelope.rcpt_tos, envelope.original_content, envelope.mail_options))
        self.secure.append(session.ssl is not None or server.transport.get_extra_info("ssl_object") is not None)
        return await self._say("data", server, "250 2.0.0 queued")

    def authenticate(self, server, session, envelope, mechanism, data):
        self.users.append((data.login, data.password))
        good = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return aiosmtpd.smtp.AuthResult(success=good, handled=good)

    def read(self, n: int = -1) -> EmailMessage:
        return email.message_from_bytes(self.seen[n][2], policy=email.policy.default)  # type: ignore[return-value]


class ReportingServer(Server):
    """One that says it takes DSN's parameters (RFC 3461)."""

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802
        session.host_name = hostname
        return [*responses[:-1], "250-DSN", responses[-1]]


class Reporting(aiosmtpd.smtp.SMTP):
    """Takes DSN's parameters, which aiosmtpd does not know; ``asked`` are those that it was given."""

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802
        await super().smtp_MAIL(self._without(arg))

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802
        await super().smtp_RCPT(self._without(arg))

    def _without(self, arg: str | None) -> str:
        words = (arg or "").split()
        ours = [one for one in words if one.partition("=")[0] in ("RET", "ENVID", "NOTIFY")]
        self.event_handler.asked += ours
        return " ".join(one for one in words if one not in ours)


def text_of(part: Any) -> str:
    return str(part.get_content()).replace("\r\n", "\n")


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def serve(make: type[Server] = Server, **options: Any) -> Server:
        servers.append(make(**options))
        return servers[-1]

    yield serve
    for server in servers:
        server.stop()


@pytest.fixture
def server(serve) -> Server:
    return serve()


@pytest.fixture
def to(serve) -> Iterator[Callable[..., Smtp]]:  # depends on serve: connections end before their server
    made: list[Smtp] = []

    def to(server: Any, scheme: str = "smtp", login: str = "", **more: Any) -> Smtp:
        port = server if isinstance(server, int) else server.port
        given = {"sender": SENDER, "timeout": 10.0, **more}
        made.append(Smtp(f"{scheme}://{login}127.0.0.1:{port}", **given))
        return made[-1]

    yield to
    for transport in made:
        transport.close()


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def theirs(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


class TestConformance(TransportConformance):
    @pytest.fixture
    def server(self, serve) -> Server:
        found: Server = serve(auth_require_tls=False)
        found.authenticator = found.authenticate  # type: ignore[attr-defined]
        return found

    @pytest.fixture
    def transport(self, server: Server, to) -> Smtp:
        made: Smtp = to(server)
        return made

    @pytest.fixture
    def outbound(self) -> Outbound:
        return mail(subject="Welcome, Ada 🎉", html="<p>Hello, Ada</p>")

    @pytest.fixture
    def keys(self, server: Server):
        return lambda: [server.read(n)["X-Unichannel-Key"] for n in range(len(server.seen))]


class TestReports:
    def test_a_server_that_reports_is_asked_to_by_our_key(self, serve, to) -> None:
        """RFC 3461: failures and delays, by an envelope of our key, without the text."""
        server = serve(ReportingServer, kind=Reporting)
        assert to(server).carry(mail(), CTX).kind == "accepted"
        assert server.asked == ["RET=HDRS", f"ENVID={KEY}", "NOTIFY=FAILURE,DELAY"]

    def test_a_server_that_does_not_is_asked_nothing(self, server, to) -> None:
        assert to(server).carry(mail(), CTX).kind == "accepted"
        assert server.asked == []


class TestWriting:
    def test_both_bodies_come_back(self, server, to) -> None:
        text, html = "Été à Noël\n.\n..dots\nFrom me\n" + "long " * 300, "<p>Ça va 🎉</p>"
        outcome = to(server).carry(mail(subject="Été 🎉", text=text, html=html, reply_to="Help <help@x.example>"), CTX)
        name = f"<{KEY}.unichannel@sender.example>"
        assert outcome == Outcome.accepted(name)
        sender, recipients, raw, _ = server.seen[0]
        assert (sender, recipients) == ("app@sender.example", ["ada@example.com"])
        assert raw.isascii()
        assert max(map(len, raw.split(b"\r\n"))) <= 998
        message = server.read()
        assert message["Subject"] == "Été 🎉"
        assert (message["From"], message["To"], message["Reply-To"]) == (
            SENDER,
            "ada@example.com",
            "Help <help@x.example>",
        )
        assert message["Message-ID"] == name
        assert key_of_message_id(message["Message-ID"]) == KEY
        assert message["X-Unichannel-Key"] == KEY
        assert message["Date"].datetime.isoformat() == "2030-01-09T09:00:00+00:00"
        assert message.get_content_type() == "multipart/alternative"
        plain, rich = message.iter_parts()
        assert text_of(plain) == text + "\n"
        assert (rich.get_content_type(), text_of(rich)) == ("text/html", html + "\n")

    @pytest.mark.parametrize(("text", "html", "kind"), [("Été", "", "text/plain"), ("", "<b>É</b>", "text/html")])
    def test_one_body_is_not_multipart(self, server, to, text, html, kind) -> None:
        to(server).carry(mail(text=text, html=html), CTX)
        message = server.read()
        assert message.get_content_type() == kind
        assert text_of(message) == (text or html) + "\n"

    def test_the_content_names_its_own_sender(self, server, to) -> None:
        outcome = to(server).carry(mail(sender="Zoë, of the shop <zoe@shop.example>"), CTX)
        assert outcome.provider_id == f"<{KEY}.unichannel@shop.example>"
        assert server.seen[0][0] == "zoe@shop.example"
        assert server.read()["From"].addresses[0].display_name == "Zoë, of the shop"

    @pytest.mark.parametrize("name", ["Zoë " * 40, "Ada " * 60, 'A "quoted", name', "日本" * 60])
    def test_any_name_of_a_sender(self, server, to, name) -> None:
        assert to(server).carry(mail(sender=f"{name} <zoe@shop.example>"), CTX).kind == "accepted"
        # Read by email.header: Python 3.11's newer parser leaves a space between two encoded words of a name.
        shown = email.header.decode_header(email.message_from_bytes(server.seen[0][2])["From"])
        words = "".join(word.decode(code or "ascii") if isinstance(word, bytes) else word for word, code in shown)
        words = " ".join(words.split())
        assert email.utils.parseaddr(words) == (name.strip(), "zoe@shop.example") or words.startswith(name.strip())
        head = server.seen[0][2].partition(b"\r\n\r\n")[0]
        assert max(map(len, head.split(b"\r\n"))) <= 78

    def test_the_domain_of_the_message_id_can_be_set(self, server, to) -> None:
        outcome = to(server, domain="mail.example").carry(mail(), CTX)
        assert outcome.provider_id == f"<{KEY}.unichannel@mail.example>"

    def test_a_long_header_stays_as_it_is(self, server, to) -> None:
        value = f"<https://u.example/{'a' * 200}>, <mailto:{'b' * 80}@u.example?subject=unsubscribe>"
        to(server).carry(mail(headers=(("List-Unsubscribe", value), ("X-Note", "Été"))), CTX)
        assert value.split(",")[0].encode() in server.seen[0][2]
        assert server.read()["List-Unsubscribe"] == value
        assert server.read()["X-Note"] == "Été"

    def test_nothing_can_be_put_into_the_head(self, server, to) -> None:
        evil = "x\r\nBcc: eve@evil.example\r\n\r\nbody"
        outbound = mail(headers=(("X-A", evil),))
        object.__setattr__(outbound.content, "subject", evil)  # an Email itself refuses it
        assert to(server).carry(outbound, CTX).kind == "accepted"
        assert server.read()["Bcc"] is None
        assert server.read()["Subject"] == "x Bcc: eve@evil.example body"
        assert text_of(server.read()) == "Hello\n"

    @pytest.mark.parametrize("headers", [(("X A", "x"),), (("X:", "x"),), (("", "x"),), (("Subject", "x"),)])
    def test_a_header_that_cannot_be_is_refused(self, server, to, headers) -> None:
        assert to(server).carry(mail(headers=headers), CTX).code == "content"
        assert server.connections == 0

    def test_a_second_attempt_is_the_same(self) -> None:
        one, two = (compose(mail(html="<p>é</p>"), mail(html="<p>é</p>").content, SENDER, "", CTX.now) for _ in "ab")
        assert one == two

    @given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=200), st.text(st.characters(codec="utf-8")))
    @settings(deadline=None)
    def test_any_subject_and_text_can_be_read_back(self, subject: str, text: str) -> None:
        if not subject.strip() or BREAK.search(subject):
            return  # an Email refuses it
        outbound = mail(subject=subject, text=f"{text}.")
        raw = compose(outbound, outbound.content, SENDER, "", CTX.now).body
        message = email.message_from_bytes(raw, policy=email.policy.default)
        lines = raw.split(b"\r\n")
        assert not any(b"\n" in line or b"\r" in line for line in lines)
        assert max(map(len, lines)) <= 998
        shown = "".join(c for c in " ".join(subject.split()) if ord(c) > 31 and ord(c) != 127)
        assert message["Subject"].split() == shown.split()
        assert message.get_content().splitlines() == f"{text}.".splitlines()  # type: ignore[attr-defined]


class TestAddresses:
    def test_a_foreign_domain_goes_in_ascii(self, server, to) -> None:
        assert to(server).carry(mail("ada@faß.de"), CTX).kind == "accepted"
        assert server.seen[0][1] == ["ada@xn--fa-hia.de"]

    def test_a_foreign_mailbox_asks_for_smtputf8(self, server, to) -> None:
        assert to(server).carry(mail("josé@example.com", subject="Été"), CTX).kind == "accepted"
        assert server.seen[0][1] == ["josé@example.com"]
        assert {"SMTPUTF8", "BODY=8BITMIME"} <= set(server.seen[0][3])
        assert "To: josé@example.com".encode() in server.seen[0][2]
        assert server.read()["Subject"] == "Été"

    def test_a_foreign_mailbox_and_an_old_server(self, serve, to) -> None:
        outcome = to(serve(enable_SMTPUTF8=False)).carry(mail("josé@example.com"), CTX)
        assert (outcome.kind, outcome.code, outcome.address) == ("failed", "5.6.7", "")

    @pytest.mark.parametrize("address", ["ada", "a@b@c", "ada@x.example\r\nRCPT TO:<eve@x>", "", "<>", "a b@c.example"])
    def test_what_is_no_mailbox_is_never_sent(self, server, to, address) -> None:
        outcome = to(server).carry(mail(address), CTX)
        assert (outcome.kind, outcome.code, server.connections) == ("failed", "address", 0)

    def test_no_sender_at_all(self, server, to) -> None:
        outcome = to(server, sender="").carry(mail(), CTX)
        assert (outcome.kind, outcome.code) == ("retry", "configuration")

    def test_a_sender_that_is_none(self, server, to) -> None:
        assert to(server).carry(mail(sender="nobody"), CTX).code == "sender"

    def test_another_content(self, server, to) -> None:
        sms = Outbound(KEY, "email", "ada@example.com", Sms("x"), "m", "c")
        assert (to(server).carry(sms, CTX).kind, to(server).carry(sms, CTX).code) == ("failed", "content")


REPLIES = [
    ("rcpt", "550 5.1.1 <ada@example.com>: no such user ada", "failed", "5.1.1", "dead"),
    ("rcpt", "550 No such user", "failed", "550", "dead"),
    ("rcpt", "550 5.1.10 null MX", "failed", "5.1.10", "dead"),
    ("data", "550 5.1.1 no such user", "failed", "5.1.1", "dead"),
    ("rcpt", "550 5.7.1 relaying denied", "failed", "5.7.1", ""),
    ("rcpt", "550 5.2.1 mailbox disabled", "failed", "5.2.1", ""),
    ("rcpt", "552 5.2.2 mailbox full", "failed", "5.2.2", ""),
    ("rcpt", "550 5.1.8 bad sender", "failed", "5.1.8", ""),
    ("rcpt", "553 mailbox name not allowed", "failed", "553", ""),
    ("rcpt", "550 5.10.1 not 5.1.0", "failed", "5.10.1", ""),
    ("mail", "550 5.1.0 sender denied", "failed", "5.1.0", ""),
    ("mail", "550 sender denied", "failed", "550", ""),
    ("data", "550 spam", "failed", "550", ""),
    ("data", "554 5.7.1 spam", "failed", "5.7.1", ""),
    ("mail", "451 4.3.0 later", "retry", "4.3.0", ""),
    ("mail", "421 too many", "retry", "421", ""),
    ("rcpt", "450 4.2.0 greylisted", "retry", "4.2.0", ""),
    ("rcpt", "451 greylisted", "retry", "451", ""),
    ("data", "452 4.3.1 no space", "retry", "4.3.1", ""),
    ("data", "421 4.3.2 going down", "retry", "4.3.2", ""),
    ("mail", "530 5.7.0 Authentication required", "retry", "auth", ""),
    ("rcpt", "530 5.7.0 Must issue STARTTLS first", "retry", "auth", ""),
    ("data", "354 go on?", "in_doubt", "protocol", ""),
    ("mail", "drop", "retry", "unreachable", ""),
    ("rcpt", "drop", "retry", "unreachable", ""),
    ("data", "drop", "in_doubt", "timeout", ""),
]


class TestReplies:
    @pytest.mark.parametrize(("stage", "reply", "kind", "code", "address"), REPLIES)
    def test_what_a_reply_amounts_to(self, server, to, stage, reply, kind, code, address) -> None:
        """PITFALLS P1, P33: after the final dot, silence is doubt; before it, nothing was accepted."""
        server.script[stage] = [reply]
        transport = to(server)
        outcome = transport.carry(mail(), CTX)
        assert (outcome.kind, outcome.code, outcome.address) == (kind, code, address)
        assert "ada" not in repr(outcome)
        assert "@" not in outcome.reason
        assert transport.carry(mail(), CTX).kind == "accepted", "the next one is not held up"

    def test_several_lines(self, server, to) -> None:
        server.script["rcpt"] = ["550-5.1.1 no such user\r\n550 5.1.1 see https://x.example"]
        outcome = to(server).carry(mail(), CTX)
        assert (outcome.code, outcome.address) == ("5.1.1", "dead")
        assert "https://x.example" in outcome.reason

    @pytest.mark.parametrize(("stage", "kind"), [("mail", "retry"), ("rcpt", "retry"), ("data", "in_doubt")])
    def test_silence(self, server, to, stage, kind) -> None:
        server.script[stage] = ["hang"]
        transport = to(server, timeout=0.4)
        assert transport.carry(mail(), CTX).kind == kind
        assert len(server.seen) == (1 if stage == "data" else 0), "never said twice by itself"

    def test_the_message_id_of_a_doubt_is_known(self, server, to) -> None:
        server.script["data"] = ["drop"]
        assert to(server).carry(mail(), CTX).provider_id == f"<{KEY}.unichannel@sender.example>"


class Parrot:
    """A server that says what it is told, line by line, and then hangs up."""

    def __init__(self, *replies: bytes) -> None:
        self.heard: list[bytes] = []
        self._replies = replies
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._talk)
        self._thread.start()

    def _talk(self) -> None:
        connection, _ = self._socket.accept()
        with connection, connection.makefile("rwb") as file:
            for reply in self._replies:
                file.write(reply)
                file.flush()
                self.heard.append(file.readline())

    def stop(self) -> None:
        self._thread.join(10)
        self._socket.close()


@pytest.fixture
def parrot() -> Iterator[Callable[..., Parrot]]:
    parrots: list[Parrot] = []

    def parrot(*replies: bytes) -> Parrot:
        parrots.append(Parrot(*replies))
        return parrots[-1]

    yield parrot
    for one in parrots:
        one.stop()


class TestConnecting:
    def test_nobody_listens(self, to) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            outcome = to(free.getsockname()[1]).carry(mail(), CTX)
        assert outcome == Outcome.retry("unreachable", "the server cannot be reached: ConnectionRefusedError")

    def test_no_such_host(self) -> None:
        outcome = Smtp("smtp://nowhere.invalid", sender=SENDER).carry(mail(), CTX)
        assert (outcome.kind, outcome.code) == ("retry", "unreachable")

    @pytest.mark.parametrize("greeting", [b"421 busy\r\n", b"554 no\r\n"])
    def test_a_greeting_that_refuses(self, parrot, to, greeting) -> None:
        outcome = to(parrot(greeting)).carry(mail(), CTX)
        assert (outcome.kind, outcome.code) == ("retry", greeting[:3].decode())

    def test_a_greeting_that_is_none(self, parrot, to) -> None:
        assert to(parrot(b"HTTP/1.1 400 Bad Request\r\n")).carry(mail(), CTX).kind == "retry"

    def test_a_reply_without_end_is_no_refusal(self, parrot, to) -> None:
        outcome = to(parrot(b"220 hi\r\n", b"250 me\r\n", b"550 " + b"x" * 10_000 + b"\r\n")).carry(mail(), CTX)
        assert (outcome.kind, outcome.code) == ("retry", "unreachable")

    def test_a_connection_is_kept(self, server, to) -> None:
        transport = to(server)
        assert {transport.carry(mail(), CTX).kind for _ in range(5)} == {"accepted"}
        assert server.connections == 1

    def test_a_kept_connection_that_died_is_replaced(self, server, to) -> None:
        transport = to(server)
        transport.carry(mail(), CTX)
        server.hang_up()
        assert transport.carry(mail(), CTX).kind == "accepted"
        assert server.connections == 2

    def test_a_kept_connection_that_is_refused_is_replaced(self, server, to) -> None:
        transport = to(server)
        transport.carry(mail(), CTX)
        server.script["rset"] = ["421 idle too long"]
        assert transport.carry(mail(), CTX).kind == "accepted"
        assert server.connections == 2

    def test_a_refused_message_leaves_nothing_to_the_next(self, server, to) -> None:
        transport = to(server)
        server.script["rcpt"] = ["550 5.1.1 no"]
        transport.carry(mail("dead@example.com"), CTX)
        transport.carry(mail(), CTX)
        assert [recipients for _, recipients, _, _ in server.seen] == [["ada@example.com"]]
        assert server.connections == 1

    def test_each_thread_has_a_connection_of_its_own(self, server, to) -> None:
        transport = to(server)
        people = [f"p{n}@example.com" for n in range(40)]
        with ThreadPoolExecutor(4) as pool:
            outcomes = list(pool.map(lambda person: transport.carry(mail(person), CTX), people))
        assert {outcome.kind for outcome in outcomes} == {"accepted"}
        assert sorted(recipients for _, recipients, _, _ in server.seen) == sorted([person] for person in people)
        assert server.connections <= 4

    def test_closing_takes_leave_and_opens_anew(self, server, to) -> None:
        transport = to(server)
        transport.carry(mail(), CTX)
        transport.close()
        asyncio.run(transport.close_async())
        assert asyncio.run(transport.carry_async(mail(), CTX)).kind == "accepted"
        assert server.connections == 2

    def test_the_bound_of_a_call(self, server, to) -> None:
        assert to(server, timeout=7).longest_call == 14

    def test_look_up(self, server, to) -> None:
        assert to(server).look_up(mail(), CTX).kind == "in_doubt"
        assert asyncio.run(to(server).look_up_async(mail(), CTX)).kind == "in_doubt"


class TestTls:
    def test_starttls_where_it_is_offered(self, serve, to, theirs, trusting) -> None:
        server = serve(tls_context=theirs)
        assert to(server, tls=trusting).carry(mail(), CTX).kind == "accepted"
        assert server.secure == [True]

    def test_a_local_relay_may_have_any_certificate(self, serve, to, theirs) -> None:
        server = serve(tls_context=theirs)
        assert to(server).carry(mail(), CTX).kind == "accepted"
        assert server.secure == [True]

    def test_starttls_as_asked(self, serve, to, theirs, trusting) -> None:
        server = serve(tls_context=theirs, require_starttls=True)
        assert to(server, "smtp+starttls", tls=trusting).carry(mail(), CTX).kind == "accepted"
        assert server.secure == [True]

    def test_starttls_that_is_not_offered(self, server, to) -> None:
        outcome = to(server, "smtp+starttls").carry(mail(), CTX)
        assert (outcome.kind, outcome.code) == ("retry", "configuration")
        assert server.seen == []

    def test_starttls_that_fails(self, parrot, to) -> None:
        far = parrot(b"220 hi\r\n", b"250-me\r\n250 STARTTLS\r\n", b"454 4.7.0 not now\r\n")
        assert to(far).carry(mail(), CTX).kind == "retry"

    @pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
    def test_a_certificate_by_nobody(self, serve, to, theirs, scheme) -> None:
        server = serve(ssl=theirs) if scheme == "smtps" else serve(tls_context=theirs)
        outcome = to(server, scheme).carry(mail(), CTX)
        assert (outcome.kind, outcome.code) == ("retry", "tls")

    def test_tls_from_the_start(self, serve, to, theirs, trusting) -> None:
        server = serve(ssl=theirs)
        transport = to(server, "smtps", tls=trusting)
        assert [transport.carry(mail(), CTX).kind for _ in range(2)] == ["accepted"] * 2
        assert (server.secure, server.connections) == ([True, True], 1)


class TestCredentials:
    def test_over_tls(self, serve, to, theirs, trusting) -> None:
        box: list[Server] = []
        server = serve(tls_context=theirs, authenticator=lambda *rest: box[0].authenticate(*rest))
        box.append(server)
        assert to(server, login=LOGIN, tls=trusting).carry(mail(), CTX).kind == "accepted"
        assert server.users == [(USER.encode(), PASSWORD.encode())]
        assert server.secure == [True]

    def test_wrong_ones_lose_nobody(self, serve, to, theirs, trusting) -> None:
        server = serve(
            tls_context=theirs, authenticator=lambda *_: aiosmtpd.smtp.AuthResult(success=False, handled=False)
        )
        outcome = to(server, login="u:secret@", tls=trusting).carry(mail(), CTX)
        assert (outcome.kind, outcome.code, outcome.address) == ("retry", "auth", "")
        assert "secret" not in repr(outcome)

    def test_a_server_without_login(self, server, to) -> None:
        assert to(server, login="u:p@").carry(mail(), CTX).code == "configuration"

    def test_on_loopback_they_may_go_in_the_clear(self, serve, to) -> None:
        result = aiosmtpd.smtp.AuthResult(success=True)
        server = serve(authenticator=lambda *_: result, auth_require_tls=False)
        assert to(server, login="u:p@").carry(mail(), CTX).kind == "accepted"

    def test_to_another_machine_they_never_do(self, serve, to, monkeypatch) -> None:
        users: list[object] = []
        server = serve(authenticator=lambda *rest: users.append(rest), auth_require_tls=False)
        real = socket.create_connection

        def elsewhere(address: tuple[str, int], *rest: Any, **more: Any) -> socket.socket:
            return real(("127.0.0.1", address[1]), *rest, **more)

        monkeypatch.setattr(socket, "create_connection", elsewhere)
        transport = Smtp(f"smtp://u:p@mx.example:{server.port}", sender=SENDER)
        outcome = transport.carry(mail(), CTX)
        assert (outcome.kind, outcome.code) == ("retry", "configuration")
        assert (users, server.seen) == ([], [])

    def test_never_in_a_repr(self) -> None:
        transport = Smtp("smtps://user:s3cret@mx.example", sender=SENDER, name="relay")
        assert repr(transport) == "Smtp('relay', 'smtps://mx.example:465')"
        assert "s3cret" not in repr(vars(transport))


class TestSettings:
    @pytest.mark.parametrize(
        "url",
        [
            "",
            "localhost:25",
            "http://x.example",
            "smtp://",
            "smtp://:25",
            "smtp://x.example:port",
            "smtp://x.example:99999",
            "smtp://user@x.example",
            "smtp://:s3cret@x.example",
            "smtp://user:s3cret/x@x.example",
            "smtp://x.example/path",
            "smtp://x.example?tls=1",
            "smtp://user:s3cr%FFet@x.example",
            "smtp://user:s3cretö@x.example",
            "smtp://[::1",
        ],
    )
    def test_a_url_that_cannot_be_read(self, url) -> None:
        with pytest.raises(ConfigurationError) as caught:
            Smtp(url)
        assert "s3cr" not in str(caught.value)
        assert caught.value.__suppress_context__ or caught.value.__context__ is None

    @pytest.mark.parametrize(
        ("url", "shown"),
        [
            ("smtp://x.example", "smtp://x.example:25"),
            ("smtp+starttls://x.example/", "smtp+starttls://x.example:587"),
            ("smtps://x.example", "smtps://x.example:465"),
            ("smtp://localhost:2525", "smtp://localhost:2525"),
        ],
    )
    def test_ports(self, url, shown) -> None:
        assert shown in repr(Smtp(url))

    def test_a_sender_that_is_none(self) -> None:
        with pytest.raises(ConfigurationError):
            Smtp("smtp://x.example", sender="nobody")

    def test_what_the_route_says(self) -> None:
        transport = Smtp("smtp://x.example", channel="letter", name="relay", reports={"opened"})
        assert (transport.name, transport.channels, transport.blocking) == ("relay", {"letter"}, True)
        assert transport.abilities.reports == {"opened"}

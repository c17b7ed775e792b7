"""The HTTP transport: what is repeated, what is in doubt, and what the codec gets to see.

The far end is respx, or a real server on loopback where the fault itself is the point.
"""

from __future__ import annotations

import asyncio
import http.server
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
import respx

from unichannel.core.messaging.content import Content, Sms
from unichannel.errors import BadSignature, ConfigurationError, UnavailableError
from unichannel.ports import Abilities, Answer, Context, Conversation, Outbound, Outcome, Receipt, Received, Request
from unichannel.testing.conformance.transport import TransportConformance
from unichannel.transports.http import HttpTransport

KEY = "AAAAAAAAAAAAAAAAAAAAAAAA"
NOW = 1_894_179_600_000_000  # 2030-01-09 09:00:00 UTC, a Wednesday
URL = "https://api.toy.example"
OUTBOUND = Outbound(KEY, "sms", "+33612345678", Sms("Hello"), "hi", "news")


class Toy:
    """A codec with one request; ``token`` adds a safe one before it."""

    name = "toy"
    channels = frozenset({"sms"})

    def __init__(self, url: str = URL, *, keyed: bool = False, token: bool = False, looks_up: bool = True) -> None:
        self.url, self.token = url, token
        self.abilities = Abilities(frozenset({"delivered"}), 3600 if keyed else None, looks_up)
        self.closed = 0

    def send(self, outbound: Outbound, ctx: Context) -> Conversation[Outcome]:
        try:
            if self.token and "token" not in ctx.tokens:
                answer = yield httpx.Request("POST", f"{self.url}/token", extensions={"safe": True})
                ctx.tokens["token"] = (answer.json()["token"], 0)
            body = {"to": outbound.address, "text": self.text(outbound.content)}
            answer = yield httpx.Request(
                "POST", f"{self.url}/send", json=body, headers={"Idempotency-Key": outbound.key}
            )
            return self.read(answer)
        finally:
            self.closed += 1

    def text(self, content: Content) -> str:
        return content.text  # type: ignore[attr-defined,no-any-return]

    def read(self, answer: httpx.Response) -> Outcome:
        if answer.status_code == 409:
            return Outcome.retry("409")
        if answer.status_code >= 300:
            return Outcome.failed(str(answer.status_code))
        return Outcome.accepted(answer.json()["id"])

    def look_up(self, outbound: Outbound, ctx: Context) -> Conversation[Outcome | None]:
        answer = yield httpx.Request("GET", f"{self.url}/find")
        return Outcome.accepted(answer.json()["id"]) if answer.status_code == 200 else None

    def receive(self, request: Request, ctx: Context) -> Conversation[Received]:
        if request.header("signature") != "good":
            raise BadSignature("toy: the signature is wrong.", thing="toy")
        if request.url.endswith("/subscribe"):
            yield httpx.Request("GET", f"{self.url}/confirm")
        return Received((Receipt(request.body.decode(), ctx.now),), Answer(200))


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    async def sleep_async(self, seconds: float) -> None:
        self.sleep(seconds)


def context() -> Context:
    return Context(NOW, bytes)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def build(time: Time) -> Iterator[Callable[..., HttpTransport]]:
    made: list[HttpTransport] = []

    def build(codec: Any = None, **more: Any) -> HttpTransport:
        given = {"sleep": time.sleep, "sleep_async": time.sleep_async, "clock": time, "wait": lambda _: 1.0}
        made.append(HttpTransport(codec or Toy(), **{**given, **more}))
        return made[-1]

    yield build
    for transport in made:
        transport.close()


@pytest.fixture
def far() -> Iterator[respx.MockRouter]:
    with respx.mock(base_url=URL, assert_all_called=False) as router:
        yield router


@pytest.fixture(params=["sync", "async"])
def ask(request: pytest.FixtureRequest) -> Callable[[HttpTransport, str], Any]:
    """Calls a method of the transport by either of its faces."""

    def ask(transport: HttpTransport, method: str = "carry", asked: Any = OUTBOUND) -> Any:
        if request.param == "sync":
            return getattr(transport, method)(asked, context())

        async def run() -> Any:
            try:
                return await getattr(transport, f"{method}_async")(asked, context())
            finally:
                await transport.close_async()

        return asyncio.run(run())

    return ask


class TestConformance(TransportConformance):
    @pytest.fixture
    def route(self) -> Iterator[respx.Route]:
        with respx.mock(base_url=URL, assert_all_called=False) as router:
            yield router.post("/send").respond(json={"id": "t1"})

    @pytest.fixture
    def transport(self, route: respx.Route) -> Iterator[HttpTransport]:
        transport = HttpTransport(Toy(looks_up=False))
        yield transport
        transport.close()

    @pytest.fixture
    def outbound(self) -> Outbound:
        return OUTBOUND

    @pytest.fixture
    def keys(self, route: respx.Route) -> Callable[[], list[str]]:
        return lambda: [call.request.headers["Idempotency-Key"] for call in route.calls]


class TestAnswers:
    def test_the_codec_reads_what_was_accepted(self, build, far, ask) -> None:
        far.post("/send").respond(json={"id": "t1"})
        codec = Toy()
        assert ask(build(codec)) == Outcome.accepted("t1")
        assert codec.closed == 1

    @pytest.mark.parametrize("status", [301, 302, 400, 401, 403, 404, 408, 422])
    def test_the_codec_reads_every_refusal(self, build, far, ask, time, status) -> None:
        route = far.post("/send").respond(status, headers={"Location": f"{URL}/elsewhere"})
        assert ask(build()) == Outcome.failed(str(status))
        assert route.call_count == 1
        assert time.slept == []

    def test_names_itself_and_sends_no_cookies(self, build, far) -> None:
        route = far.post("/send").respond(json={"id": "t1"}, headers={"Set-Cookie": "a=b"})
        transport = build()
        transport.carry(OUTBOUND, context())
        transport.carry(OUTBOUND, context())
        assert route.calls.last.request.headers["User-Agent"] == "unichannel"
        assert "Cookie" not in route.calls.last.request.headers

    def test_a_compressed_answer_is_read(self, build, far, ask) -> None:
        import gzip

        far.post("/send").respond(content=gzip.compress(b'{"id": "z"}'), headers={"Content-Encoding": "gzip"})
        assert ask(build()) == Outcome.accepted("z")


class TestShortRetries:
    @pytest.mark.parametrize("status", [429, 503])
    def test_what_was_not_accepted_is_repeated(self, build, far, ask, time, status) -> None:
        route = far.post("/send").mock(side_effect=[httpx.Response(status), httpx.Response(200, json={"id": "t"})])
        assert ask(build()) == Outcome.accepted("t")
        assert route.call_count == 2
        assert time.slept == [1.0]

    @pytest.mark.parametrize("fault", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError])
    def test_no_connection_is_a_retry(self, build, far, ask, time, fault) -> None:
        route = far.post("/send").mock(side_effect=fault("to +33612345678"))
        outcome = ask(build())
        assert (outcome.kind, outcome.code) == ("retry", "unreachable")
        assert route.call_count == 3
        assert "+33" not in repr(outcome)

    @pytest.mark.parametrize("status", [429, 503])
    def test_busy_to_the_end_is_a_retry(self, build, far, ask, status) -> None:
        far.post("/send").respond(status)
        assert ask(build()) == Outcome.retry(str(status), f"the provider answered {status}")

    @pytest.mark.parametrize("fault", [httpx.ReadTimeout, httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError])
    def test_p1_silence_is_never_repeated(self, build, far, ask, fault) -> None:
        """PITFALLS P1, P33: a time-out never means "not accepted"."""
        route = far.post("/send").mock(side_effect=fault("x"))
        outcome = ask(build())
        assert outcome.kind == "in_doubt"
        assert outcome.code == ("timeout" if fault is httpx.ReadTimeout else "broken")
        assert route.call_count == 1

    @pytest.mark.parametrize("status", [500, 502, 504, 520])
    def test_p1_a_broken_server_is_never_asked_again(self, build, far, ask, status) -> None:
        route = far.post("/send").respond(status)
        assert ask(build()) == Outcome.in_doubt(str(status), f"the provider answered {status}")
        assert route.call_count == 1

    @pytest.mark.parametrize("fault", [httpx.ReadTimeout("x"), httpx.Response(500), httpx.Response(502)])
    def test_with_a_key_anything_is_repeated(self, build, far, ask, fault) -> None:
        route = far.post("/send").mock(side_effect=[fault, httpx.Response(200, json={"id": "t"})])
        assert ask(build(Toy(keyed=True))) == Outcome.accepted("t")
        assert {call.request.headers["Idempotency-Key"] for call in route.calls} == {KEY}
        assert route.call_count == 2

    @pytest.mark.parametrize("last", [httpx.ConnectError("x"), httpx.Response(503), httpx.Response(409)])
    def test_a_later_refusal_says_nothing_of_an_earlier_doubt(self, build, far, ask, last) -> None:
        far.post("/send").mock(side_effect=[httpx.ReadTimeout("x"), last, last])
        assert ask(build(Toy(keyed=True))).kind == "in_doubt"

    def test_a_safe_request_is_repeated_after_any_fault(self, build, far, ask) -> None:
        token = far.post("/token").mock(side_effect=[httpx.ReadTimeout("x"), httpx.Response(200, json={"token": "s"})])
        far.post("/send").respond(json={"id": "t"})
        assert ask(build(Toy(token=True))) == Outcome.accepted("t")
        assert token.call_count == 2

    def test_a_safe_request_that_fails_leaves_no_doubt(self, build, far, ask) -> None:
        far.post("/token").respond(500)
        send = far.post("/send").respond(json={"id": "t"})
        assert ask(build(Toy(token=True))).kind == "retry"
        assert not send.called

    def test_a_safe_request_after_an_accepted_one_leaves_a_doubt(self, build, far, ask) -> None:
        class Late(Toy):
            def send(self, outbound, ctx):
                yield httpx.Request("POST", f"{self.url}/send")
                yield httpx.Request("POST", f"{self.url}/token", extensions={"safe": True})

        far.post("/send").respond(json={"id": "t"})
        far.post("/token").mock(side_effect=httpx.ConnectError("x"))
        assert ask(build(Late())).kind == "in_doubt"

    def test_a_refused_request_before_leaves_no_doubt(self, build, far, ask) -> None:
        class Renews(Toy):
            def send(self, outbound, ctx):
                yield httpx.Request("POST", f"{self.url}/send")
                yield httpx.Request("POST", f"{self.url}/token", extensions={"safe": True})

        far.post("/send").respond(401)
        far.post("/token").respond(503)
        assert ask(build(Renews())).kind == "retry"


class TestRetryAfter:
    @pytest.mark.parametrize("text", ["7", "Wed, 09 Jan 2030 09:00:07 GMT", "Wednesday, 09-Jan-30 09:00:07 GMT"])
    def test_what_fits_is_waited(self, build, far, ask, time, text) -> None:
        answers = [httpx.Response(429, headers={"Retry-After": text}), httpx.Response(200, json={"id": "t"})]
        far.post("/send").mock(side_effect=answers)
        assert ask(build()) == Outcome.accepted("t")
        assert time.slept == [7.0]

    @pytest.mark.parametrize("text", ["21", "Wed, 09 Jan 2030 09:00:21 GMT"])
    def test_what_does_not_fit_is_handed_on_at_once(self, build, far, ask, time, text) -> None:
        route = far.post("/send").respond(503, headers={"Retry-After": text})
        outcome = ask(build())
        assert (outcome.kind, outcome.retry_after) == ("retry", 21.0)
        assert route.call_count == 1
        assert time.slept == []

    @pytest.mark.parametrize("text", ["soon", "-5", "nan", "1e3", "٣", "9" * 400, "Wed, 99 Jan 2030 09:00:21 GMT", ""])
    def test_what_is_no_delay_is_no_delay(self, build, far, time, text) -> None:
        far.post("/send").mock(return_value=httpx.Response(429, headers={"Retry-After": text.encode()}))
        assert build().carry(OUTBOUND, context()).retry_after is None
        assert time.slept == [1.0, 1.0]

    def test_a_date_gone_by_is_now(self, build, far, time) -> None:
        far.post("/send").respond(429, headers={"Retry-After": "Wed, 09 Jan 2030 08:00:00 GMT"})
        assert build().carry(OUTBOUND, context()).retry_after == 0.0


class TestPatience:
    def test_no_retry_begins_after_it(self, build, far, ask, time) -> None:
        route = far.post("/send").mock(side_effect=httpx.ConnectError("x"))
        transport = build(patience=20, attempts=99, wait=lambda _: 8.0)
        assert ask(transport).kind == "retry"
        assert route.call_count == 3
        assert time.now == 16.0
        assert transport.longest_call == 30.0

    def test_a_conversation_without_end_ends(self, build, far, ask, time) -> None:
        class Endless(Toy):
            def send(self, outbound, ctx):
                while True:
                    yield httpx.Request("POST", f"{self.url}/token", extensions={"safe": True})

        def answer(request):
            time.now += 3
            return httpx.Response(200)

        route = far.post("/token").mock(side_effect=answer)
        outcome = ask(build(Endless(), patience=20))
        assert (outcome.kind, outcome.code) == ("retry", "patience")
        assert route.call_count == 7

    def test_the_phases_of_a_request_share_one_limit(self, build, far, time) -> None:
        seen = []

        def answer(request):
            limits = request.extensions["timeout"]
            for phase in ("pool", "connect", "write", "read"):
                seen.append(limits.get(phase, None))
                time.now += 2
            return httpx.Response(200, json={"id": "t"})

        far.post("/send").mock(side_effect=answer)
        build(timeout=8).carry(OUTBOUND, context())
        assert seen == [8, 6, 4, 2]

    def test_an_answer_that_drips_is_cut(self, build, ask, time) -> None:
        class Drip(httpx.SyncByteStream, httpx.AsyncByteStream):
            def __iter__(self):
                while True:
                    time.now += 4
                    yield b" "

            async def __aiter__(self):
                while True:
                    time.now += 4
                    yield b" "

        carrier = httpx.MockTransport(lambda _: httpx.Response(200, stream=Drip()))
        with httpx.Client(transport=carrier) as client:
            transport = build(client=client, async_client=httpx.AsyncClient(transport=carrier))
            outcome = ask(transport)
        assert (outcome.kind, outcome.code) == ("in_doubt", "timeout")
        assert time.now == 12

    def test_settings_that_cannot_work_are_refused(self) -> None:
        for more in ({"timeout": 0}, {"attempts": 0}, {"patience": -1}):
            with pytest.raises(ConfigurationError):
                HttpTransport(Toy(), **more)


class TestCodecsThatBreak:
    def carry(self, build, ask, **methods: Any) -> Outcome:
        return ask(build(type("Broken", (Toy,), methods)()))

    def test_before_any_request(self, build, far, ask) -> None:
        def text(self, content):
            raise KeyError("+33612345678")

        route = far.post("/send").respond(200)
        assert self.carry(build, ask, text=text) == Outcome.failed("codec_error", "the codec raised KeyError")
        assert not route.called

    def test_after_an_answer(self, build, far, ask) -> None:
        far.post("/send").respond(200, text="<html>")
        assert ask(build()) == Outcome.in_doubt("codec_error", "the codec raised JSONDecodeError")

    def test_after_a_safe_answer(self, build, far, ask) -> None:
        far.post("/token").respond(200, text="<html>")
        assert ask(build(Toy(token=True))) == Outcome.retry("codec_error", "the codec raised JSONDecodeError")

    def test_misconfigured(self, build, ask) -> None:
        def text(self, content):
            raise ConfigurationError("no sender", thing="sender", mend="Give sender=.")

        assert self.carry(build, ask, text=text) == Outcome.failed("configuration", "sender: Give sender=.")

    @pytest.mark.parametrize("send", [lambda *_: None, lambda *_: 1 / 0])
    def test_no_conversation_at_all(self, build, ask, send) -> None:
        assert self.carry(build, ask, send=send).code == "codec_error"

    def test_no_outcome(self, build, far, ask) -> None:
        far.post("/send").respond(200)
        assert self.carry(build, ask, read=lambda *_: None).kind == "in_doubt"

    def test_a_request_that_httpx_refuses(self, build, ask) -> None:
        outcome = ask(build(Toy("gopher://toy.example")))
        assert (outcome.kind, outcome.code) == ("failed", "configuration")

    def test_generators_are_closed(self, build, far, ask) -> None:
        far.post("/send").mock(side_effect=httpx.ReadTimeout("x"))
        codec = Toy()
        ask(build(codec))
        assert codec.closed == 1

    def test_an_interrupt_goes_through_and_closes(self, build, far) -> None:
        def interrupt(request):
            raise KeyboardInterrupt

        far.post("/send").mock(side_effect=interrupt)
        codec = Toy()
        with pytest.raises(KeyboardInterrupt):
            build(codec).carry(OUTBOUND, context())
        assert codec.closed == 1


class TestLookUp:
    def test_found_and_not_found(self, build, far, ask) -> None:
        far.get("/find").mock(side_effect=[httpx.Response(200, json={"id": "t"}), httpx.Response(404)])
        transport = build()
        assert ask(transport, "look_up") == Outcome.accepted("t")
        assert ask(transport, "look_up") is None

    @pytest.mark.parametrize("fault", [httpx.ConnectError("x"), httpx.ReadTimeout("x"), httpx.Response(500)])
    def test_no_answer_leaves_the_doubt(self, build, far, ask, fault) -> None:
        route = far.get("/find").mock(side_effect=[fault] * 3)
        assert ask(build(), "look_up").kind == "in_doubt"
        assert route.call_count == 3, "asking does no harm"

    def test_a_broken_codec_leaves_the_doubt(self, build, far, ask) -> None:
        far.get("/find").respond(200, text="<html>")
        assert ask(build(), "look_up") == Outcome.in_doubt("codec_error", "the codec raised JSONDecodeError")

    def test_a_codec_that_cannot_is_not_asked(self, build, far, ask) -> None:
        route = far.get("/find").respond(404)
        assert ask(build(Toy(looks_up=False)), "look_up").code == "no_look_up"
        assert not route.called


class TestReceive:
    def request(self, path: str = "/hook", signature: str = "good") -> Request:
        return Request("POST", f"https://app.example{path}", {"Signature": signature}, b"delivered")

    def test_receipts(self, build, ask) -> None:
        assert ask(build(), "receive", self.request()) == Received((Receipt("delivered", NOW),), Answer(200))

    def test_a_handshake(self, build, far, ask) -> None:
        route = far.get("/confirm").respond(200)
        ask(build(), "receive", self.request("/subscribe"))
        assert route.called

    def test_what_must_not_be_believed_is_raised(self, build, ask) -> None:
        with pytest.raises(BadSignature):
            ask(build(), "receive", self.request(signature="bad"))

    def test_no_answer_to_a_handshake(self, build, far, ask) -> None:
        far.get("/confirm").mock(side_effect=httpx.ConnectError("x"))
        with pytest.raises(UnavailableError, match="503"):
            ask(build(), "receive", self.request("/subscribe"))

    def test_a_broken_codec_is_asked_again_later(self, build, ask) -> None:
        request = Request("POST", "https://app.example/hook", {"Signature": "good"}, b"\xff")
        with pytest.raises(UnavailableError, match="UnicodeDecodeError"):
            ask(build(), "receive", request)


class TestClients:
    def test_tokens_are_kept_between_calls(self, build, far) -> None:
        token = far.post("/token").respond(json={"token": "s"})
        far.post("/send").respond(json={"id": "t"})
        transport = build(Toy(token=True))
        for _ in range(3):
            transport.carry(OUTBOUND, context())
        assert token.call_count == 1

    def test_tokens_of_two_transports_never_meet(self, build, far) -> None:
        token = far.post("/token").respond(json={"token": "s"})
        far.post("/send").respond(json={"id": "t"})
        for _ in range(2):
            build(Toy(token=True)).carry(OUTBOUND, context())
        assert token.call_count == 2

    def test_a_client_that_was_given_is_left_open(self, build, far) -> None:
        far.post("/send").respond(json={"id": "t"})
        with httpx.Client() as client:
            transport = build(client=client)
            transport.carry(OUTBOUND, context())
            transport.close()
            assert not client.is_closed
        assert (transport.carry(OUTBOUND, context()).kind, transport.carry(OUTBOUND, context()).code) == (
            "retry",
            "closed",
        )

    def test_one_client_for_many_threads(self, build, far) -> None:
        far.post("/send").respond(json={"id": "t"})
        transport = build()
        with ThreadPoolExecutor(8) as pool:
            outcomes = list(pool.map(lambda _: transport.carry(OUTBOUND, context()), range(64)))
        assert {outcome.kind for outcome in outcomes} == {"accepted"}

    def test_many_loops_one_after_another(self, build, far) -> None:
        far.post("/send").respond(json={"id": "t"})
        transport = build()

        async def twice() -> list[Outcome]:
            calls = (transport.carry_async(OUTBOUND, context()) for _ in range(2))
            outcomes = await asyncio.gather(*calls)
            await transport.close_async()
            return outcomes

        assert [outcome.kind for _ in range(2) for outcome in asyncio.run(twice())] == ["accepted"] * 4

    def test_shows_nothing_but_its_name(self, build) -> None:
        assert repr(build()) == "HttpTransport('toy')"


class Handler(http.server.BaseHTTPRequestHandler):
    """Takes the whole request and then does what the server's ``script`` says next."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append(self.headers["Idempotency-Key"])  # type: ignore[attr-defined]
        action = self.server.script.pop(0)  # type: ignore[attr-defined]
        if action == "drop":
            self.close_connection = True
            return
        if action == "hang":
            self.server.released.wait()  # type: ignore[attr-defined]
            self.close_connection = True
            return
        status, headers, body = action
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[http.server.ThreadingHTTPServer]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.seen, server.script, server.released = [], [], threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.released.set()  # type: ignore[attr-defined]
    server.shutdown()
    thread.join()
    server.server_close()


def at(server: Any) -> str:
    return f"http://127.0.0.1:{server.server_port}"


class TestOnTheWire:
    @pytest.fixture(autouse=True)
    def no_proxy(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    @pytest.fixture
    def wired(self, build) -> Iterator[Callable[..., HttpTransport]]:
        import time as real

        made = []

        def wired(codec: Toy, **more: Any) -> HttpTransport:
            made.append(build(codec, **{"clock": real.monotonic, **more}))
            return made[-1]

        yield wired
        for transport in made:
            transport.close()

    def test_accepted_over_a_kept_connection(self, wired, server, ask) -> None:
        server.script[:] = [(200, {}, b'{"id": "w"}')] * 2
        transport = wired(Toy(at(server)))
        assert [ask(transport) for _ in range(2)] == [Outcome.accepted("w")] * 2

    def test_nobody_listens(self, wired, ask) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            outcome = ask(wired(Toy(f"http://127.0.0.1:{free.getsockname()[1]}")))
        assert outcome == Outcome.retry("unreachable", "no answer: ConnectError")

    def test_p33_dropped_after_the_request(self, wired, server, ask) -> None:
        server.script[:] = ["drop"]
        assert ask(wired(Toy(at(server)))).kind == "in_doubt"
        assert server.seen == [KEY]

    def test_p33_no_answer_in_time(self, wired, server, ask) -> None:
        server.script[:] = ["hang"]
        outcome = ask(wired(Toy(at(server)), timeout=1.5))
        assert (outcome.kind, outcome.code) == ("in_doubt", "timeout")
        assert server.seen == [KEY]

    def test_dropped_with_a_key_goes_again(self, wired, server, ask) -> None:
        server.script[:] = ["drop", (200, {}, b'{"id": "w"}')]
        assert ask(wired(Toy(at(server), keyed=True))) == Outcome.accepted("w")
        assert server.seen == [KEY, KEY]

    def test_dropped_amid_the_answer(self, wired, server, ask) -> None:
        server.script[:] = [(200, {"Content-Length": "99", "Connection": "close"}, b'{"id"')]
        assert ask(wired(Toy(at(server)))).kind == "in_doubt"

    def test_retry_after(self, wired, server, ask, time) -> None:
        server.script[:] = [(429, {"Retry-After": "5"}, b""), (200, {}, b'{"id": "w"}')]
        assert ask(wired(Toy(at(server)))) == Outcome.accepted("w")
        assert time.slept == [5.0]

    def test_a_redirect_is_not_followed(self, wired, server, ask) -> None:
        server.script[:] = [(307, {"Location": f"{at(server)}/elsewhere"}, b"")]
        assert ask(wired(Toy(at(server)))) == Outcome.failed("307")
        assert len(server.seen) == 1

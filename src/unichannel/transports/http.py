"""HTTP: carries any codec's requests, with short retries that can never double a message.

What is repeated and how a call ends is decided in ``transports.conversation``; here are the faces,
the two drivers and the clients.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from typing import TypeVar, cast
from weakref import WeakKeyDictionary

import httpx
import tenacity

from unichannel.errors import ConfigurationError
from unichannel.ports import Abilities, Context, Outbound, Outcome, Provider, Received, Request
from unichannel.transports.conversation import Call, Closed, Reply, Steps, answered, looking, receiving, sending

__all__ = ["HttpTransport"]

T = TypeVar("T")


class HttpTransport:
    """Carries a codec's conversations over HTTP; made by the engine for each codec in a route.

    ``timeout`` and ``patience`` are seconds: one request ends within the first, no short retry
    begins after the second. A client that is given stays the caller's: it is never closed here.
    ``sleep``, ``sleep_async`` and ``clock`` (seconds, monotonic) are for tests. One instance serves
    many threads. httpx logs URLs at INFO on the logger "httpx": keep that at WARNING where a
    provider puts addresses into URLs.
    """

    blocking = True

    def __init__(
        self,
        codec: Provider,
        *,
        client: httpx.Client | None = None,
        async_client: httpx.AsyncClient | None = None,
        timeout: float = 10.0,
        patience: float = 20.0,
        attempts: int = 3,
        wait: Callable[[tenacity.RetryCallState], float] | None = None,
        sleep: Callable[[float], None] = time.sleep,
        sleep_async: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if timeout <= 0 or patience < 0 or attempts < 1:
            raise ConfigurationError(
                "an HTTP transport needs a positive timeout, a patience and at least one attempt.",
                thing=codec.name,
                mend="Give timeout > 0, patience >= 0 and attempts >= 1.",
            )
        self._codec = codec
        self._given, self._given_async = client, async_client
        self._own: httpx.Client | None = None
        self._own_async: WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncClient] = WeakKeyDictionary()
        self._lock = threading.Lock()
        self._timeout, self._patience, self._attempts = timeout, patience, attempts
        self._wait = wait or tenacity.wait_random_exponential(multiplier=0.5, max=5)
        self._sleep, self._sleep_async, self._clock = sleep, sleep_async, clock
        self._tokens: dict[str, tuple[str, int]] = {}

    def __repr__(self) -> str:
        return f"HttpTransport({self.name!r})"

    @property
    def name(self) -> str:
        """The codec's name."""
        return self._codec.name

    @property
    def channels(self) -> frozenset[str]:
        """The channels that the codec serves."""
        return self._codec.channels

    @property
    def abilities(self) -> Abilities:
        """What the codec can do."""
        return self._codec.abilities

    @property
    def longest_call(self) -> float:
        """Seconds within which a call ends, all short retries included.

        Only a far end that sends its answer byte by byte can stretch it, since httpx has no
        time-out for a whole answer's head.
        """
        return self._patience + self._timeout

    def carry(self, outbound: Outbound, ctx: Context) -> Outcome:
        """Send it now; raises nothing for what a provider, a codec or a network does."""
        return self._drive(*self._sending(outbound, ctx))

    async def carry_async(self, outbound: Outbound, ctx: Context) -> Outcome:
        """Send it now; raises nothing for what a provider, a codec or a network does."""
        return await self._drive_async(*self._sending(outbound, ctx))

    def look_up(self, outbound: Outbound, ctx: Context) -> Outcome | None:
        """Whether a doubtful send was accepted; None when it surely was not."""
        return self._drive(*self._looking(outbound, ctx))

    async def look_up_async(self, outbound: Outbound, ctx: Context) -> Outcome | None:
        """Whether a doubtful send was accepted; None when it surely was not."""
        return await self._drive_async(*self._looking(outbound, ctx))

    def receive(self, request: Request, ctx: Context) -> Received:
        """Verify and read an incoming call.

        Raises BadSignature, MalformedWebhook, and UnavailableError when it cannot be read now:
        answer 503, so that the provider brings it again.
        """
        return self._drive(*self._receiving(request, ctx))

    async def receive_async(self, request: Request, ctx: Context) -> Received:
        """Verify and read an incoming call; raises as ``receive`` does."""
        return await self._drive_async(*self._receiving(request, ctx))

    def close(self) -> None:
        """Let go of our own client's connections; it may be used again afterwards."""
        with self._lock:
            client, self._own = self._own, None
        if client is not None:
            client.close()

    async def close_async(self) -> None:
        """Let go of the connections that belong to the running event loop."""
        with self._lock:
            client = self._own_async.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()

    def _call(self, ctx: Context, *, harmless: bool = False) -> Call:
        ctx.tokens = self._tokens
        keyed = harmless or self._codec.abilities.takes_key is not None
        return Call(self._clock, self._clock(), self._timeout, self._patience, self._attempts, ctx.now, keyed)

    def _sending(self, outbound: Outbound, ctx: Context) -> tuple[Steps[Outcome], Call]:
        call = self._call(ctx)
        return sending(lambda: self._codec.send(outbound, ctx), call), call

    def _looking(self, outbound: Outbound, ctx: Context) -> tuple[Steps[Outcome | None], Call]:
        call = self._call(ctx, harmless=True)
        if not self._codec.abilities.looks_up:
            return answered(Outcome.in_doubt("no_look_up", f"{self.name} cannot look up a send")), call
        return looking(lambda: self._codec.look_up(outbound, ctx), call), call

    def _receiving(self, request: Request, ctx: Context) -> tuple[Steps[Received], Call]:
        call = self._call(ctx)
        return receiving(lambda: self._codec.receive(request, ctx), call, self.name), call

    def _drive(self, steps: Steps[T], call: Call) -> T:
        with closing(steps):
            try:
                request = next(steps)
                while True:
                    retrying = tenacity.Retrying(sleep=self._sleep, **call.rules(request, self._wait))
                    request = steps.send(retrying(self._exchange, request, call))
            except StopIteration as stop:
                return cast("T", stop.value)

    async def _drive_async(self, steps: Steps[T], call: Call) -> T:
        with closing(steps):
            try:
                request = next(steps)
                while True:
                    retrying = tenacity.AsyncRetrying(sleep=self._sleep_async, **call.rules(request, self._wait))
                    request = steps.send(await retrying(self._exchange_async, request, call))
            except StopIteration as stop:
                return cast("T", stop.value)

    def _exchange(self, request: httpx.Request, call: Call) -> Reply:
        try:
            call.prepare(request)
            response = self._client().send(request, stream=True, follow_redirects=False)
            with closing(response):
                return call.note(request, _whole(response, b"".join(map(call.in_time, response.iter_raw()))))
        except Exception as error:
            return call.note(request, error)

    async def _exchange_async(self, request: httpx.Request, call: Call) -> Reply:
        try:
            call.prepare(request)
            response = await self._client_async().send(request, stream=True, follow_redirects=False)
            try:
                body = b"".join([call.in_time(chunk) async for chunk in response.aiter_raw()])
                return call.note(request, _whole(response, body))
            finally:
                await response.aclose()
        except Exception as error:
            return call.note(request, error)

    def _client(self) -> httpx.Client:
        if self._given is not None:
            return _open(self._given)
        with self._lock:
            if self._own is None:
                self._own = httpx.Client(timeout=self._timeout, http2=self.abilities.http2)
            return self._own

    def _client_async(self) -> httpx.AsyncClient:
        if self._given_async is not None:
            return _open(self._given_async)
        loop = asyncio.get_running_loop()  # an AsyncClient's connections live and die with their loop
        with self._lock:
            if loop not in self._own_async:
                self._own_async[loop] = httpx.AsyncClient(timeout=self._timeout, http2=self.abilities.http2)
            return self._own_async[loop]


def _whole(response: httpx.Response, body: bytes) -> httpx.Response:
    return httpx.Response(response.status_code, headers=response.headers, content=body, request=response.request)


Client = TypeVar("Client", httpx.Client, httpx.AsyncClient)


def _open(client: Client) -> Client:
    if client.is_closed:
        raise Closed
    return client

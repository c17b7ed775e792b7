"""FastAPI and Starlette: a lifespan that runs the loop, and an ASGI app that takes providers' calls."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from unichannel.core.calendar.span import Span, seconds
from unichannel.engine.async_ import AsyncEngine
from unichannel.errors import BadSignature, MalformedWebhook, UnavailableError, UnichannelError, UnknownError
from unichannel.integrations.extras import need, wanted
from unichannel.integrations.loop import Stop, run_forever_async
from unichannel.ports import Answer, Request

__all__ = ["lifespan", "receiver"]

_TICK = seconds(1)
_STATUS: dict[type[UnichannelError], int] = {
    BadSignature: 403,
    MalformedWebhook: 400,
    UnknownError: 404,
    UnavailableError: 503,
}

Lifespan = Callable[[Any], AbstractAsyncContextManager[None]]


def lifespan(engine: AsyncEngine, *, migrate: bool = True, tick: Span = _TICK) -> Lifespan:
    """What to give as ``lifespan=``: publishes the journeys, runs the loop while the app is up, closes.

    ``migrate`` brings the schema up to date first; say False where your deploy does.
    """
    wanted(AsyncEngine, engine)

    @asynccontextmanager
    async def run(_: Any) -> AsyncIterator[None]:
        if migrate:
            await engine.migrate()
        await engine.publish()
        stop = Stop()
        loop = asyncio.create_task(run_forever_async(engine, tick=tick, stop=stop, signals=False))
        loop.add_done_callback(_say)
        try:
            yield
        finally:
            stop.ask()
            await asyncio.wait({loop})
            await engine.close()

    return run


def _say(loop: asyncio.Task[None]) -> None:
    """Say that the loop broke down: the app would go on without it, and nothing would be sent."""
    error = None if loop.cancelled() else loop.exception()
    if error is not None:
        logging.getLogger("unichannel").critical("The loop has ended: %s", error, exc_info=error)


def receiver(engine: AsyncEngine, provider: str = "", *, url: str = "") -> Callable[..., Awaitable[None]]:
    """An ASGI app to mount: ``app.mount("/hooks", receiver(engine))`` takes the provider's name from the path.

    With ``provider`` every path below is that provider's: ``app.mount("/u", receiver(engine, "tracking"))``.
    ``url`` is the public URL of the mount, where a proxy hides it: it is part of what providers sign.
    """
    starlette = need("starlette.requests", "fastapi"), need("starlette.responses", "fastapi")
    wanted(AsyncEngine, engine)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        asked = starlette[0].Request(scope, receive)
        below = scope["path"].removeprefix(scope.get("root_path", ""))
        query = f"?{asked.url.query}" if asked.url.query else ""
        public = f"{url.rstrip('/')}{below}{query}" if url else str(asked.url)
        headers, body = dict(asked.headers), await asked.body()
        client = asked.client.host if asked.client else ""
        request = Request(asked.method, public, headers, body, client)
        answer = await _answer(engine, provider or below.strip("/"), request)
        response = starlette[1].Response(answer.body, answer.status, dict(answer.headers))
        await response(scope, receive, send)

    return app


async def _answer(engine: AsyncEngine, provider: str, request: Request) -> Answer:
    """What the engine answers, its errors as status codes; 503 has the provider try again."""
    try:
        return await engine.receive(provider, request)
    except tuple(_STATUS) as error:
        return Answer(next(status for kind, status in _STATUS.items() if isinstance(error, kind)))

"""A real HTTP/2 server with TLS in a thread: Hypercorn, with a certificate that its own authority signed."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import trustme
from hypercorn.asyncio import serve
from hypercorn.config import Config

__all__ = ["Http2", "serving_http2"]


class Http2:
    """What the server answers, in turn, and by which version of HTTP it was asked."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, dict[str, str], bytes]] = []
        self.versions: list[str] = []
        self.url = ""

    async def __call__(self, scope: Any, receive: Callable[[], Any], send: Callable[[Any], Any]) -> None:
        if scope["type"] != "http":
            return
        while (await receive()).get("more_body"):
            pass
        self.versions.append(scope["http_version"])
        status, headers, body = self.answers.pop(0)
        told = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": told})
        await send({"type": "http.response.body", "body": body})


@contextmanager
def serving_http2(folder: Path) -> Iterator[tuple[Http2, Path]]:
    """The server, and the file of the authority to trust."""
    authority, app = trustme.CA(), Http2()
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    issued = authority.issue_cert("localhost")
    issued.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
    issued.private_key_pem.write_to_path(str(folder / "key.pem"))
    place = socket.create_server(("127.0.0.1", 0))
    app.url = f"https://localhost:{place.getsockname()[1]}"
    config = Config()
    config.bind = [f"fd://{place.detach()}"]
    config.certfile, config.keyfile = str(folder / "cert.pem"), str(folder / "key.pem")
    config.errorlog = None
    with _running(app, config):
        yield app, folder / "authority.pem"


@contextmanager
def _running(app: Http2, config: Config) -> Iterator[None]:
    loop, over = asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(target=_serve, args=(loop, app, config, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(20)


def _serve(loop: asyncio.AbstractEventLoop, app: Http2, config: Config, over: asyncio.Event) -> None:
    shut = cast("Any", over.wait)
    loop.run_until_complete(serve(cast("Any", app), config, shutdown_trigger=shut))
    loop.close()

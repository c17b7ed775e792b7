"""The loopback HTTP server that speaks Twilio's message API: create and list, form-encoded, no key taken."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import threading
from collections.abc import Mapping
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from unichannel.cli.demo.data import Human
from unichannel.cli.demo.journal import Arrival, DemoClock, Journal, Kills
from unichannel.cli.demo.journeys import OPENINGS
from unichannel.core.words.instant import to_datetime

__all__ = ["ACCOUNT", "SENDER", "TOKEN", "SmsServer", "sign"]

ACCOUNT = "AC" + "0" * 32
TOKEN = "demo-token-of-an-account-that-nobody-has"  # noqa: S105
SENDER = "+12025550100"

_LINK = re.compile(r"https://\S+/c([A-Za-z0-9_-]{24})\S+")
_LOGIN = "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
_PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"


def sign(url: str, params: Mapping[str, str]) -> str:
    """X-Twilio-Signature: HMAC-SHA1 over the URL and the sorted form."""
    text = url + "".join(name + value for name, value in sorted(params.items()))
    return base64.b64encode(hmac.digest(TOKEN.encode(), text.encode(), hashlib.sha1)).decode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64  # a whole flight connects at once

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever was talking was killed: that is what this server is for."""


class SmsServer:
    """Takes SMS for the demo's people on 127.0.0.1."""

    def __init__(self, people: Mapping[str, Human], journal: Journal, clock: DemoClock, kills: Kills) -> None:
        self._people, self._journal, self._clock, self._kills = people, journal, clock, kills
        self._lock = threading.Lock()
        self._messages: list[dict[str, Any]] = []
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, name="demo-sms", daemon=True)

    @property
    def url(self) -> str:
        """Where it listens, as ``Twilio(base_url=…)`` takes it."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        """Listen."""
        self._thread.start()

    def stop(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()

    def create(self, form: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        """POST Messages.json."""
        human = self._people.get(form.get("To", ""))
        if human is None or human.phone_dead:
            return 400, {"code": 21211, "message": "The 'To' number is not a valid phone number.", "status": 400}
        moment = self._kills.arriving()
        if moment == "before":
            self._kills.kill(moment)
            return 503, {"code": 20503, "message": "never mind", "status": 503}
        message = self._take(human, form)
        if moment is not None:
            self._kills.kill(moment)
        return 201, message

    def _take(self, human: Human, form: Mapping[str, str]) -> dict[str, Any]:
        with self._lock:
            message = _message(len(self._messages) + 1, form, self._clock.now())
            self._messages.append(message)
        link = _LINK.search(form["Body"])
        opening = next((name for name, text in OPENINGS.items() if form["Body"].startswith(text)), "")
        self._journal.add(
            Arrival(
                self._clock.now(),
                "sms",
                link[1] if link else "",
                human.id,
                opening,
                (link[0],) if link else (),
                callback=form.get("StatusCallback", ""),
                sid=message["sid"],
            )
        )
        return message

    def sent_to(self, query: Mapping[str, list[str]]) -> dict[str, Any]:
        """GET Messages.json."""
        wanted = query.get("To", [""])[0]
        with self._lock:
            found = [one for one in reversed(self._messages) if wanted in ("", one["to"])]
        return {"messages": found, "page": 0, "page_size": 1000, "next_page_uri": None}


def _message(number: int, form: Mapping[str, str], at: int) -> dict[str, Any]:
    made = format_datetime(to_datetime(at))
    return {
        "sid": f"SM{number:032x}",
        "account_sid": ACCOUNT,
        "to": form["To"],
        "from": form.get("From"),
        "body": form["Body"],
        "status": "queued",
        "direction": "outbound-api",
        "num_segments": "1",
        "date_created": made,
        "date_updated": made,
        "date_sent": None,
        "error_code": None,
        "error_message": None,
    }


def _handler(sms: SmsServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Without it, an answer waits for the client's delayed acknowledgement of its head.
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            form = dict(parse_qsl(body.decode(), keep_blank_values=True))
            self._answer(lambda: sms.create(form))

        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            self._answer(lambda: (200, sms.sent_to(query)))

        def _answer(self, work: Any) -> None:
            if self.headers.get("Authorization") != _LOGIN:
                status, told = 401, {"code": 20003, "message": "Authenticate", "status": 401}
            elif urlsplit(self.path).path != _PATH:
                status, told = 404, {"code": 20404, "message": "Not found", "status": 404}
            else:
                status, told = work()
            self._write(status, json.dumps(told).encode())

        def _write(self, status: int, body: bytes) -> None:
            head = f"HTTP/1.1 {status} .\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            try:
                self.wfile.write(head.encode() + body)
            except OSError:  # whoever asked was killed
                self.close_connection = True

    return Handler

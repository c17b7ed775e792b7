"""Everybody but the application: people open, tap and answer; Twilio reports; the host's app tells of events."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any
from urllib.parse import urlencode

from unichannel.cli.demo.data import Human
from unichannel.cli.demo.journal import Arrival
from unichannel.cli.demo.sms import ACCOUNT, SENDER, sign
from unichannel.core.words.instant import MINUTE

__all__ = ["HOOKS", "TRACKED", "Agenda", "Input", "World"]

TRACKED = "https://go.example.com"
"""Where tracked links lead; nothing listens there, the demo hands each hit to ``receive``."""

HOOKS = "https://app.example.com/hooks"
"""Under which URL Twilio reports; the same."""

_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"

_TICK = 30 * MINUTE

Input = dict[str, Any]
"""Something to hand to the engine: {"call": "track" or "receive", …}, plain JSON."""


class Agenda:
    """What happens outside the engine, in order of time."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Input]] = []
        self._order = count()

    def push(self, at: int, what: Input) -> None:
        """Let it happen at an instant."""
        heapq.heappush(self._heap, (at, next(self._order), what))

    @property
    def next_at(self) -> int | None:
        """When something happens next."""
        return self._heap[0][0] if self._heap else None

    def due(self, now: int) -> list[Input]:
        """Take what happens by now."""
        found = []
        while self._heap and self._heap[0][0] <= now:
            found.append(heapq.heappop(self._heap)[2])
        return found


class World(Agenda):
    """The demo's people. ``absorb`` tells it what arrived."""

    def __init__(self, people: Sequence[Human]) -> None:
        super().__init__()
        self._people = {human.id: human for human in people}
        self._received: set[str] = set()
        for human in people:
            for at, event in human.events:
                self.push(at, {"call": "track", "args": [human.id, event], "id": f"{event}:{human.id}"})

    def absorb(self, arrivals: Iterable[Arrival]) -> None:
        """Let people meet what came to them; of a message that came twice they read the first."""
        for arrival in arrivals:
            if arrival.channel == "sms":
                self._report(arrival)
            if arrival.key not in self._received:
                self._received.add(arrival.key)
                acts = self._people[arrival.profile].acts.get((arrival.message, arrival.channel), [])
                for what, after in acts:
                    self._act(arrival, what, arrival.at + after)

    def _report(self, arrival: Arrival) -> None:
        """Twilio's status callback, signed; it comes by the next half-hour, when there is most to do anyway."""
        params = {
            "MessageSid": arrival.sid,
            "SmsSid": arrival.sid,
            "AccountSid": ACCOUNT,
            "MessageStatus": "delivered",
            "SmsStatus": "delivered",
            "To": self._people[arrival.profile].phone,
            "From": SENDER,
        }
        self.push((arrival.at // _TICK + 1) * _TICK, _signed(arrival.callback, params))

    def _act(self, arrival: Arrival, what: str, at: int) -> None:
        if what == "opens" and arrival.pixel:
            self.push(at, _hit(arrival.pixel))
        elif what == "clicks" and arrival.links:
            self.push(at, _hit(arrival.links[0]))
        elif what in ("replies", "stops"):
            self.push(at, self._written(arrival, "STOP" if what == "stops" else "Thanks, I will have a look."))

    def _written(self, arrival: Arrival, text: str) -> Input:
        """A message from the person to our number."""
        sid = f"SM{int(arrival.sid[2:], 16) + (1 << 64):032x}"
        params = {
            "MessageSid": sid,
            "SmsSid": sid,
            "AccountSid": ACCOUNT,
            "SmsStatus": "received",
            "From": self._people[arrival.profile].phone,
            "To": SENDER,
            "Body": text,
            "NumMedia": "0",
        }
        return _signed(f"{HOOKS}/twilio", params)


def _hit(url: str) -> Input:
    return {"call": "receive", "args": ["tracking", "GET", url, {"User-Agent": _AGENT}, ""]}


def _signed(url: str, params: dict[str, str]) -> Input:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": sign(url, params)}
    return {"call": "receive", "args": ["twilio", "POST", url, headers, urlencode(params)]}

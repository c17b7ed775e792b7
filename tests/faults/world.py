"""Everybody but the workers: the host tells of events, people act, providers report, twice and in any order."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from typing import Any

from tests.faults.people import character_of, number_at
from tests.faults.provider import Arrival
from unichannel.cli.demo.world import Agenda, Input
from unichannel.core.words.instant import MINUTE

__all__ = ["World"]

_BEGINNING = 40 * MINUTE
"""Over how long runs begin."""

_DELAY = 20 * MINUTE
"""How late a report may come: later than ``doubt_for`` now and then."""

_BATCH = 50


class World(Agenda):
    """What happens, in order of time, and what of it the host hands in by a transaction of its own."""

    def __init__(self, people: int, begin: int, chance: random.Random, *, is_calm: bool) -> None:
        super().__init__()
        self._chance, self._is_calm = chance, is_calm
        self._known: set[str] = set()
        for number in range(people):
            self._live(number, begin + chance.randrange(_BEGINNING))

    def _live(self, number: int, at: int) -> None:
        character, name = character_of(number), f"p{number}"
        for click in range(character.clicks):
            event = {"call": "track", "args": [name, "begun"], "id": f"begun-{number}-{click}"}
            is_hosts = character.rolls_back or self._chance.random() < 0.2
            self.push(at, event | {"call": "host", "rolls_back": character.rolls_back} if is_hosts else event)
        if character.buys:
            self.push(at + character.buys * MINUTE, {"call": "track", "args": [name, "bought"], "id": f"b-{number}"})

    def absorb(self, came: Iterable[Arrival], now: int) -> None:
        """Let people meet what came, and providers report it; of what came twice they read the first."""
        for one in came:
            if one.key in self._known:
                continue
            self._known.add(one.key)
            self._report("delivered", one, now, now + self._chance.randrange(_DELAY))
            acts = character_of(number_at(one.address)).acts.get((one.message, one.provider), ())
            for what, minutes in acts:
                self._report(what, one, now, now + minutes * MINUTE)

    def _report(self, what: str, one: Arrival, now: int, at: int) -> None:
        body: dict[str, Any] = {"kind": what, "key": one.key, "occurred": at, "id": f"{what}-{one.key}"}
        if what == "bounced":
            body["address_dead"] = True
        if what == "stop":
            body |= {"kind": "unsubscribed", "key": "", "channel": "sms", "address": one.address}
        # A provider that is not answered in time calls again, and not in order.
        for late in (0,) if self._is_calm else (0, self._chance.randrange(_DELAY)):
            self.push(at + late, {"call": "report", "provider": one.provider, "body": body})

    def shares(self, happened: list[Input], workers: int) -> list[list[Input]]:
        """What each worker hands in: shuffled, reports of one provider together."""
        self._chance.shuffle(happened)
        shares: list[list[Input]] = [happened[place::workers] for place in range(workers)]
        return [[*self._requests(share), *(one for one in share if one["call"] == "track")] for share in shares]

    def _requests(self, share: list[Input]) -> list[Input]:
        found = []
        for provider in ("email", "sms"):
            bodies = [one["body"] for one in share if one["call"] == "report" and one["provider"] == provider]
            for at in range(0, len(bodies), _BATCH):
                request = [provider, "POST", "https://host.example/hooks", {}, json.dumps(bodies[at : at + _BATCH])]
                found.append({"call": "receive", "args": request})
        return found

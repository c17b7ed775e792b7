"""A transport that sends nothing and writes down everything, and fails on demand."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from unichannel.core.messaging.content import Content
from unichannel.core.words.channel import BUILT_IN
from unichannel.core.words.ids import fraction
from unichannel.core.words.instant import SECOND
from unichannel.errors import MalformedWebhook
from unichannel.ports import Abilities, Answer, Context, Outbound, Outcome, Receipt, Received, Request

__all__ = ["Chaos", "Failure", "RecordingTransport", "Sent"]

Failure = Literal["refuse", "reject", "dead", "opted_out", "time_out", "time_out_after_acceptance"]
"""What may go wrong: ``refuse`` (surely not accepted, try again), ``reject`` (for good), ``dead`` and
``opted_out`` (for good, and about the address), ``time_out`` before and ``time_out_after_acceptance``
after the provider took it: both look the same from here."""

_OUTCOMES: dict[str, Outcome] = {
    "refuse": Outcome.retry("refused", "connection refused"),
    "reject": Outcome.failed("rejected", "refused by the receiving side"),
    "dead": Outcome.failed("dead", "no such address", address="dead"),
    "opted_out": Outcome.failed("opted_out", "the person stopped it", address="opted_out"),
    "time_out": Outcome.in_doubt("time_out", "no answer"),
    "time_out_after_acceptance": Outcome.in_doubt("time_out", "no answer"),
}
_REACHES = frozenset({"time_out_after_acceptance"})


@dataclass(frozen=True)
class Sent:
    """One message that reached the provider: a second one of the same key is a double."""

    at: int
    key: str
    channel: str
    address: str = field(repr=False)
    content: Content = field(repr=False)
    message: str = ""
    attempt: int = 1
    provider_id: str = ""


@dataclass(frozen=True)
class Chaos:
    """What happens to receipts on their way, as shares of them: the same ones for the same seed.

    ``lost`` never come, ``late`` come six hours later, ``duplicated`` come twice, ``reordered``
    come before the one that they followed.
    """

    seed: str = "chaos"
    lost: float = 0.0
    late: float = 0.0
    duplicated: float = 0.0
    reordered: float = 0.0

    def strikes(self, what: str, key: str, kind: str) -> bool:
        """Whether this happens to the receipt of that kind for that delivery."""
        return fraction(self.seed, what, key, kind) < float(getattr(self, what))


class RecordingTransport:
    """Takes every delivery, sends nothing, and keeps a journal of what would have gone out.

    ``fail`` is asked about each delivery before it is taken, and names a failure or None; ``plan``
    queues failures for the next calls. ``takes_key`` (seconds) makes it refuse a second message of
    one key as providers with idempotency keys do; ``looks_up`` lets doubtful sends be looked up.
    ``echoes`` are receipts that it gives by itself, with the seconds after acceptance; ``chaos`` is
    what happens to them on their way.
    """

    blocking = False

    def __init__(
        self,
        name: str = "recording",
        channels: Iterable[str] = tuple(BUILT_IN),
        *,
        reports: Iterable[str] = ("delivered", "opened", "clicked", "replied", "bounced"),
        takes_key: int | None = None,
        looks_up: bool = False,
        fail: Callable[[Outbound], Failure | None] | None = None,
        echoes: Sequence[tuple[str, float]] = (),
        chaos: Chaos | None = None,
    ) -> None:
        self.name = name
        self.channels = frozenset(channels)
        self.abilities = Abilities(frozenset(reports), takes_key, looks_up)
        self.journal: list[Sent] = []
        self.calls: list[str] = []
        self.outbox: list[tuple[int, dict[str, Any]]] = []
        self._echoes, self._chaos = tuple(echoes), chaos or Chaos()
        self._fail = fail
        self._planned: deque[Failure | None] = deque()

    def __repr__(self) -> str:
        return f"RecordingTransport({self.name!r}, {len(self.journal)} sent)"

    def plan(self, *failures: Failure | None) -> None:
        """Let the next calls fail in this order; None lets one pass."""
        self._planned.extend(failures)

    def carry(self, outbound: Outbound, ctx: Context) -> Outcome:
        self.calls.append(outbound.key)
        failure = self._planned.popleft() if self._planned else self._fail(outbound) if self._fail else None
        if failure is not None and failure not in _REACHES:
            return _OUTCOMES[failure]
        sent = self._take(outbound, ctx)
        return _OUTCOMES[failure] if failure is not None else Outcome.accepted(sent.provider_id)

    def _take(self, outbound: Outbound, ctx: Context) -> Sent:
        known = next((one for one in self.journal if one.key == outbound.key), None)
        if known is not None and self.abilities.takes_key is not None:
            return known
        sent = Sent(
            ctx.now,
            outbound.key,
            outbound.channel,
            outbound.address,
            outbound.content,
            outbound.message,
            outbound.attempt,
            f"{self.name}-{len(self.journal) + 1}",
        )
        self.journal.append(sent)
        self._echo(sent)
        return sent

    def _echo(self, sent: Sent) -> None:
        """Put the receipts of a message that was taken into the outbox, as they will come."""
        chaos = self._chaos
        kinds = [kind for kind, _ in self._echoes]
        for place in range(1, len(kinds)):
            if chaos.strikes("reordered", sent.key, kinds[place]):
                kinds[place - 1], kinds[place] = kinds[place], kinds[place - 1]
        for kind, (_, after) in zip(kinds, self._echoes, strict=True):
            if chaos.strikes("lost", sent.key, kind):
                continue
            delay = after + (6 * 3600 if chaos.strikes("late", sent.key, kind) else 0)
            due = sent.at + round(delay * SECOND)
            body = {
                "kind": kind,
                "occurred": sent.at + round(after * SECOND),
                "key": sent.key,
                "id": f"{kind}-{sent.key}",
            }
            self.outbox.append((due, body))
            if chaos.strikes("duplicated", sent.key, kind):
                self.outbox.append((due + 60 * SECOND, body))

    def receipts(self, now: int) -> list[dict[str, Any]]:
        """Take the receipts that have come by now out of the outbox, in the order they come."""
        come = sorted((one for one in self.outbox if one[0] <= now), key=lambda one: one[0])
        self.outbox = [one for one in self.outbox if one[0] > now]
        return [body for _, body in come]

    async def carry_async(self, outbound: Outbound, ctx: Context) -> Outcome:
        return self.carry(outbound, ctx)

    def look_up(self, outbound: Outbound, ctx: Context) -> Outcome | None:
        if not self.abilities.looks_up:
            return Outcome.in_doubt("no_look_up", "this transport cannot look up")
        found = next((one for one in self.journal if one.key == outbound.key), None)
        return Outcome.accepted(found.provider_id, at=found.at) if found is not None else None

    async def look_up_async(self, outbound: Outbound, ctx: Context) -> Outcome | None:
        return self.look_up(outbound, ctx)

    def receive(self, request: Request, ctx: Context) -> Received:
        """Read receipts as the lab posts them: a JSON list of ``Receipt`` fields, not signed."""
        try:
            receipts = tuple(Receipt(**{"occurred": ctx.now, **one}) for one in json.loads(request.body))
        except (ValueError, TypeError) as error:
            raise MalformedWebhook("the receipts cannot be read.", thing=self.name) from error
        return Received(receipts, Answer(204))

    async def receive_async(self, request: Request, ctx: Context) -> Received:
        return self.receive(request, ctx)

    def doubled(self) -> list[str]:
        """Keys of which more than one message reached the provider."""
        keys = [one.key for one in self.journal]
        return sorted({key for key in keys if keys.count(key) > 1})

    def close(self) -> None:
        """There is nothing to let go of."""

    async def close_async(self) -> None:
        """There is nothing to let go of."""

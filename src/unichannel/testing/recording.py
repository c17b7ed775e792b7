"""A transport that sends nothing and writes down everything, and fails on demand."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

from unichannel.core.messaging.content import Content
from unichannel.core.words.channel import BUILT_IN
from unichannel.errors import MalformedWebhook
from unichannel.ports import Abilities, Answer, Context, Outbound, Outcome, Receipt, Received, Request

__all__ = ["Failure", "RecordingTransport", "Sent"]

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


class RecordingTransport:
    """Takes every delivery, sends nothing, and keeps a journal of what would have gone out.

    ``fail`` is asked about each delivery before it is taken, and names a failure or None; ``plan``
    queues failures for the next calls. ``takes_key`` (seconds) makes it refuse a second message of
    one key as providers with idempotency keys do; ``looks_up`` lets doubtful sends be looked up.
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
    ) -> None:
        self.name = name
        self.channels = frozenset(channels)
        self.abilities = Abilities(frozenset(reports), takes_key, looks_up)
        self.journal: list[Sent] = []
        self.calls: list[str] = []
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
        return sent

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

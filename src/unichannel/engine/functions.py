"""Functions of the host's that journeys call: carried as deliveries are, one at a time or a flight at once."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unichannel.core.messaging.delivery import CALL
from unichannel.core.words.instant import DAY, SECOND
from unichannel.errors import ConfigurationError, RejectedError
from unichannel.ports import Abilities, Arguments, Context, FunctionCall, Outbound, Outcome

__all__ = ["Batch", "Function", "FunctionCarrier", "read_functions"]

Function = Callable[[FunctionCall], Any]
"""Takes a ``FunctionCall``, gives JSON values or an awaitable of them."""

_REMEMBERED = 3650 * DAY // SECOND


@dataclass(frozen=True)
class Batch:
    """A function that answers many calls at once: it takes a list of ``FunctionCall``, and gives as many answers.

    ``Engine(functions={"crm.has_bought": Batch(ask_crm)})``. An answer that is an exception fails its call alone.
    """

    function: Callable[[list[FunctionCall]], Any]


class FunctionCarrier:
    """The transport of one function. The key it is given is the same each time, so it may be called again."""

    blocking = True
    abilities = Abilities(takes_key=_REMEMBERED)

    def __init__(self, name: str, function: Function | Batch) -> None:
        self.function, self.is_batch = function, isinstance(function, Batch)
        self._name = CALL + name
        self.channels = frozenset({self._name})

    def __repr__(self) -> str:
        return f"FunctionCarrier({self._name!r})"

    @property
    def name(self) -> str:
        return self._name

    def carry(self, outbound: Outbound, ctx: Context) -> Outcome:
        return self.carry_many([outbound])[0]

    async def carry_async(self, outbound: Outbound, ctx: Context) -> Outcome:
        return (await self.carry_many_async([outbound]))[0]

    def carry_many(self, outbounds: Sequence[Outbound]) -> list[Outcome]:
        """Call the function, in this thread; what it raises is an outcome."""
        try:
            answer = self._call(outbounds)
            if inspect.isawaitable(answer):
                answer = asyncio.run(_awaited(answer))
        except Exception as error:  # the host's own code: whatever it was, the run goes on
            return [_fault(error)] * len(outbounds)
        return self._outcomes(answer, len(outbounds))

    async def carry_many_async(self, outbounds: Sequence[Outbound]) -> list[Outcome]:
        """Call the function: in a thread where it is not a coroutine function, so that it holds nobody up."""
        try:
            answer = await asyncio.to_thread(self._call, outbounds)
            if inspect.isawaitable(answer):
                answer = await answer
        except Exception as error:
            return [_fault(error)] * len(outbounds)
        return self._outcomes(answer, len(outbounds))

    def _call(self, outbounds: Sequence[Outbound]) -> Any:
        calls = [_asked(one) for one in outbounds]
        return self.function.function(calls) if isinstance(self.function, Batch) else self.function(calls[0])

    def _outcomes(self, answer: Any, count: int) -> list[Outcome]:
        if not self.is_batch:
            return [_outcome(answer)]
        if not isinstance(answer, list | tuple) or len(answer) != count:
            return [Outcome.failed("answers", f"a list of {count} answers was expected")] * count
        return [_outcome(one) for one in answer]

    def look_up(self, outbound: Outbound, ctx: Context) -> Outcome | None:
        """A call is not looked up: it is made again, with its key."""
        return None

    async def look_up_async(self, outbound: Outbound, ctx: Context) -> Outcome | None:
        """A call is not looked up: it is made again, with its key."""
        return None

    def close(self) -> None:
        """Nothing to let go of."""

    async def close_async(self) -> None:
        """Nothing to let go of."""


async def _awaited(answer: Any) -> Any:
    return await answer


def _asked(outbound: Outbound) -> FunctionCall:
    values = outbound.content.values if isinstance(outbound.content, Arguments) else {}
    return FunctionCall(outbound.message, values, outbound.address, outbound.key, outbound.attempt)


def _outcome(answer: Any) -> Outcome:
    if isinstance(answer, Exception):
        return _fault(answer)
    try:
        return Outcome.accepted(raw={"answer": json.loads(json.dumps(answer, allow_nan=False))})
    except (TypeError, ValueError) as error:
        return Outcome.failed("answer", f"JSON cannot hold it: {error}")


def _fault(error: Exception) -> Outcome:
    """RejectedError is final; anything else may go better later. Its text may name people, so it is not kept."""
    kind = type(error).__name__
    return Outcome.failed(kind) if isinstance(error, RejectedError) else Outcome.retry(kind)


def read_functions(given: Mapping[str, Function | Batch | None]) -> dict[str, FunctionCarrier]:
    """The carriers of ``functions=``; None says that other workers serve a function.

    Raises ConfigurationError for what cannot be called.
    """
    for name, function in given.items():
        called = function.function if isinstance(function, Batch) else function
        if called is not None and not callable(called):
            raise ConfigurationError(
                f"the function {name!r} cannot be called.", thing=name, mend="Give a function, a Batch, or None."
            )
    return {name: FunctionCarrier(name, function) for name, function in given.items() if function is not None}

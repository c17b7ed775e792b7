"""Drivers: what answers a flow's operations, synchronously and asynchronously."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, cast, runtime_checkable

from unichannel.ambient import Clock, Entropy
from unichannel.engine.functions import FunctionCarrier
from unichannel.engine.resting import at_rest
from unichannel.engine.timing import StoreClock
from unichannel.errors import UnknownError
from unichannel.flows.ops import Flow, Fly, Job, Land, Landed, Now, Op, Read, Tell, Token, Transact
from unichannel.ports import Context, Hook, Outcome, Received, Request, Session, Store, Transport

__all__ = ["Answers", "Receiving", "drive", "drive_async"]

T = TypeVar("T")


@runtime_checkable
class Receiving(Protocol):
    """What reads incoming calls: a carried codec."""

    def receive(self, request: Request, ctx: Context) -> Received: ...

    async def receive_async(self, request: Request, ctx: Context) -> Received: ...


@dataclass
class Answers:
    """Everything outside a flow that its operations need.

    ``probe`` is told of each operation, "before" and "after" it is answered; a test crashes there.
    """

    store: Store
    clock: Clock
    entropy: Entropy
    transports: Mapping[str, Transport]
    receivers: Mapping[str, Receiving]
    callbacks: Callable[[str, str], str]
    hooks: Sequence[Hook] = ()
    concurrency: int = 16
    executor: Executor | None = None
    probe: Callable[[str, Op[Any]], None] | None = None
    hook_errors: int = field(default=0, init=False)

    def context(self, callback_url: str = "") -> Context:
        return Context(self.clock.now(), self.entropy.token, callback_url)

    def receiver(self, name: str) -> Receiving:
        found = self.receivers.get(name)
        if found is None:
            raise UnknownError(
                f"no provider {name!r} of this engine receives anything.",
                thing=name,
                mend=f"It knows: {', '.join(sorted(self.receivers)) or 'none'}.",
            )
        return found

    def work(self, work: Callable[[Session], T]) -> Callable[[Session], T]:
        """The work as it is done; where the store's clock counts, it is asked for the time with it."""
        return at_rest(self.clock.asking(work) if isinstance(self.clock, StoreClock) else work)

    def tell(self, facts: Sequence[Mapping[str, Any]]) -> None:
        """Tell the hooks; what one raises is counted and undoes nothing."""
        for fact in facts:
            for hook in self.hooks:
                try:
                    hook(fact)
                except Exception:  # a hook's trouble is its own
                    self.hook_errors += 1

    def watch(self, phase: str, op: Op[Any]) -> None:
        if self.probe is not None:
            self.probe(phase, op)

    def plain(self, op: Op[Any]) -> Any:
        """Answer what needs no waiting."""
        if isinstance(op, Now):
            return self.clock.now()
        if isinstance(op, Token):
            return self.entropy.token(op.size)
        if isinstance(op, Tell):
            return self.tell(op.facts)
        raise TypeError(f"no driver answers {type(op).__name__}")

    def together(self, jobs: Sequence[Job]) -> list[list[Job]]:
        """The jobs as they are called: alone, or in one call where a batch function takes them."""
        groups: dict[object, list[Job]] = {}
        for place, job in enumerate(jobs):
            carrier = self.transports[job.route]
            is_batch = isinstance(carrier, FunctionCarrier) and carrier.is_batch
            groups.setdefault(job.route if is_batch else place, []).append(job)
        return list(groups.values())

    def call(self, jobs: Sequence[Job]) -> list[Landed]:
        """Make a call, or one for several jobs, in this thread."""
        carrier = self.transports[jobs[0].route]
        if isinstance(carrier, FunctionCarrier):
            outcomes = carrier.carry_many([job.outbound for job in jobs])
            return [Landed(job, outcome) for job, outcome in zip(jobs, outcomes, strict=True)]
        return [self._carry(job) for job in jobs]

    async def call_async(self, jobs: Sequence[Job]) -> list[Landed]:
        """Make a call, or one for several jobs, in this task."""
        carrier = self.transports[jobs[0].route]
        if isinstance(carrier, FunctionCarrier):
            outcomes = await carrier.carry_many_async([job.outbound for job in jobs])
            return [Landed(job, outcome) for job, outcome in zip(jobs, outcomes, strict=True)]
        return [await self._carry_async(job) for job in jobs]

    def _carry(self, job: Job) -> Landed:
        transport, ctx = self.transports[job.route], self.context(self.callbacks(job.route, job.outbound.key))
        carry = transport.carry if job.kind == "send" else transport.look_up
        try:
            return Landed(job, carry(job.outbound, ctx))
        except Exception as error:  # whatever it was, the other calls go on
            return Landed(job, _broken(error))

    async def _carry_async(self, job: Job) -> Landed:
        transport, ctx = self.transports[job.route], self.context(self.callbacks(job.route, job.outbound.key))
        carry = transport.carry_async if job.kind == "send" else transport.look_up_async
        try:
            return Landed(job, await carry(job.outbound, ctx))
        except Exception as error:
            return Landed(job, _broken(error))


def _broken(error: Exception) -> Outcome:
    """A transport raised, which it never should: nobody knows whether it was accepted. Its text may name people."""
    return Outcome.in_doubt("transport_raised", type(error).__name__)


def drive(flow: Flow[T], answers: Answers) -> T:
    """Run a flow to its end in this thread; provider calls that block go through a pool."""
    flight = _Flight(answers)
    try:
        answer: Any = None
        while True:
            try:
                op = flow.send(answer)
            except StopIteration as stop:
                return cast("T", stop.value)
            answers.watch("before", op)
            answer = _answer(op, answers, flight)
            answers.watch("after", op)
    finally:
        flow.close()
        flight.close()


def _answer(op: Op[Any], answers: Answers, flight: _Flight) -> Any:
    if isinstance(op, Transact):
        return answers.store.transact(answers.work(op.work), connection=op.connection)
    if isinstance(op, Fly):
        return flight.start(op.jobs)
    if isinstance(op, Land):
        return flight.land(op.at_most, op.within)
    if isinstance(op, Read):
        return answers.receiver(op.provider).receive(op.request, answers.context())
    return answers.plain(op)


class _Flight:
    """Calls that are out: what blocks in a pool made for this flow, the rest done at once."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._pool: ThreadPoolExecutor | None = None
        self._out: set[Future[list[Landed]]] = set()
        self._back: list[Landed] = []

    def start(self, jobs: Sequence[Job]) -> None:
        for called in self._answers.together(jobs):
            if self._answers.transports[called[0].route].blocking:
                self._out.add(self._executor().submit(self._answers.call, called))
            else:
                self._back += self._answers.call(called)

    def land(self, at_most: int, within: float | None) -> list[Landed]:
        if not self._back and self._out:
            done, self._out = wait(self._out, within, return_when=FIRST_COMPLETED)
            self._back = [landed for future in done for landed in future.result()]
        landed, self._back = self._back[:at_most], self._back[at_most:]
        return landed

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True)

    def _executor(self) -> Executor:
        if self._answers.executor is not None:
            return self._answers.executor
        if self._pool is None:
            # Places for each route, so that one that hangs leaves the others theirs.
            blocking = sum(one.blocking for one in self._answers.transports.values())
            self._pool = ThreadPoolExecutor(self._answers.concurrency * blocking, thread_name_prefix="unichannel")
        return self._pool


async def drive_async(flow: Flow[T], answers: Answers) -> T:
    """Run a flow to its end in this task; provider calls are tasks of their own."""
    out: set[asyncio.Task[list[Landed]]] = set()
    try:
        answer: Any = None
        while True:
            try:
                op = flow.send(answer)
            except StopIteration as stop:
                return cast("T", stop.value)
            answers.watch("before", op)
            answer, out = await _answer_async(op, answers, out)
            answers.watch("after", op)
    finally:
        flow.close()
        await _finish(out)


async def _answer_async(
    op: Op[Any], answers: Answers, out: set[asyncio.Task[list[Landed]]]
) -> tuple[Any, set[asyncio.Task[list[Landed]]]]:
    if isinstance(op, Transact):
        return await answers.store.transact_async(answers.work(op.work), connection=op.connection), out
    if isinstance(op, Fly):
        return None, out | {asyncio.ensure_future(answers.call_async(called)) for called in answers.together(op.jobs)}
    if isinstance(op, Land):
        done, out = await asyncio.wait(out, timeout=op.within, return_when=asyncio.FIRST_COMPLETED)
        return [landed for task in done for landed in task.result()], out
    if isinstance(op, Read):
        return await answers.receiver(op.provider).receive_async(op.request, answers.context()), out
    return answers.plain(op), out


async def _finish(out: set[asyncio.Task[list[Landed]]]) -> None:
    """Let calls that are out come back: what was asked of a provider is not cut in half."""
    if out:
        await asyncio.gather(*out, return_exceptions=True)

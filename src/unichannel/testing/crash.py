"""crash_sweep: a scenario run again and again, crashing at every operation there is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from unichannel.flows.ops import Op
from unichannel.testing.lab import Lab

__all__ = ["Crash", "CrashReport", "Outcome", "crash_sweep"]

Step = Callable[[Lab], object]


class Crash(BaseException):
    """The process dies here. Not an Exception: nothing may catch it and go on."""


@dataclass(frozen=True)
class Outcome:
    """What one run of the scenario came to.

    ``sent`` counts (profile, journey, step, channel) of deliveries that reached the provider,
    ``doubled`` how often a key did so again, ``statuses`` counts the deliveries' own statuses.
    """

    sent: Counter[tuple[str, str, str, str]]
    doubled: int
    statuses: Counter[str]
    operation: str = ""


@dataclass
class CrashReport:
    """A scenario without a crash, and with one at every operation."""

    calm: Outcome
    crashed: list[Outcome] = field(default_factory=list)

    @property
    def doubled(self) -> int:
        """The most messages that any one crash doubled."""
        return max((one.doubled for one in self.crashed), default=0)

    def lost(self) -> Iterator[tuple[str, Counter[tuple[str, str, str, str]]]]:
        """Crashes after which something was neither sent nor ended with a status that says why.

        An abandoned delivery says why; a run that then took another path sent as many others.
        """
        for one in self.crashed:
            missing = self.calm.sent - one.sent
            short = self.calm.sent.total() - one.sent.total() > one.statuses["abandoned"]
            if short or (missing and not one.statuses["abandoned"]):
                yield one.operation, missing


def crash_sweep(steps: Sequence[Step], make_lab: Callable[[], Lab], profiles: Sequence[str]) -> CrashReport:
    """Run the steps once in peace, then once for each operation with a crash before it, and after the last of a step.

    After any other operation is before the next one: what an engine does in between touches nothing but itself.
    Steps are repeated after a crash, as a host repeats a call that failed: give events an ``id``,
    enrollments a ``key``, and let time pass by ``advance_to``.
    """
    lab = make_lab()
    operations: list[str] = []
    ends: set[int] = set()
    lab.watch(lambda phase, op: operations.append(f"{phase} {type(op).__name__}"))
    for step in steps:
        step(lab)
        ends.add(len(operations) - 1)
    report = CrashReport(_outcome(lab, profiles))
    for number, name in enumerate(operations):
        if name.startswith("before ") or number in ends:
            report.crashed.append(_crashed(steps, make_lab(), profiles, number, name))
    return report


def _crashed(steps: Sequence[Step], lab: Lab, profiles: Sequence[str], at: int, name: str) -> Outcome:
    bomb = _Bomb(at)
    lab.watch(bomb)
    for step in steps:
        try:
            step(lab)
        except Crash:
            lab.restart()
            step(lab)
    return _outcome(lab, profiles, f"{at}: {name}")


class _Bomb:
    """Goes off once, at the n-th operation."""

    def __init__(self, at: int) -> None:
        self._left = at

    def __call__(self, phase: str, op: Op[Any]) -> None:
        self._left -= 1
        if self._left == -1:
            raise Crash


def _outcome(lab: Lab, profiles: Sequence[str], operation: str = "") -> Outcome:
    sent: Counter[tuple[str, str, str, str]] = Counter()
    statuses: Counter[str] = Counter()
    reached = {one.key for one in lab.transport.journal}
    for profile in profiles:
        history = lab.history(profile)
        journeys = {run.id: run.journey for run in history.runs} if history is not None else {}
        for one in history.deliveries if history is not None else ():
            statuses[one.status] += 1
            if one.key in reached:
                sent[profile, journeys[one.enrollment], one.step, one.channel] += 1
    return Outcome(sent, len(lab.transport.journal) - len(reached), statuses, operation)

"""Counting at the close: what the database says against what the servers took in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from unichannel import SqlStore
from unichannel.cli.demo.journal import Arrival
from unichannel.cli.demo.journeys import TRIAL
from unichannel.cli.demo.running import Options, Outcome
from unichannel.core.messaging.delivery import Delivery
from unichannel.core.words.instant import MINUTE, to_datetime
from unichannel.core.words.trace import Trace
from unichannel.ports import Fault, History, Note, Session

__all__ = ["Tally", "tally"]

_OPEN = frozenset({"reserved", "sending", "retry", "in_doubt"})
_DOUBTFUL = frozenset({"in_doubt", "abandoned"})
_WENT = frozenset({"accepted", "sent", "delivered", "opened", "clicked", "replied"})
_FAILED = frozenset({"failed", "expired"})
_LATE = 5 * MINUTE

Row = dict[str, str]


@dataclass
class Tally:
    """The figures of one run of the demo.

    ``steps``: messages that went out by (journey, step) and channel; ``failed`` those that did not.
    ``doubled``: messages beyond the first of a key, by channel. ``late``: taken in more than five
    minutes after they were due. ``unreachable``: sends for which no channel was left, by why.
    """

    enrolled: int = 0
    completed: int = 0
    converted: int = 0
    steps: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)
    failed: Counter[str] = field(default_factory=Counter)
    fallbacks: Counter[tuple[str, str]] = field(default_factory=Counter)
    unreachable: Counter[str] = field(default_factory=Counter)
    doubled: Counter[str] = field(default_factory=Counter)
    late: int = 0
    lost: list[str] = field(default_factory=list)
    in_doubt: list[str] = field(default_factory=list)
    deliveries: list[Row] = field(default_factory=list)
    kills: int = 0
    faults: list[str] = field(default_factory=list)

    def is_sound(self, options: Options) -> bool:
        """Whether the guarantee that was asked for was kept."""
        flights = options.concurrency * self.kills
        if self.lost or self.faults:
            return False
        if options.guarantee == "at_most_once":
            return not self.doubled and len(self.in_doubt) <= flights
        only_mail = not self.doubled or set(self.doubled) == {"email"}
        return only_mail and self.doubled.total() <= flights and not self.in_doubt

    def as_json(self) -> dict[str, Any]:
        """The object that ``--json`` prints."""
        return {
            "enrolled": self.enrolled,
            "completed": self.completed,
            "converted": self.converted,
            "doubled": self.doubled.total(),
            "doubled_by_channel": dict(self.doubled),
            "late": self.late,
            "lost": len(self.lost),
            "in_doubt": len(self.in_doubt),
            "killed": self.kills,
            "deliveries": self.deliveries,
        }


def tally(options: Options, outcome: Outcome) -> Tally:
    """Read the database as the run left it, and count."""
    counted = Tally(kills=outcome.kills)
    arrived = {one.key: one for one in reversed(outcome.arrivals)}
    store = SqlStore(options.store)
    try:
        histories, faults = store.transact(lambda session: _read(session, [one.id for one in outcome.people]))
    finally:
        store.close()
    counted.faults = [fault.error for fault in faults]
    counted.doubled = _doubled(outcome.arrivals)
    for history in histories:
        _Counting(counted, history, arrived, outcome.closed).count()
    return counted


def _read(session: Session, keys: Sequence[str]) -> tuple[list[History], list[Fault]]:
    found = (session.history(key) for key in keys)
    return [one for one in found if one is not None], session.faults(100)


def _doubled(arrivals: Sequence[Arrival]) -> Counter[str]:
    times = Counter((one.key, one.channel) for one in arrivals)
    return Counter({"email": 0, "sms": 0}) + sum(
        (Counter({channel: number - 1}) for (_, channel), number in times.items()), Counter()
    )


@dataclass
class _Counting:
    """One person's part."""

    to: Tally
    history: History
    arrived: dict[str, Arrival]
    closed: int

    def count(self) -> None:
        self._runs()
        for one in self.history.deliveries:
            self._delivery(one)
        for note in self.history.notes:
            if note.trace.code == "unreachable":
                self.to.unreachable[self._stranded(note)] += 1

    def _stranded(self, note: Note) -> str:
        """Why no channel was left: what failed, and what stood against the others."""
        failed = [
            f"{one.channel}: {_refusal(one)}"
            for one in self.history.deliveries
            if (one.enrollment, one.step) == (note.enrollment, note.trace.step) and one.status in _FAILED
        ]
        against = [_reasons(note.trace)] if note.trace.verdicts or not failed else []
        return ", ".join(failed + against)

    def _runs(self) -> None:
        for run in self.history.runs:
            if run.journey == TRIAL:
                self.to.enrolled += 1
                self.to.completed += run.status == "completed"
                self.to.converted += run.status == "converted"
            if run.is_live and run.due is not None and run.due <= self.closed:
                self.to.lost.append(run.public_id)

    def _delivery(self, one: Delivery) -> None:
        journey = self._journey(one.enrollment)
        self.to.deliveries.append(_row(self.history.person.key, journey, one))
        arrival = self.arrived.get(one.key)
        if one.status in _DOUBTFUL:
            self.to.in_doubt.append(one.id)
        if arrival is None and (one.status in _OPEN or one.status in _WENT):
            self.to.lost.append(one.id)
        if arrival is None:
            self.to.failed[one.channel] += 1
        else:
            self.to.steps.setdefault((journey, one.step), Counter())[one.channel] += 1
            self.to.late += arrival.at > one.reserved + _LATE
        if one.rung > 1:
            self.to.fallbacks[one.step, self._why(one)] += 1

    def _journey(self, enrollment: int) -> str:
        return next(run.journey for run in self.history.runs if run.id == enrollment)

    def _why(self, one: Delivery) -> str:
        """Why the rung before it was left, in words."""
        trace = Trace.from_json(one.trace)
        cause = str(trace.detail.get("cause", ""))
        if not cause:
            return _reasons(trace)
        before = [other for other in self._ladder(one) if other.rung < one.rung]
        bad = next((other for other in before if other.status in _FAILED), None)
        if cause == "hard_failure" or (bad is not None and cause == "hold"):
            return _refusal(bad) if bad is not None else "the one before failed"
        return f"{before[0].channel} not answered in time" if before else cause

    def _ladder(self, one: Delivery) -> Iterator[Delivery]:
        for other in self.history.deliveries:
            if (other.enrollment, other.step, other.visit) == (one.enrollment, one.step, one.visit):
                yield other


_CODES = {
    "5.1.1": "mailbox dead (550 5.1.1)",
    "5.7.1": "filter refused it (550 5.7.1)",
    "21211": "number dead (21211)",
}


def _refusal(bad: Delivery) -> str:
    code = bad.reason.split(" ")[0]
    if bad.status == "expired":
        return "server down past the retries"
    return _CODES.get(code, f"refused ({code})")


def _reasons(trace: Trace) -> str:
    """What stood against each channel, as codes."""
    said = sorted({f"{one.channel} {one.code.replace('_', ' ')}" for one in trace.verdicts if one.code != "reserved"})
    return ", ".join(said) or str(trace.detail.get("cause", "")).replace("_", " ") or "no channel"


def _row(profile: str, journey: str, one: Delivery) -> Row:
    at = one.facts.get("accepted", one.facts.get("sending", one.reserved))
    return {
        "profile": profile,
        "journey": journey,
        "step": one.step,
        "channel": one.channel,
        "status": one.status,
        "at": to_datetime(at).isoformat(timespec="seconds"),
    }

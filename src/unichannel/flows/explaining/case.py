"""A case: everything that is known about one profile, and what reads it for the explanations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from unichannel.core.audience.consent import held
from unichannel.core.calendar.zone import local
from unichannel.core.journey.enrollment import Enrollment
from unichannel.core.journey.language.step import Send
from unichannel.core.journey.program import Program
from unichannel.core.messaging.delivery import Delivery
from unichannel.core.telling.clause import Clause
from unichannel.core.telling.language import Language
from unichannel.core.telling.wording import Words
from unichannel.core.words.channel import BUILT_IN
from unichannel.core.words.event import Event
from unichannel.core.words.trace import Trace
from unichannel.ports import History, Note

__all__ = ["Case"]

_OURS = "unichannel."


@dataclass(slots=True)
class Case:
    """One profile's history, the journeys it ran through as far as they can be read, and how to tell of it.

    ``programs`` are compiled journeys by their definition's id. ``now`` in microseconds UTC.
    ``journeys`` are the names of all that are stored, where one was asked for.
    """

    history: History
    programs: Mapping[int, Program]
    language: Language
    zone: str
    now: int
    journeys: frozenset[str] = frozenset()
    runs: dict[int, Enrollment] = field(init=False)

    def __post_init__(self) -> None:
        self.runs = {run.id: run for run in self.history.runs}

    # how to tell of it

    def words(self, instant: int) -> Words:
        """The words of something that was decided at the instant."""
        return Words(self.language, self.zone, instant)

    def iso(self, instant: int) -> str:
        """The instant in the profile's zone, to the second."""
        return local(instant, self.zone).isoformat(timespec="seconds")

    # what it was about

    def journey(self, enrollment: int) -> str:
        run = self.runs.get(enrollment)
        return run.journey if run is not None else ""

    def send(self, definition: int, step: str) -> Send | None:
        """The send of that name, None where its journey cannot be read."""
        program = self.programs.get(definition)
        found = program.node(step).step if program is not None and step in program.index else None
        return found if isinstance(found, Send) else None

    def send_of(self, delivery: Delivery) -> Send | None:
        run = self.runs.get(delivery.enrollment)
        return self.send(delivery.definition or (run.definition if run is not None else 0), delivery.step)

    def trigger(self, run: Enrollment) -> Event | None:
        """The event that began the run, None where none of the host's did."""
        found = next((event for event in self.history.events if event.id and event.id == run.trigger), None)
        return found if found is not None and not found.name.startswith(_OURS) else None

    # what was before

    def rungs_before(self, delivery: Delivery) -> list[Delivery]:
        """The deliveries of the same send that were made before, the latest rung last."""
        place = (delivery.enrollment, delivery.step, delivery.visit)
        found = [
            one
            for one in self.history.deliveries
            if (one.enrollment, one.step, one.visit) == place and one.rung < delivery.rung
        ]
        return sorted(found, key=lambda one: (one.rung, one.n))

    def sent_by(self, enrollment: int, step: str, instant: int) -> list[Delivery]:
        """What a step's latest visit had sent by then, the latest rung last."""
        found = [
            one
            for one in self.history.deliveries
            if (one.enrollment, one.step) == (enrollment, step) and one.reserved <= instant and not one.is_call
        ]
        visit = max((one.visit for one in found), default=0)
        return sorted((one for one in found if one.visit == visit), key=lambda one: (one.rung, one.n))

    def notes(self, enrollment: int, step: str, codes: Iterable[str]) -> list[Note]:
        """What was noted of a step, in order."""
        wanted = set(codes)
        found = [
            note
            for note in self.history.notes
            if (note.enrollment, note.trace.step) == (enrollment, step) and note.trace.code in wanted
        ]
        return sorted(found, key=lambda note: note.trace.now)

    # verdicts

    def verdict(self, channel: str, code: str, detail: Mapping[str, Any], send: Send | None, instant: int) -> Clause:
        """What a rule said of a channel, with what is known of its reasons."""
        category = send.message.category if send is not None else ""
        values = {**detail, "channel": channel, "category": category}  # a limit's own are lists of what it is about
        values |= {"needs": BUILT_IN[channel].address if channel in BUILT_IN else channel}
        if detail.get("rule") == "quiet_hours":
            del values["rule"]  # the host's own night
        if detail.get("holiday"):
            values["holiday"] = instant
        kind = {name: detail[name] for name in ("purpose", "category", "channel") if detail.get(name)}
        if code in ("cap", "gap") and kind:
            values["capped"] = kind
        if "deliveries" in detail:
            values["first_delivery"] = next(iter(detail["deliveries"]), "")
        return Clause(code, values | self._history_of(channel, code, detail, category, instant))

    def _history_of(
        self, channel: str, code: str, detail: Mapping[str, Any], category: str, instant: int
    ) -> dict[str, Any]:
        """What had happened that made a rule speak: a withdrawal, a STOP, a bounce."""
        if code == "opted_out" and "since" not in detail:
            known = [one for one in self.history.consents if one.recorded <= instant]
            entry = held(known, channel, str(detail.get("purpose", "")), category or "*").get("objection")
            return {"since": entry.occurred} if entry is not None else {}
        if code == "suppressed":
            stops = [one.occurred for one in self.history.events if _is_stop(one) and one.occurred <= instant]
            return {"since": max(stops)} if stops else {}
        if code == "dead_address":
            bounced = [one for one in self.history.deliveries if _is_dead_end(one, channel, instant)]
            if bounced:
                one = max(bounced, key=lambda delivery: delivery.reserved)
                sent = one.facts.get("accepted", one.reserved)
                return {"message": one.message, "failed_channel": one.channel, "since": sent}
        return {}

    def verdicts(self, trace: Trace, send: Send | None) -> dict[str, Clause]:
        """What each candidate of a decision was told, by channel."""
        return {
            one.channel: self.verdict(one.channel, one.code, one.detail, send, trace.now)
            for one in trace.verdicts
            if one.code != "reserved"
        }


def _is_stop(event: Event) -> bool:
    return event.name == "message.received" and event.properties.get("keyword") == "stop"


def _is_dead_end(delivery: Delivery, channel: str, instant: int) -> bool:
    failed = delivery.hard_failure()
    return delivery.channel == channel and failed is not None and failed <= instant

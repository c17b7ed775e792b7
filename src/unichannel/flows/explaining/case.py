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

    def over(self, run: Enrollment) -> int | None:
        """When a run was over for who looks on: its end is the planned one, and its last message may have waited."""
        if run.ended is None:
            return None
        sent = [one.reserved for one in self.history.deliveries if one.enrollment == run.id and one.at <= run.ended]
        return max([run.ended, *sent])

    def of_send(self, delivery: Delivery) -> list[Delivery]:
        """The deliveries of the same send, it included, the latest rung last."""
        place = (delivery.enrollment, delivery.step, delivery.visit)
        found = [one for one in self.history.deliveries if (one.enrollment, one.step, one.visit) == place]
        return sorted(found, key=lambda one: (one.rung, one.n))

    def rungs_before(self, delivery: Delivery) -> list[Delivery]:
        """The deliveries of the same send that were made before, the latest rung last."""
        return [one for one in self.of_send(delivery) if one.rung < delivery.rung]

    def criterion(self, delivery: Delivery) -> str:
        """The evidence that its rung waited for, "" where that is not known."""
        asked = delivery.trace.get("detail", {}).get("success")
        send = self.send_of(delivery)
        return str(asked or (send.success if send is not None else "") or "")

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
            return self._protest(channel, instant)
        if code == "dead_address":
            return self._dead_end(channel, instant)
        return {}

    def _protest(self, channel: str, instant: int) -> dict[str, Any]:
        """What the person said against an address that channels share: STOP, a complaint; the latest by then."""
        family = _family(channel)
        found: list[tuple[int, dict[str, Any]]] = [
            (one.occurred, {"since": one.occurred})
            for one in self.history.events
            if _is_stop(one) and one.occurred <= instant and _family(str(one.properties.get("channel"))) == family
        ]
        found += [
            (one.facts[fact], {"evidence": fact, **_named(one)})
            for one in self.history.deliveries
            for fact in ("complained", "unsubscribed")
            if _family(one.channel) == family and one.facts.get(fact, instant + 1) <= instant
        ]
        return max(found, key=lambda one: one[0])[1] if found else {}

    def _dead_end(self, channel: str, instant: int) -> dict[str, Any]:
        """The delivery by which an address that the person still has was found dead."""
        family, mine = _family(channel), {one for some in self.history.person.addresses.values() for one in some}
        failed = [
            one
            for one in self.history.deliveries
            if _family(one.channel) == family and one.address in mine and _has_failed(one, instant)
        ]
        return _named(max(failed, key=lambda one: one.reserved)) if failed else {}

    def verdicts(self, trace: Trace, send: Send | None) -> dict[str, Clause]:
        """What each candidate of a decision was told, by channel."""
        found: dict[str, Clause] = {}
        for one in trace.verdicts:
            # A strategy may name what was refused already: the refusal is the reason.
            if one.code != "reserved" and not (one.code == "not_offered" and one.channel in found):
                found[one.channel] = self.verdict(one.channel, one.code, one.detail, send, trace.now)
        return found


def _is_stop(event: Event) -> bool:
    return event.name == "message.received" and event.properties.get("keyword") == "stop"


def _family(channel: str) -> str:
    """What an address of the channel is kept under: sms, mms and rcs share theirs."""
    return BUILT_IN[channel].family if channel in BUILT_IN else channel


def _named(delivery: Delivery) -> dict[str, Any]:
    sent = delivery.facts.get("accepted", delivery.reserved)
    return {"message": delivery.message, "failed_channel": delivery.channel, "since": sent}


def _has_failed(delivery: Delivery, instant: int) -> bool:
    failed = delivery.hard_failure()
    return failed is not None and failed <= instant

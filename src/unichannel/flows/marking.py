"""Marking: a flight is marked `sending` behind the gate, doubts are resolved; the calls to make come out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from unichannel.core.audience.engagement import Learned, learned
from unichannel.core.messaging.delivery import Delivery, become
from unichannel.core.policy.gate import ENDED, Passage, call_gate, gate
from unichannel.core.words.instant import SECOND
from unichannel.errors import UnichannelError
from unichannel.flows.budgeting import Charges
from unichannel.flows.inbox import LEARNED, as_event
from unichannel.flows.kit import Kit
from unichannel.flows.ops import Job
from unichannel.flows.rendering import outbound_of
from unichannel.flows.traffic import Traffic
from unichannel.ports import Abilities, Changes, Fault, Gate, Inbox, Session

__all__ = ["doubt_end", "mark", "mark_these", "news_row"]


def mark(session: Session, traffic: Traffic, now: int) -> tuple[list[Job], int]:
    """Mark due deliveries `sending`, as many as have room, behind the gate; the calls to make, and how many changed."""
    kit = traffic.kit
    limit = kit.batch if traffic.is_held_up(now) else kit.concurrency
    return _mark(session, traffic, now, session.due(now, limit, traffic.full(now) | kit.elsewhere))


def mark_these(session: Session, traffic: Traffic, now: int, keys: Sequence[str]) -> tuple[list[Job], int]:
    """The same for these deliveries alone."""
    due = [one for one in session.find(keys) if one.due is not None and one.due <= now]
    return _mark(session, traffic, now, due)


def _mark(session: Session, traffic: Traffic, now: int, due: Sequence[Delivery]) -> tuple[list[Job], int]:
    if not due:
        return [], 0
    kit, charges = traffic.kit, Charges(due)
    traffic.look(session)
    marking = _Marking(session, traffic, now)
    going = [one for one in due if marking.has_room(one)]
    gates = session.gates(going)
    kit.learn(session, {one.run.definition for one in gates} | {one.definition for one in going if one.definition})
    for delivery, asked in zip(going, gates, strict=True):
        marking.take(delivery, asked)
    changed = [*going, *marking.put_off]
    session.save(changed)
    charges.settle(session)
    session.put_inbox(marking.news)
    if marking.faults:
        session.commit(Changes(faults=marking.faults))
    return marking.jobs, len(changed)


@dataclass(slots=True)
class _Marking:
    """One flight in the making."""

    session: Session
    traffic: Traffic
    now: int
    jobs: list[Job] = field(default_factory=list)
    news: list[Inbox] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    put_off: list[Delivery] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)

    @property
    def kit(self) -> Kit:
        return self.traffic.kit

    def has_room(self, delivery: Delivery) -> bool:
        """Give it a place on a route; where there is none, put it off, or leave it where it is."""
        is_served = delivery.channel in self.kit.routes
        if not is_served or self.now >= delivery.expires or self._is_waited_out(delivery):
            return True
        found = self.traffic.choose(delivery, self.now)
        if isinstance(found, str):
            self.places[delivery.key] = found
            self.traffic.enter(self.session, found, self.now)
        elif found is not None:
            delivery.due = min(found.until, delivery.expires)
            delivery.facts.setdefault(f"held_back_by_{found.why}", self.now)
            self.put_off.append(delivery)
        return isinstance(found, str)

    def _is_waited_out(self, delivery: Delivery) -> bool:
        """Whether it is in a doubt that nobody is asked about: that needs no place, and no pause holds it up."""
        if delivery.is_call or delivery.status not in ("sending", "in_doubt"):
            return False
        abilities = self._abilities(delivery)
        is_sent_again = delivery.status == "in_doubt" and self._may_repeat(delivery, abilities.takes_key)
        return not (abilities.looks_up or is_sent_again)

    def _abilities(self, delivery: Delivery) -> Abilities:
        """What its provider can do; nothing, where this worker does not know it."""
        return self.kit.abilities.get(delivery.route, Abilities())

    def take(self, delivery: Delivery, asked: Gate) -> None:
        """Decide what becomes of it; a place that it does not need is free again."""
        called = len(self.jobs)
        self._decide(delivery, asked)
        route = self.places.get(delivery.key)
        if route is not None and len(self.jobs) == called:
            self.traffic.leave(route)
        elif route is None and len(self.jobs) > called:
            self.traffic.out[delivery.route] += 1

    def _decide(self, delivery: Delivery, asked: Gate) -> None:
        if delivery.status == "sending":
            self._lease_ended(delivery, asked)
        elif delivery.status == "in_doubt":
            self.doubt_ended(delivery, asked)
        else:
            self._pass(delivery, asked)

    def _pass(self, delivery: Delivery, asked: Gate) -> None:
        """Ask the gate; mark what may go."""
        kit, now = self.kit, self.now
        if asked.run.status not in ENDED and _unread_end(kit, asked):
            delivery.due = now + SECOND
            return
        answer = self._gate(delivery, asked)
        if answer.answer == "wait":
            delivery.due = answer.until
        elif answer.answer == "go":
            self._go(delivery, asked)
        else:
            before = kit.credit(delivery)
            become(delivery, answer.answer, delivery.expires if answer.answer == "expired" else now, reason=answer.code)
            self._tell(delivery, asked, learned(delivery, before, kit.credit(delivery)))

    def _gate(self, delivery: Delivery, asked: Gate) -> Passage:
        if delivery.is_anonymous:
            return Passage("cancelled", "erased")
        if delivery.is_call:
            return call_gate(delivery, asked.run.status, self.now)
        run, setting = asked.run, self.kit.setting
        return gate(delivery, run.status, asked.person, asked.consents, asked.suppressions, setting, self.now)

    def _go(self, delivery: Delivery, asked: Gate) -> None:
        routes = self.kit.routes.get(delivery.channel, ())
        if not routes:
            delivery.due = self.now + self.kit.lease  # another worker may serve the channel
            return
        delivery.route = self.places.get(delivery.key) or delivery.route or routes[0]
        delivery.attempts += 1
        become(delivery, "sending", self.now, due=self.now + self.kit.lease)
        self._call("send", delivery, asked)

    def _call(self, kind: str, delivery: Delivery, asked: Gate, *, final: bool = False) -> None:
        try:
            outbound = outbound_of(self.kit, delivery, asked.run.definition, asked.person.key)
        except UnichannelError as error:
            before = self.kit.credit(delivery)
            become(delivery, "failed", self.now, reason=f"{type(error).__name__}: {error}")
            self._tell(delivery, asked, learned(delivery, before, self.kit.credit(delivery)))
            return
        except Exception as error:  # whatever it was, the rest of the flight goes on
            self._set_aside(delivery, error)
            return
        is_send = kind == "send"
        self.jobs.append(
            Job("send" if is_send else "look_up", delivery.route, delivery, outbound, asked.run.listen, final)
        )

    def _set_aside(self, delivery: Delivery, error: Exception) -> None:
        """It is not tried again before ``retry``, or until its time is up and the run goes on."""
        delivery.status, delivery.due = "retry", max(delivery.expires, self.now + SECOND)
        delivery.facts.setdefault("set_aside", self.now)
        said = f"{type(error).__name__} while rendering {delivery.message} for {delivery.channel}"
        event = {"delivery": delivery.id}
        self.faults.append(Fault(delivery.profile, delivery.enrollment, said, self.now, event))

    def _lease_ended(self, delivery: Delivery, asked: Gate) -> None:
        """Nobody settled it in time, so nobody knows: look it up where that can be done; call a function again."""
        if delivery.is_call:
            become(delivery, "retry", self.now, due=self.now)
            self._pass(delivery, asked)
            return
        become(delivery, "in_doubt", self.now, due=doubt_end(delivery, self.kit, self.now))
        if delivery.is_anonymous:
            become(delivery, "abandoned", self.now, reason="erased")  # nobody can be asked about it any more
            return
        if self._abilities(delivery).looks_up:
            self._call("look_up", delivery, asked)

    def doubt_ended(self, delivery: Delivery, asked: Gate) -> None:
        """Time is up: a last look where one can be taken, else by the category's guarantee."""
        abilities = self._abilities(delivery)
        if delivery.is_anonymous:
            become(delivery, "abandoned", self.now, reason="erased")
        elif abilities.looks_up and self.now < delivery.expires + self.kit.doubt_for:
            delivery.due = self.now + self.kit.lease
            self._call("look_up", delivery, asked, final=True)
        elif self._may_repeat(delivery, abilities.takes_key):
            become(delivery, "retry", self.now, due=self.now)
            self._pass(delivery, asked)
        else:
            become(delivery, "abandoned", self.now, reason="abandoned")
            self._tell(delivery, asked)

    def _may_repeat(self, delivery: Delivery, knows_key_for: int | None) -> bool:
        if knows_key_for is not None:
            return self.now < delivery.facts.get("sending", self.now) + knows_key_for * SECOND
        return self.kit.setting.category(delivery.category).at_least_once

    def _tell(self, delivery: Delivery, asked: Gate, told: Learned | None = None) -> None:
        if delivery.is_anonymous:
            return
        if asked.run.listen is not None or told is not None or (self.kit.recent and not delivery.is_call):
            self.news.append(news_row(asked.person.key, delivery, self.now, told))


def _unread_end(kit: Kit, asked: Gate) -> bool:
    """Whether the inbox holds a row that may end the run, or that erases its person."""
    run = asked.run
    return any(row.kind == "erase" or kit.is_end(run.definition, as_event(row), run.entity) for row in asked.unread)


def news_row(key: str, delivery: Delivery, now: int, told: Learned | None = None) -> Inbox:
    """A reason to look at the delivery's run again, and what was learned of the person."""
    body = {"delivery": delivery.id} if told is None else {"delivery": delivery.id, LEARNED: list(told)}
    return Inbox(key, "news", "", now, now, body=body)


def doubt_end(delivery: Delivery, kit: Kit, now: int) -> int:
    """When a doubt ends: after ``doubt_for``; a second and third one take longer, but hold up no next rung."""
    if delivery.attempts > 1:
        return max(now + kit.doubt_for, min(now + delivery.attempts * kit.doubt_for, delivery.expires))
    return max(delivery.facts.get("sending", now) + kit.doubt_for, now + 1)

"""Delivering: mark a flight `sending` behind the gate, call the providers, settle each as it lands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from unichannel.core.audience.consent import Suppression
from unichannel.core.journey.step import Send
from unichannel.core.messaging.content import Content
from unichannel.core.messaging.delivery import TRANSITIONS, Delivery, become, merge
from unichannel.core.messaging.link import Links, PlainLinker
from unichannel.core.messaging.render import render
from unichannel.core.policy.gate import ENDED, gate
from unichannel.core.words.channel import RANK
from unichannel.core.words.instant import SECOND
from unichannel.errors import DefinitionError, UnichannelError
from unichannel.flows.kit import RETRIES, Kit
from unichannel.flows.ops import Flow, Fly, Job, Land, Landed, Now, Transact, ask
from unichannel.flows.passing import as_event
from unichannel.ports import Gate, Inbox, Outbound, Outcome, Session

__all__ = ["Delivered", "deliver", "deliver_these"]


@dataclass(slots=True)
class Delivered:
    """What a round of delivering did: deliveries marked sending or settled, by what became of them."""

    outcomes: dict[str, int] = field(default_factory=dict)
    touched: int = 0

    def add(self, what: str) -> None:
        self.outcomes[what] = self.outcomes.get(what, 0) + 1


def deliver(kit: Kit, until: int) -> Flow[Delivered]:
    """Send everything that is due; start nothing new after the instant ``until``."""
    done, out = Delivered(), 0
    while True:
        now = yield from ask(Now())
        jobs: list[Job] = []
        if out < kit.concurrency and now < until:
            jobs, touched = yield from ask(Transact(partial(mark, kit=kit, now=now, limit=kit.concurrency - out)))
            done.touched += touched
        if jobs:
            yield from ask(Fly(jobs))
            out += len(jobs)
        if not out:
            return done
        out -= yield from _land(kit, done, kit.concurrency)


def deliver_these(kit: Kit, keys: Sequence[str]) -> Flow[Delivered]:
    """Send these deliveries now, behind the same gate."""
    done = Delivered()
    now = yield from ask(Now())
    jobs, done.touched = yield from ask(Transact(partial(_mark_these, kit=kit, now=now, keys=keys)))
    yield from ask(Fly(jobs))
    out = len(jobs)
    while out:
        out -= yield from _land(kit, done, out)
    return done


def _land(kit: Kit, done: Delivered, at_most: int) -> Flow[int]:
    """Settle calls that have come back; how many."""
    landed = yield from ask(Land(at_most))
    now = yield from ask(Now())
    for what in (yield from ask(Transact(partial(settle, kit=kit, landed=landed, now=now)))):
        done.add(what)
    return len(landed)


# marking


def mark(session: Session, kit: Kit, now: int, limit: int) -> tuple[list[Job], int]:
    """Mark up to ``limit`` due deliveries `sending`, behind the gate; the calls to make, and how many were seen."""
    return _mark(session, kit, now, session.due(now, limit))


def _mark_these(session: Session, kit: Kit, now: int, keys: Sequence[str]) -> tuple[list[Job], int]:
    due = [one for one in session.find(keys) if one.due is not None and one.due <= now]
    return _mark(session, kit, now, due)


def _mark(session: Session, kit: Kit, now: int, due: Sequence[Delivery]) -> tuple[list[Job], int]:
    if not due:
        return [], 0
    gates = session.gates(due)
    kit.learn(session, {one.run.definition for one in gates})
    marking = _Marking(kit, now)
    for delivery, asked in zip(due, gates, strict=True):
        marking.take(delivery, asked)
    session.save(due)
    session.put_inbox(marking.news)
    return marking.jobs, len(due)


@dataclass(slots=True)
class _Marking:
    """One flight in the making."""

    kit: Kit
    now: int
    jobs: list[Job] = field(default_factory=list)
    news: list[Inbox] = field(default_factory=list)

    def take(self, delivery: Delivery, asked: Gate) -> None:
        if delivery.status == "sending":
            self._lease_ended(delivery, asked)
        elif delivery.status == "in_doubt":
            self._doubt_ended(delivery, asked)
        else:
            self._pass(delivery, asked)

    def _pass(self, delivery: Delivery, asked: Gate) -> None:
        """Ask the gate; mark what may go."""
        kit, now = self.kit, self.now
        if asked.run.status not in ENDED and _unread_end(kit, asked):
            delivery.due = now + SECOND
            return
        answer = gate(delivery, asked.run.status, asked.person, asked.consents, asked.suppressions, kit.setting, now)
        if answer.answer == "wait":
            delivery.due = answer.until
        elif answer.answer == "go":
            self._go(delivery, asked)
        else:
            become(delivery, answer.answer, delivery.expires if answer.answer == "expired" else now, reason=answer.code)
            self._tell(delivery, asked)

    def _go(self, delivery: Delivery, asked: Gate) -> None:
        routes = self.kit.routes.get(delivery.channel, ())
        if not routes:
            delivery.due = self.now + self.kit.lease  # another worker may serve the channel
            return
        delivery.route = delivery.route or routes[0]
        delivery.attempts += 1
        become(delivery, "sending", self.now, due=self.now + self.kit.lease)
        self._call("send", delivery, asked)

    def _call(self, kind: str, delivery: Delivery, asked: Gate, *, final: bool = False) -> None:
        try:
            outbound = outbound_of(self.kit, delivery, asked.run.definition)
        except UnichannelError as error:
            become(delivery, "failed", self.now, reason=f"{type(error).__name__}: {error}")
            self._tell(delivery, asked)
            return
        is_send = kind == "send"
        self.jobs.append(
            Job("send" if is_send else "look_up", delivery.route, delivery, outbound, asked.run.listen, final)
        )

    def _lease_ended(self, delivery: Delivery, asked: Gate) -> None:
        """Nobody settled it in time, so nobody knows: look it up where that can be done."""
        become(delivery, "in_doubt", self.now, due=_doubt_end(delivery, self.kit, self.now))
        if self.kit.abilities[delivery.route].looks_up:
            self._call("look_up", delivery, asked)

    def _doubt_ended(self, delivery: Delivery, asked: Gate) -> None:
        """Time is up: a last look where one can be taken, else by the category's guarantee."""
        abilities = self.kit.abilities[delivery.route]
        if abilities.looks_up:
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

    def _tell(self, delivery: Delivery, asked: Gate) -> None:
        if asked.run.listen is not None:
            self.news.append(news_row(asked.person.key, delivery, self.now))


def _doubt_end(delivery: Delivery, kit: Kit, now: int) -> int:
    return max(delivery.facts.get("sending", now) + kit.doubt_for, now + 1)


def _unread_end(kit: Kit, asked: Gate) -> bool:
    """Whether the inbox holds a row that may end the run."""
    run = asked.run
    return any(kit.is_end(run.definition, as_event(row), run.entity) for row in asked.unread)


def news_row(key: str, delivery: Delivery, now: int) -> Inbox:
    """A reason to look at the delivery's run again."""
    return Inbox(key, "news", "", now, now, body={"delivery": delivery.id})


def rendered(kit: Kit, delivery: Delivery, definition: int) -> tuple[Content, Links]:
    """The delivery's final texts and the linker that made its links; the same key always gives the same."""
    step = kit.programs[definition].node(delivery.step).step
    content = step.message.content(delivery.channel) if isinstance(step, Send) else None
    if content is None:
        raise DefinitionError(
            f"the message {delivery.message!r} has no content for {delivery.channel}.", thing=delivery.message
        )
    linker = kit.tracking.linker(delivery.key) if kit.tracking is not None else PlainLinker()
    return render(content, delivery.frozen, linker), linker


def outbound_of(kit: Kit, delivery: Delivery, definition: int) -> Outbound:
    """The delivery, rendered and ready to go."""
    content, _ = rendered(kit, delivery, definition)
    category = kit.setting.category(delivery.category)
    is_mail = kit.tracking is not None and delivery.channel == "email"
    return Outbound(
        key=delivery.key,
        channel=delivery.channel,
        address=delivery.address,
        content=content,
        message=delivery.message,
        category=category.name,
        purpose=category.purpose,
        attempt=delivery.attempts,
        reserved=delivery.reserved,
        since=delivery.facts.get("sending", delivery.reserved),
        headers=kit.tracking.headers(delivery.key, category.purpose) if kit.tracking is not None and is_mail else (),
    )


# settling


def settle(session: Session, kit: Kit, landed: Sequence[Landed], now: int) -> list[str]:
    """Write down what became of calls; an outcome is merged whenever and by whomever it is brought."""
    stored = {one.key: one for one in session.find([one.job.delivery.key for one in landed])}
    keys = session.profile_keys({one.job.delivery.profile for one in landed})
    settling = _Settling(kit, now, stored, keys)
    for one in landed:
        settling.take(one)
    session.save(list(stored.values()))
    session.put_suppressions(settling.suppressions)
    session.put_inbox(settling.news)
    return [one.outcome.kind if one.outcome is not None else "not_found" for one in landed]


@dataclass(slots=True)
class _Settling:
    """What a batch of landed calls changes."""

    kit: Kit
    now: int
    stored: dict[str, Delivery]
    keys: dict[int, str]
    news: list[Inbox] = field(default_factory=list)
    suppressions: list[Suppression] = field(default_factory=list)

    def take(self, landed: Landed) -> None:
        job, outcome = landed.job, landed.outcome
        delivery = self.stored.get(job.delivery.key)
        if delivery is None:
            return
        before = delivery.status
        if outcome is None:
            self._not_found(delivery, job)
        elif outcome.kind == "accepted":
            self._accepted(delivery, outcome)
        elif _is_ours(delivery, job):
            {"failed": self._failed, "retry": self._retry, "in_doubt": self._in_doubt}[outcome.kind](delivery, outcome)
        if delivery.status != before and self._matters(delivery, job):
            self.news.append(news_row(self.keys[delivery.profile], delivery, self.now))

    def _matters(self, delivery: Delivery, job: Job) -> bool:
        """Whether the run moves by what happened; acceptance often changes nothing that is not planned."""
        if job.listen is None:
            return False
        if delivery.status in ("failed", "abandoned"):
            return True
        return delivery.status == "accepted" and (job.listen <= RANK["accepted"] or job.kind == "look_up")

    def _accepted(self, delivery: Delivery, outcome: Outcome) -> None:
        at = min(outcome.at, self.now) if outcome.at is not None else self.now
        delivery.facts = merge(delivery.facts, "accepted", max(at, delivery.facts.get("sending", at)))
        delivery.provider_id = delivery.provider_id or outcome.provider_id
        if "accepted" in TRANSITIONS.get(delivery.status, ()):
            become(delivery, "accepted", at)

    def _failed(self, delivery: Delivery, outcome: Outcome) -> None:
        become(delivery, "failed", self.now, reason=_reason(outcome))
        delivery.provider_id = delivery.provider_id or outcome.provider_id
        if outcome.address:
            reason = "dead" if outcome.address == "dead" else "refused"
            self.suppressions.append(Suppression(delivery.hash, "all", reason, self.now, outcome.code))

    def _retry(self, delivery: Delivery, outcome: Outcome) -> None:
        """Surely not accepted: the next route at once, else this one again after a pause."""
        routes = list(self.kit.routes.get(delivery.channel, ()))
        place = routes.index(delivery.route) if delivery.route in routes else -1
        delivery.route = routes[(place + 1) % len(routes)] if routes else delivery.route
        is_round_over = place + 1 >= len(routes)
        pause = RETRIES[min(delivery.attempts - 1, len(RETRIES) - 1)] if is_round_over else 0
        if outcome.retry_after is not None and is_round_over:
            pause = max(pause, round(outcome.retry_after * SECOND))
        due = min(self.now + pause, max(delivery.expires, self.now))
        become(delivery, "retry", self.now, due=due, reason=_reason(outcome))

    def _in_doubt(self, delivery: Delivery, outcome: Outcome) -> None:
        if delivery.status == "sending":
            become(
                delivery, "in_doubt", self.now, due=_doubt_end(delivery, self.kit, self.now), reason=_reason(outcome)
            )

    def _not_found(self, delivery: Delivery, job: Job) -> None:
        """The provider does not have it. At the end of the doubt that means: not accepted."""
        if delivery.status == "in_doubt" and job.final:
            become(delivery, "retry", self.now, due=self.now)


def _reason(outcome: Outcome) -> str:
    return " ".join(part for part in (outcome.code, outcome.reason) if part)


def _is_ours(delivery: Delivery, job: Job) -> bool:
    """Whether the row still waits for this very call."""
    return delivery.status in ("sending", "in_doubt") and delivery.attempts == job.delivery.attempts

"""Settling: what became of calls is written down, merged by key whenever and by whomever it is brought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from unichannel.core.audience.consent import Suppression
from unichannel.core.audience.engagement import Learned, learned
from unichannel.core.messaging.delivery import PASSED_ON, TRANSITIONS, Delivery, become, bill, merge, recount
from unichannel.core.policy.trouble import Trouble, after_failure
from unichannel.core.words.channel import RANK
from unichannel.core.words.instant import SECOND
from unichannel.flows.budgeting import Charges
from unichannel.flows.kit import RETRIES, Kit
from unichannel.flows.marking import doubt_end, news_row
from unichannel.flows.ops import Job, Landed
from unichannel.flows.traffic import Traffic
from unichannel.ports import Inbox, Outcome, Session

__all__ = ["settle"]


def settle(session: Session, traffic: Traffic, landed: Sequence[Landed], now: int) -> list[str]:
    """Write down what became of calls; an outcome is merged whenever and by whomever it is brought."""
    stored = {one.key: one for one in session.find([one.job.delivery.key for one in landed])}
    keys = session.profile_keys({one.profile for one in stored.values()})
    charges = Charges(stored.values())
    settling = _Settling(traffic.kit, now, stored, keys)
    for one in landed:
        settling.take(one)
    session.save(list(stored.values()))
    charges.settle(session)
    session.put_suppressions(settling.suppressions)
    session.put_inbox(settling.news)
    _note_trouble(session, traffic, landed, now)
    return [_named(one.outcome) for one in landed]


def _named(outcome: Outcome | None) -> str:
    """Under which word a report counts it."""
    if outcome is None:
        return "not_found"
    return "misconfigured" if outcome.misconfigured else outcome.kind


def _note_trouble(session: Session, traffic: Traffic, landed: Sequence[Landed], now: int) -> None:
    """Write down which routes fail, and which are well again; of those that were well, nothing."""
    told = [(one.job.route, one.outcome) for one in landed if one.job.kind == "send" and not one.job.delivery.is_call]
    failing = {route for route, outcome in told if _is_failure(outcome)}
    if not failing and not any(route in traffic.troubles for route, _ in told):
        return
    known = {one.route: one for one in session.troubles()}
    before = dict(known)
    for route, outcome in told:
        trouble = known.get(route, Trouble(route))
        after = outcome.retry_after if outcome is not None else None
        known[route] = after_failure(trouble, now, after) if _is_failure(outcome) else Trouble(route)
    for route, trouble in known.items():
        if trouble != before.get(route, Trouble(route)):
            session.put_trouble(trouble)


def _is_failure(outcome: Outcome | None) -> bool:
    """Whether the provider did not do its part; a message that it refused is none of its failures."""
    return outcome is not None and outcome.kind in ("retry", "in_doubt")


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
        before, credit = delivery.status, self.kit.credit(delivery)
        if outcome is not None and outcome.units is not None:
            recount(delivery, outcome.units)
        if outcome is not None and outcome.cost is not None:
            bill(delivery, outcome.cost.micros, outcome.cost.currency, self.now)
        if outcome is None:
            self._not_found(delivery, job)
        elif outcome.kind == "accepted":
            self._accepted(delivery, outcome)
        elif _is_ours(delivery, job):
            {"failed": self._failed, "retry": self._retry, "in_doubt": self._in_doubt}[outcome.kind](delivery, outcome)
        told = learned(delivery, credit, self.kit.credit(delivery))
        if told is not None or (delivery.status != before and self._matters(delivery, job)):
            self.news.append(self._news(delivery, outcome, told))

    def _news(self, delivery: Delivery, outcome: Outcome | None, told: Learned | None) -> Inbox:
        row = news_row(self.keys[delivery.profile], delivery, self.now, told)
        if delivery.is_call and outcome is not None and outcome.kind == "accepted":
            row.body |= {"enrollment": delivery.enrollment, "n": delivery.n, "answer": outcome.raw.get("answer")}
        return row

    def _matters(self, delivery: Delivery, job: Job) -> bool:
        """Whether the run moves by what happened; acceptance often changes nothing that is not planned."""
        if job.listen is None:
            return delivery.status == "failed" and self.kit.recent > 0
        if delivery.status in ("failed", "abandoned") or (delivery.is_call and delivery.status == "accepted"):
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
        """Surely not accepted: the next route at once, else this one again after a pause.

        What was ever in doubt stays with its route: another provider cannot know that this one has it (P33).
        """
        routes = list(self.kit.routes.get(delivery.channel, ()))
        if "in_doubt" in delivery.facts:
            routes = [delivery.route]
        elif len(routes) > 1:
            delivery.facts = merge(delivery.facts, f"{PASSED_ON}{delivery.route}", self.now)
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
            become(delivery, "in_doubt", self.now, due=doubt_end(delivery, self.kit, self.now), reason=_reason(outcome))

    def _not_found(self, delivery: Delivery, job: Job) -> None:
        """The provider does not have it. At the end of the doubt that means: not accepted."""
        if delivery.status == "in_doubt" and job.final:
            become(delivery, "retry", self.now, due=self.now)


def _reason(outcome: Outcome) -> str:
    return " ".join(part for part in (outcome.code, outcome.reason) if part)


def _is_ours(delivery: Delivery, job: Job) -> bool:
    """Whether the row still waits for this very call."""
    return delivery.status in ("sending", "in_doubt") and delivery.attempts == job.delivery.attempts

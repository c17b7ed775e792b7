"""Receipts: what they change in the deliveries that they are about, and about whom they are.

Statuses merge in ``run_due``, by our key first and by the provider's id only then, in any order and however
often they come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from unichannel.core.audience.engagement import Learned, learned
from unichannel.core.audience.signs import SIGNS
from unichannel.core.messaging.delivery import RECEIPT_FACTS, Delivery, bill, merge, status_of
from unichannel.core.words.address import normalize
from unichannel.core.words.channel import RANK
from unichannel.core.words.event import RECEIVED
from unichannel.core.words.instant import DAY, MINUTE
from unichannel.core.words.money import Money
from unichannel.errors import InvalidInput
from unichannel.flows.budgeting import Charges
from unichannel.flows.inbox import LEARNED, SHOWN
from unichannel.flows.kit import Kit
from unichannel.flows.marking import news_row
from unichannel.ports import Changes, Fault, History, Inbox, Parked, Receipt, Session

__all__ = ["hash_of", "merge_now", "merge_receipts", "receipts_about"]

_KEPT_FOR = 7 * DAY
_AGAIN = MINUTE
_EVENTS = ("opened", "clicked", "replied", "converted", "bounced", "complained", "unsubscribed")


def merge_receipts(session: Session, kit: Kit, now: int, limit: int) -> int:
    """Merge receipts that wait into their deliveries; how many were looked at."""
    rows = session.receipts(now, limit)
    if not rows:
        return 0
    merging = _merged(session, kit, now, rows)
    session.settle_receipts(merging.done, merging.parked)
    return len(rows)


def merge_now(session: Session, kit: Kit, now: int, receipts: Sequence[Receipt]) -> None:
    """Merge what the host itself has seen into deliveries that are there, without the queue."""
    _merged(session, kit, now, [Parked("host", now, receipt, now) for receipt in receipts])


def _merged(session: Session, kit: Kit, now: int, rows: Sequence[Parked]) -> _Merging:
    merging = _Merging(session, kit, now, rows)
    charges = Charges(merging.by_key.values())
    for row in rows:
        merging.try_to_take(row)
    session.save(list({one.key: one for one in merging.changed}.values()))
    charges.settle(session)
    session.put_inbox(merging.inbox)
    if merging.faults:
        session.commit(Changes(faults=merging.faults))
    return merging


@dataclass(slots=True)
class _Merging:
    """One batch of receipts against their deliveries, found in a constant number of statements."""

    session: Session
    kit: Kit
    now: int
    rows: Sequence[Parked]
    by_key: dict[str, Delivery] = field(init=False)
    by_provider: dict[tuple[str, str], Delivery] = field(init=False)
    by_hash: dict[str, Delivery] = field(init=False)
    at_hash: dict[str, list[str]] = field(init=False)
    keys: dict[int, str] = field(init=False)
    changed: list[Delivery] = field(default_factory=list)
    inbox: list[Inbox] = field(default_factory=list)
    done: list[int] = field(default_factory=list)
    parked: list[tuple[int, int]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def __post_init__(self) -> None:
        receipts = [(row.provider, row.receipt) for row in self.rows]
        keys = {one.key for _, one in receipts if one.key}
        ids = {(provider, one.provider_id) for provider, one in receipts if one.provider_id}
        hashes = {hash_of(self.kit, one) for _, one in receipts if one.kind in ("inbound", "unsubscribed")} - {""}
        found = {one.key: one for one in self.session.find(keys, ids)}
        latest = {one.hash: one for one in self.session.latest_to(hashes)}
        self.by_hash = {hashed: found.setdefault(one.key, one) for hashed, one in latest.items()}
        self.by_key = found
        self.by_provider = {(one.route, one.provider_id): one for one in found.values() if one.provider_id}
        self.at_hash = self.session.profiles_at(hashes)
        self.keys = self.session.profile_keys({one.profile for one in found.values()})

    def try_to_take(self, row: Parked) -> None:
        """Merge it; what raises is set aside until ``retry``, and let go when receipts are."""
        try:
            self.take(row)
        except Exception as error:  # whatever it was, the rest of the batch goes on
            ends = row.recorded + _KEPT_FOR
            if self.now >= ends:
                self.done.append(row.id)
                return
            self.parked.append((row.id, ends))
            said = f"{type(error).__name__} while merging a receipt of {row.provider} ({row.receipt.kind})"
            self.faults.append(Fault(0, 0, said, self.now, {"receipt": row.id}))

    def take(self, row: Parked) -> None:
        receipt = row.receipt
        delivery = self.by_key.get(receipt.key) or self.by_provider.get((row.provider, receipt.provider_id))
        if receipt.kind == "inbound":
            self._inbound(row)
        elif delivery is not None:
            self._merge(row, delivery)
        elif receipt.kind not in ("unsubscribed", "subscribed") and self.now < row.recorded + _KEPT_FOR:
            self.parked.append((row.id, self.now + _AGAIN))
            return
        self.done.append(row.id)

    def _merge(self, row: Parked, delivery: Delivery) -> None:
        receipt = row.receipt
        self._bill(receipt, delivery)
        fact = RECEIPT_FACTS.get(receipt.kind)
        if fact is None:
            return
        if receipt.machine and fact in ("opened", "clicked"):
            fact = f"machine_{fact}"
        instant = min(receipt.occurred, row.recorded)
        is_new, credit = fact not in delivery.facts, self.kit.credit(delivery)
        delivery.facts = merge(delivery.facts, fact, max(instant, delivery.facts.get("sending", instant)))
        delivery.provider_id = delivery.provider_id or receipt.provider_id
        self._show(delivery, receipt)
        self.changed.append(delivery)
        self._tell(row, delivery, fact, learned(delivery, credit, self.kit.credit(delivery)), is_new=is_new)

    def _bill(self, receipt: Receipt, delivery: Delivery) -> None:
        cost = _money(receipt.cost)
        if cost is not None:
            bill(delivery, cost.micros, cost.currency, self.now)
            self.changed.append(delivery)

    def _show(self, delivery: Delivery, receipt: Receipt) -> None:
        """A receipt resolves a doubt, and what is known to have gone out has nothing more to do."""
        before = delivery.status
        delivery.status = status_of(before, delivery.facts)
        if delivery.status != before:
            delivery.due = None
            if delivery.status in ("failed", "bounced") and not delivery.is_anonymous:
                delivery.reason = " ".join(part for part in (receipt.code, receipt.reason) if part)[:300]

    def _tell(self, row: Parked, delivery: Delivery, fact: str, told: Learned | None, *, is_new: bool) -> None:
        """Tell the profile's pass: evidence as an event, the rest as news; of somebody who was erased, nobody."""
        key = self.keys.get(delivery.profile)
        if key is None:
            return
        shown = self._shown(delivery.address, fact, min(row.receipt.occurred, row.recorded))
        if fact in _EVENTS:
            at = delivery.facts[fact]
            body: dict[str, Any] = {
                "delivery": delivery.id,
                "journey_step": delivery.step,
                "message": delivery.message,
                "channel": delivery.channel,
            }
            body |= {name: said for name in ("link", "url") if (said := getattr(row.receipt, name)) not in (None, "")}
            if told is not None:
                body[LEARNED] = list(told)
            body |= shown
            name, id = f"message.{fact}", self._event_id(row, delivery, fact)
            self.inbox.append(Inbox(key, "evidence", name, at, self.now, id, 0, body))
        elif told is not None or (is_new and (fact in ("failed", "bounced") or RANK.get(fact, 0) >= RANK["accepted"])):
            news = news_row(key, delivery, self.now, told)
            news.body |= shown
            self.inbox.append(news)

    def _shown(self, address: str, fact: str, instant: int) -> dict[str, Any]:
        """What a row says of an address, where addresses age."""
        return {SHOWN: [address, fact, instant]} if self.kit.setting.ageing and fact in SIGNS and address else {}

    def _event_id(self, row: Parked, delivery: Delivery, fact: str) -> str:
        link = "" if row.receipt.link is None else f":{row.receipt.link}"
        return f"{delivery.id}:{fact}{link}:{row.receipt.id or row.id}"

    def _inbound(self, row: Parked) -> None:
        """A message from a person: an event for who has the address, a reply to what went there last."""
        receipt = row.receipt
        hashed = hash_of(self.kit, receipt)
        delivery = self.by_hash.get(hashed)
        if delivery is not None and receipt.code not in ("stop", "start", "help"):
            self._merge(Parked(row.provider, row.recorded, _as_reply(receipt), row.due, row.id), delivery)
        for key in self.at_hash.get(hashed, ()):
            body: dict[str, Any] = {"channel": receipt.channel, "text": receipt.text, "keyword": receipt.code}
            body |= self._shown(_address_of(self.kit, receipt), "replied", min(receipt.occurred, row.recorded))
            id = f"in:{row.provider}:{receipt.id or row.id}:{key}"
            self.inbox.append(Inbox(key, "event", RECEIVED, receipt.occurred, self.now, id, 0, body))


def _money(text: str) -> Money | None:
    """What a receipt says of its cost, None where it says nothing, or nothing that is a cost."""
    try:
        cost = Money.parse(text) if text else None
    except InvalidInput:
        return None
    return cost if cost is not None and cost.micros >= 0 else None


def _as_reply(receipt: Receipt) -> Receipt:
    return Receipt("replied", receipt.occurred, id=receipt.id, channel=receipt.channel)


# about whom


def receipts_about(session: Session, kit: Kit, history: History) -> list[Parked]:
    """The receipts in the queue that are about a person's deliveries, or come from one of their addresses."""
    deliveries = history.deliveries
    hashes = {*kit.setting.hashes(history.person), *(one.hash for one in deliveries)} - {""}
    keys = {one.key for one in deliveries}
    ids = {(one.route, one.provider_id) for one in deliveries if one.provider_id}

    def is_theirs(parked: Parked) -> bool:
        one = parked.receipt
        return one.key in keys or (parked.provider, one.provider_id) in ids or hash_of(kit, one) in hashes

    return [one for one in session.parked(keys, {id for _, id in ids}, hashes) if is_theirs(one)]


def hash_of(kit: Kit, receipt: Receipt) -> str:
    """The keyed hash of the receipt's address, "" where it has none that can be read."""
    address = _address_of(kit, receipt)
    return kit.setting.hash_at(receipt.channel, address) if address else ""


def _address_of(kit: Kit, receipt: Receipt) -> str:
    """The receipt's address in its one form, "" where it has none that can be read."""
    channel = kit.setting.channels.get(receipt.channel)
    if channel is None or not receipt.address:
        return ""
    try:
        return normalize(channel.address, receipt.address)
    except InvalidInput:
        return ""

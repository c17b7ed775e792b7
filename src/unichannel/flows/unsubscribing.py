"""Unsubscribing: what a person may choose behind the link of a message, and what they chose.

A link opts out of what it is for; its page offers more: this topic, this channel, everything, or each topic on
each channel. What is taken back counts at once. What is ticked anew is given on the channel of the link itself,
whose address the visitor has shown to read; on another channel it is pending, for the person to confirm there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import get_args

from unichannel.core.audience.consent import Consent, Suppression
from unichannel.core.audience.erasing import OBJECTED
from unichannel.core.audience.profile import Person
from unichannel.core.audience.seal import Sealed
from unichannel.core.messaging.delivery import Delivery
from unichannel.core.policy.consent_state import state_at
from unichannel.core.policy.consenting import Scope
from unichannel.core.policy.permission import suppression_refusal
from unichannel.core.words.category import DEFAULTS, Category
from unichannel.core.words.ids import mac
from unichannel.flows.consenting import PENDING, news_of, put_entries
from unichannel.flows.kit import Kit
from unichannel.ports import Answer, Choices, Parked, Receipt, Received, Session, Unsubscribing, Wish

__all__ = ["is_wish", "unsubscribe", "withdrawn_by_link"]

_SCOPES: tuple[str, ...] = get_args(Scope)
_FORM = "unsubscribe page"


def is_wish(received: Received) -> bool:
    """Whether an incoming call may write entries with evidence, which need salt."""
    return isinstance(received.answer, Unsubscribing) and received.answer.wish is not None


def withdrawn_by_link(session: Session, kit: Kit, delivery: Delivery, now: int) -> Sealed:
    """A withdrawal by one click: this person, and as far as the host's rules say."""
    category, scope = _category(kit, delivery), kit.setting.consent.unsubscribe
    key = session.profile_keys([delivery.profile])[delivery.profile]
    topic = category.topic or "*" if scope == "topic" else "*"
    channel = "*" if scope == "everything" else delivery.channel
    entry = Consent(channel, category.purpose, topic, "withdrawn", now, now, f"link in {delivery.id}")
    return kit.setting.seals.seal(key, entry)


def _category(kit: Kit, delivery: Delivery) -> Category:
    """The message's category; one that the host no longer has counts as marketing without a topic."""
    return kit.setting.categories.get(delivery.category) or Category(delivery.category)


def unsubscribe(session: Session, kit: Kit, provider: str, said: Unsubscribing, now: int, salt: bytes) -> Answer:
    """Do what is wished for, if it is one of the choices, and show the page."""
    found = session.find([said.key])
    if not found:
        return said.show(None)
    if found[0].is_anonymous:
        return said.show(_of_nobody(session, found[0], said.wish, now))
    visit = _visit(session, kit, found[0], now)
    choices, wish = visit.choices(), said.wish
    if wish is None:
        return said.show(choices)
    if wish.scope == "link":
        return said.show(replace(choices, said="unsubscribed"))
    if not _is_offered(wish, choices):
        return said.show(replace(choices, said="unclear"))
    visit.take(wish, dict(said.evidence), provider, salt)
    return said.show(replace(visit.choices(), said="saved" if wish.scope == "preferences" else "unsubscribed"))


def _of_nobody(session: Session, delivery: Delivery, wish: Wish | None, now: int) -> Choices:
    """Of somebody who was erased nothing is known but the address's hash: it gets no marketing at all."""
    offered = Choices(delivery.channel, scopes=("everything",), preset="everything")
    if wish is None:
        return offered
    if wish.scope not in ("link", "everything"):
        return replace(offered, said="unclear")
    session.put_suppressions([Suppression(delivery.hash, "marketing", OBJECTED, now)])
    return replace(offered, said="unsubscribed")


def _is_offered(wish: Wish, choices: Choices) -> bool:
    if wish.scope == "preferences":
        return bool(wish.shown) and wish.was | wish.on <= wish.shown <= choices.cells
    return wish.scope in choices.scopes


def _visit(session: Session, kit: Kit, delivery: Delivery, now: int) -> _Visit:
    key = session.profile_keys([delivery.profile])[delivery.profile]
    person, _ = session.deliveries_on(key, delivery.channel)
    entries = [one.entry for one in session.entries_of(key)]
    return _Visit(session, kit, delivery, person or Person(delivery.profile, key), entries, now)


@dataclass(slots=True)
class _Visit:
    """One person at the page of one delivery, with what stands in the ledger."""

    session: Session
    kit: Kit
    delivery: Delivery
    person: Person
    entries: list[Consent]
    now: int

    # what there is to choose

    def choices(self) -> Choices:
        setting, category = self.kit.setting, _category(self.kit, self.delivery)
        stopped = self._stopped()
        table, topic = self._table(stopped), category.topic or category.name
        offered = _SCOPES if topic in _topics(self.kit) else _SCOPES[1:]
        preset = setting.consent.unsubscribe
        return Choices(
            self.delivery.channel,
            topic if "topic" in offered else "",
            offered,
            preset if preset in offered else "channel",
            table,
            tuple(stopped) if _topics(self.kit) else (),
            setting.sender.name if setting.sender is not None else "",
        )

    def _table(self, stopped: Sequence[str]) -> dict[str, dict[str, str]]:
        channels = [one for one in self._reached() if one not in stopped]
        return {topic: {one: self._state(one, topic) for one in channels} for topic in _topics(self.kit) if channels}

    def _reached(self) -> list[str]:
        """Channels with a route on which the person has an address."""
        known = self.kit.setting.channels
        return [one for one in sorted(self.kit.setting.reports) if self.person.reached_at(known[one].address)]

    def _stopped(self) -> list[str]:
        """Those on which every address is one that no marketing may go to: only the address itself lifts that."""
        setting = self.kit.setting
        against = self.session.suppressed(setting.hashes(self.person))
        return [
            channel
            for channel in self._reached()
            if all(
                suppression_refusal(against, setting.hash_at(channel, address), _MARKETING)
                for address in self.person.reached_at(setting.channels[channel].address)
            )
        ]

    def _state(self, channel: str, topic: str) -> str:
        category = Category(topic, topic=topic)
        state = state_at(self.entries, channel, category, self.person, self.kit.setting, self.now)
        return "on" if state.allowed else "pending" if state.status == "pending" else "off"

    # what is chosen

    def take(self, wish: Wish, evidence: dict[str, str], provider: str, salt: bytes) -> None:
        """Write down what changes, each entry sealed, with what shows that the person did it."""
        how = Consent(
            self.delivery.channel,
            occurred=self.now,
            recorded=self.now,
            source=f"link in {self.delivery.id}",
            evidence={"delivery": self.delivery.id, **evidence},
            language=wish.language,
            form=_FORM,
        )
        changed = self._changed(wish, how) if wish.scope == "preferences" else [self._taken_back(wish.scope, how)]
        entries = [self._sealed(one, salt, number) for number, one in enumerate(changed)]
        put_entries(self.session, entries, [news_of(one, PENDING) for one in entries if one.entry.status == "pending"])
        self.entries += changed
        self._tell(provider, changed)

    def _taken_back(self, scope: str, how: Consent) -> Consent:
        category = _category(self.kit, self.delivery)
        if scope == "topic":
            topic = category.topic or category.name
            return replace(how, purpose=category.purpose, topic=topic, status="withdrawn")
        return replace(how, channel="*" if scope == "everything" else how.channel, status="withdrawn")

    def _changed(self, wish: Wish, how: Consent) -> list[Consent]:
        """What the person ticked or not, where that is new; what is already so is not written again."""
        off = [cell for cell in sorted(wish.was - wish.on) if self._state(*cell) != "off"]
        on = [cell for cell in sorted(wish.on - wish.was) if self._state(*cell) == "off"]
        back = [replace(how, channel=channel, topic=topic, status="withdrawn") for channel, topic in off]
        given = replace(how, wording=wish.wording)
        return back + [
            replace(given, channel=channel, topic=topic, status="given" if self._is_here(channel) else "pending")
            for channel, topic in on
        ]

    def _is_here(self, channel: str) -> bool:
        """Whether the link came by an address that serves this channel too."""
        known, here = self.kit.setting.channels[channel], self.kit.setting.channels[self.delivery.channel]
        return known.family == here.family

    def _sealed(self, entry: Consent, salt: bytes, number: int) -> Sealed:
        return self.kit.setting.seals.seal(self.person.key, entry, mac(salt, f"{self.person.key}\x1f{number}", 16))

    def _tell(self, provider: str, changed: Sequence[Consent]) -> None:
        """That this message had somebody opt out of its like."""
        category = _category(self.kit, self.delivery)
        topic, channel = category.topic or category.name, self.delivery.channel
        is_about = any(
            one.status == "withdrawn" and one.channel in (channel, "*") and one.topic in (topic, "*") for one in changed
        )
        if is_about:
            told = Receipt("unsubscribed", self.now, key=self.delivery.key, id=f"u{self.delivery.key}@{self.now}")
            self.session.put_receipts([Parked(provider, self.now, told, self.now)])


_MARKETING = Category("marketing")


def _topics(kit: Kit) -> list[str]:
    """The topics of marketing that the host made: of its categories, and of ours if it gave them one."""
    own = [one for one in kit.setting.categories.values() if one.is_marketing and one not in DEFAULTS]
    return list(dict.fromkeys(one.topic or one.name for one in own))

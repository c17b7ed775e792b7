"""Deciding: what decisions read, all of it in a number of statements that does not grow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from sqlalchemy import select

from unichannel.core.audience.consent import Consent, Suppression, ledger, outweigh
from unichannel.core.audience.profile import Person
from unichannel.core.condition.view import Facts
from unichannel.core.journey.enrollment import Enrollment
from unichannel.core.messaging.delivery import Delivery
from unichannel.core.words.event import Event
from unichannel.ports.storing import Inbox, Loaded, Want
from unichannel.stores.sql import rows as r
from unichannel.stores.sql import tables as t
from unichannel.stores.sql.handing import decided
from unichannel.stores.sql.locking import Locking
from unichannel.stores.sql.statement import Row, Statement, among, literal, value

__all__ = ["CONSENTS", "DELIVERIES_OF_PROFILES", "Deciding", "add_suppression", "suppressions_of"]

T = TypeVar("T")

_PEOPLE = Statement(
    select(t.profiles.c.id, t.profiles.c.key, t.profiles.c.body).where(among(t.profiles.c.id, "ids")), "p_ids"
)
_EVENTS = Statement(
    select(*(t.events.c[name] for name in r.EVENT))
    .where(among(t.events.c.profile, "ids"), among(t.events.c.name, "names"))
    .order_by(t.events.c.occurred, t.events.c.id),
    "p_ids",
    "p_names",
)
CONSENTS = Statement(
    select(t.consents.c.profile, t.consents.c.body)
    .where(among(t.consents.c.profile, "keys"))
    .order_by(t.consents.c.id),
    "p_keys",
)
_SUPPRESSED = Statement(
    select(t.addresses.c.profile, *(t.suppressions.c[name] for name in r.SUPPRESSION))
    .join_from(t.addresses, t.suppressions, t.suppressions.c.hash == t.addresses.c.hash)
    .where(among(t.addresses.c.profile, "ids"))
    .order_by(t.suppressions.c.id),
    "p_ids",
)
_INBOX = Statement(
    select(t.inbox.c.id, *(t.inbox.c[name] for name in r.INBOX))
    .where(among(t.inbox.c.profile, "keys"), decided(t.inbox.c.kind))
    .order_by(t.inbox.c.id),
    "p_keys",
)
_runs = t.enrollments.c
_OPEN_RUNS = Statement(
    select(*(_runs[name] for name in r.ENROLLMENT)).where(
        among(_runs.profile, "ids"), _runs.open.is_not(None), _runs.listen.is_not(None)
    ),
    "p_ids",
)
_CLOSED_RUNS = Statement(
    select(*(_runs[name] for name in r.ENROLLMENT)).where(
        among(_runs.profile, "ids"), among(_runs.journey, "journeys"), _runs.listen.is_(None)
    ),
    "p_ids",
    "p_journeys",
)
_all_of_delivery = [t.deliveries.c[name] for name in r.DELIVERY]
_by_place = (t.deliveries.c.enrollment, t.deliveries.c.n)
_DELIVERIES_OF_RUNS = Statement(
    select(*_all_of_delivery).where(among(t.deliveries.c.enrollment, "ids")).order_by(*_by_place), "p_ids"
)
DELIVERIES_OF_PROFILES = Statement(
    select(*_all_of_delivery).where(among(t.deliveries.c.profile, "ids")).order_by(*_by_place), "p_ids"
)
_RECENT_OF_PROFILES = Statement(
    select(*_all_of_delivery).where(among(t.deliveries.c.profile, "ids"), t.deliveries.c.expires > value("since")),
    "p_ids",
    "p_since",
)
_SEEN = Statement(
    select(t.events.c.profile, t.events.c.event_id).where(
        among(t.events.c.event_id, "names"), t.events.c.event_id != literal("")
    ),
    "p_names",
)


class Deciding(Locking):
    """The part of a session that reads what decisions are made of."""

    def load(self, profiles: Sequence[int], want: Want) -> list[Loaded]:
        """Facts, inbox and runs of locked profiles, in the order asked."""
        ids = r.listed(profiles)
        people = {row[0]: r.to_person(*row) for row in self._runner.rows(_PEOPLE, ids)}
        inbox = self._inbox(people)
        runs = self._runs(ids, list(inbox), want)
        facts = self._facts(people, ids, runs, want)
        seen = self._seen(inbox)
        return [
            Loaded(
                facts[id], waiting, runs[id], frozenset(row.event_id for row in waiting if (id, row.event_id) in seen)
            )
            for id in profiles
            for waiting in (inbox.get(id, []),)
        ]

    def _inbox(self, people: dict[int, Person]) -> dict[int, list[Inbox]]:
        """What waits for each of them, under any of its keys."""
        owners = {key: id for id, person in people.items() for key in person.keys}
        return dict(_grouped((owners[row[1]], r.to_inbox(row)) for row in self._runner.rows(_INBOX, r.listed(owners))))

    def _runs(self, ids: str, busy: list[int], want: Want) -> dict[int, list[Enrollment]]:
        rows = list(self._runner.rows(_OPEN_RUNS, ids))
        if busy and want.journeys:
            rows += self._runner.rows(_CLOSED_RUNS, r.listed(busy), r.listed(want.journeys))
        found: dict[int, list[Enrollment]] = defaultdict(list)
        for row in sorted(rows):
            found[row[1]].append(r.to_enrollment(row))
        return found

    def _facts(
        self, people: dict[int, Person], ids: str, runs: dict[int, list[Enrollment]], want: Want
    ) -> dict[int, Facts]:
        events = self._events(ids, want)
        deliveries = self._deliveries(ids, runs, want)
        consents = self.consents_of(people.values())
        suppressed = suppressions_of(self._runner.rows(_SUPPRESSED, ids))
        return {
            id: Facts(person, events[id], deliveries[id], consents[id], suppressed[id]) for id, person in people.items()
        }

    def _events(self, ids: str, want: Want) -> dict[int, list[Event]]:
        rows = self._runner.rows(_EVENTS, ids, r.listed(want.events)) if want.events else ()
        return _grouped((row[0], r.to_event(row)) for row in rows)

    def _deliveries(self, ids: str, runs: dict[int, list[Enrollment]], want: Want) -> dict[int, list[Delivery]]:
        if want.deliveries:
            rows = self._runner.rows(DELIVERIES_OF_PROFILES, ids)
        else:
            rows = self._runner.rows(_DELIVERIES_OF_RUNS, r.listed(run.id for some in runs.values() for run in some))
        if want.since is not None and not want.deliveries:
            recent = self._runner.rows(_RECENT_OF_PROFILES, ids, want.since)
            rows = sorted({row[:2]: row for row in (*rows, *recent)}.values())
        return _grouped((row[2], r.to_delivery(row)) for row in rows)

    def consents_of(self, people: Iterable[Person]) -> dict[int, list[Consent]]:
        """The ledger of each of these people, under all of its keys, in the order it was written."""
        keys = {person.id: person.keys for person in people}
        rows = self._runner.rows(CONSENTS, r.listed(key for some in keys.values() for key in some))
        found: dict[str, list[Consent]] = _grouped((key, r.to_consent(body)) for key, body in rows)
        return {id: ledger([found.get(key, []) for key in some]) for id, some in keys.items()}

    def _seen(self, inbox: dict[int, list[Inbox]]) -> set[tuple[int, str]]:
        """(profile, event id) of those that are history already."""
        names = [row.event_id for waiting in inbox.values() for row in waiting if row.event_id]
        return {(profile, name) for profile, name in self._runner.rows(_SEEN, r.listed(names))} if names else set()


def suppressions_of(rows: Iterable[Row]) -> dict[int, dict[str, Suppression]]:
    """What counts for each hash, by profile; rows come oldest first."""
    found: dict[int, dict[str, Suppression]] = defaultdict(dict)
    for profile, *entry in rows:
        add_suppression(found[profile], tuple(entry))
    return found


def add_suppression(counting: dict[str, Suppression], row: Row) -> None:
    """Add the next entry to what counts for its hash."""
    entry = r.to_suppression(row)
    counting[entry.hash] = outweigh(counting.get(entry.hash), entry)


def _grouped(pairs: Iterable[tuple[Any, T]]) -> dict[Any, list[T]]:
    found: dict[Any, list[T]] = defaultdict(list)
    for key, one in pairs:
        found[key].append(one)
    return found

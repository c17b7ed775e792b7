"""Asking: definitions, histories, intentions, faults, and when there is something to do."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import BigInteger, Select, cast, exists, extract, func, literal_column, select

from unichannel.core.audience.profile import Person
from unichannel.core.journey.enrollment import Enrollment
from unichannel.core.messaging.delivery import Delivery
from unichannel.ports.storing import Fault, History, Note
from unichannel.stores.sql import rows as r
from unichannel.stores.sql import tables as t
from unichannel.stores.sql.bulk import inserting
from unichannel.stores.sql.deciding import DELIVERIES_OF_PROFILES
from unichannel.stores.sql.delivering import SERVED, Delivering
from unichannel.stores.sql.statement import Statement, literal, removing, value

__all__ = ["Asking"]

_stored = t.definitions.c
_DEFINITIONS = Statement(select(_stored.id, _stored.name, _stored.version, _stored.digest).order_by(_stored.id))
_DEFINITION = Statement(select(_stored.body).where(_stored.id == value("id")), "p_id")
_DEFINITION_ID = Statement(
    select(_stored.id).where(
        _stored.name == value("name"), _stored.version == value("version"), _stored.digest == value("digest")
    ),
    "p_name",
    "p_version",
    "p_digest",
)
_INSERT_DEFINITION = inserting(t.definitions, "name", "version", "digest", "body", "at", if_new=True)
# Not now(): that is the instant at which the transaction began, and a host's may be open for long.
_CLOCK = Statement(select(cast(extract("epoch", func.clock_timestamp()) * literal_column("1000000"), BigInteger)))
_NEXT_DUE = Statement(
    select(
        exists(select(t.inbox.c.id)),
        exists(select(t.sweeps.c.journey).where(t.sweeps.c.after >= literal_column("0"))),
        select(func.min(t.receipts.c.due)).scalar_subquery(),
        select(func.min(t.wakes.c.due)).where(t.wakes.c.due.is_not(None)).scalar_subquery(),
        # Not min(): the first that counts, in the order of the index, however many there are.
        select(t.deliveries.c.due)
        .where(t.deliveries.c.due.is_not(None), SERVED)
        .order_by(t.deliveries.c.due)
        .limit(literal_column("1"))
        .scalar_subquery(),
    ),
    "p_without",
)
_alias = t.profiles.alias("alias")
_PERSON = Statement(
    select(t.profiles.c.id, t.profiles.c.key, t.profiles.c.body)
    .join_from(_alias, t.profiles, t.profiles.c.id == func.coalesce(_alias.c.merged_into, _alias.c.id))
    .where(_alias.c.key == value("key")),
    "p_key",
)


def _runs() -> Select[tuple[object, ...]]:
    return select(*(t.enrollments.c[name] for name in r.ENROLLMENT)).order_by(t.enrollments.c.id)


def _notes() -> Select[tuple[object, ...]]:
    return select(*(t.notes.c[name] for name in r.NOTE)).order_by(t.notes.c.id)


_RUN = Statement(_runs().where(t.enrollments.c.id == value("id")), "p_id")
_RUNS_OF = Statement(_runs().where(t.enrollments.c.profile == value("profile")), "p_profile")
_RUN_FOR = Statement(
    _runs().where(t.enrollments.c.origin == value("origin"), t.enrollments.c.origin != literal("")).limit(1), "p_origin"
)
_NOTES_OF = Statement(_notes().where(t.notes.c.profile == value("profile")), "p_profile")
_NOTE_FOR = Statement(
    _notes().where(t.notes.c.origin == value("origin"), t.notes.c.origin != literal("")).limit(1), "p_origin"
)
_EVENTS_OF = Statement(
    select(*(t.events.c[name] for name in r.EVENT))
    .where(t.events.c.profile == value("profile"))
    .order_by(t.events.c.id),
    "p_profile",
)
_DELIVERY = Statement(
    select(*(t.deliveries.c[name] for name in r.DELIVERY)).where(
        t.deliveries.c.enrollment == value("enrollment"), t.deliveries.c.n == value("n")
    ),
    "p_enrollment",
    "p_n",
)
_ON_CHANNEL = Statement(
    select(*(t.deliveries.c[name] for name in r.DELIVERY))
    .where(t.deliveries.c.profile == value("profile"), t.deliveries.c.channel == value("channel"))
    .order_by(t.deliveries.c.enrollment, t.deliveries.c.n),
    "p_profile",
    "p_channel",
)
_WAITS = Statement(
    select(t.inbox.c.id).where(t.inbox.c.event_id == value("name"), t.inbox.c.event_id != literal("")).limit(1),
    "p_name",
)
_FAULTS = Statement(
    select(t.faults.c.id, *(t.faults.c[name] for name in r.FAULT)).order_by(t.faults.c.id).limit(value("limit")),
    "p_limit",
)
_DELETE_FAULTS = removing(t.faults, "id")


class Asking(Delivering):
    """The part of a session that is asked questions."""

    def definitions(self) -> list[tuple[int, str, int, str]]:
        """Every stored definition: id, name, version, digest."""
        return [(id, name, version, digest) for id, name, version, digest in self._runner.rows(_DEFINITIONS)]

    def definition(self, id: int) -> str | None:
        """The stored form, as JSON."""
        return next((str(body) for (body,) in self._runner.rows(_DEFINITION, id)), None)

    def put_definition(self, name: str, version: int, digest: str, body: str, at: int) -> int:
        """Store one and give its id; of an equal (name, version, digest) the id that it has."""
        found = self._runner.rows(_DEFINITION_ID, name, version, digest)
        if not found:
            # If new: another may publish it at this moment, and then its id counts.
            self._runner.many(_INSERT_DEFINITION, [(name, version, digest, body, at)])
            found = self._runner.rows(_DEFINITION_ID, name, version, digest)
        return int(found[0][0])

    def clock(self) -> int | None:
        """The server's clock; None on SQLite, which runs where the engine does."""
        return None if self._runner.is_alone else int(self._runner.rows(_CLOCK)[0][0])

    def next_due(self, now: int, without: frozenset[str] = frozenset()) -> int | None:
        """The earliest instant at which there is something to do: ``now`` where there already is."""
        ((waiting, sweeping, *dues),) = self._runner.rows(_NEXT_DUE, r.listed(without))
        if waiting or sweeping:
            return now
        earliest = min((due for due in dues if due is not None), default=None)
        return None if earliest is None else max(now, earliest)

    def history(self, key: str) -> History | None:
        """Everything about one profile, for explaining."""
        people = self._runner.rows(_PERSON, key)
        if not people:
            return None
        person = r.to_person(*people[0])
        return History(
            person,
            [r.to_enrollment(row) for row in self._runner.rows(_RUNS_OF, person.id)],
            [r.to_delivery(row) for row in self._runner.rows(DELIVERIES_OF_PROFILES, r.listed([person.id]))],
            [r.to_note(row) for row in self._runner.rows(_NOTES_OF, person.id)],
            [r.to_event(row) for row in self._runner.rows(_EVENTS_OF, person.id)],
            self.consents_of([person])[person.id],
        )

    def deliveries_on(self, key: str, channel: str) -> tuple[Person | None, list[Delivery]]:
        """The person of that key (or alias), and their deliveries on a channel in the order they were made."""
        people = self._runner.rows(_PERSON, key)
        if not people:
            return None, []
        person = r.to_person(*people[0])
        return person, [r.to_delivery(row) for row in self._runner.rows(_ON_CHANNEL, person.id, channel)]

    def delivery(self, enrollment: int, n: int) -> Delivery | None:
        """One delivery by its place."""
        return next((r.to_delivery(row) for row in self._runner.rows(_DELIVERY, enrollment, n)), None)

    def enrollment(self, id: int) -> Enrollment | None:
        """One run by its id."""
        return next((r.to_enrollment(row) for row in self._runner.rows(_RUN, id)), None)

    def origin(self, event_id: str) -> tuple[Enrollment | None, Note | None, bool]:
        """What became of an intention: its run, or the note that refused it, and whether it is still in the inbox."""
        run = next((r.to_enrollment(row) for row in self._runner.rows(_RUN_FOR, event_id)), None)
        note = next((r.to_note(row) for row in self._runner.rows(_NOTE_FOR, event_id)), None)
        return run, note, bool(self._runner.rows(_WAITS, event_id))

    def faults(self, limit: int) -> list[Fault]:
        """Runs that were set aside, the oldest first."""
        return [r.to_fault(row) for row in self._runner.rows(_FAULTS, limit)]

    def drop_faults(self, ids: Sequence[int]) -> None:
        """Forget these."""
        if ids:
            self._runner.run(_DELETE_FAULTS, r.listed(ids))

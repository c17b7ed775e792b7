"""Locking: who is to be decided for, and by whom.

The rules of this file:

1. Who is to be decided for is found by a plain read; then wake rows are locked by their primary
   keys, and those that somebody else has are left to him: nobody waits.
2. What was read before the lock is read again after it: a merge may have led a key to another
   profile meanwhile, and another worker may have done what was due.
3. Where several workers come at once, each takes the next ones that are free, not the same ones.
4. Where a transaction is alone (SQLite's writer), none of this is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import BigInteger, Select, cast, exists, func, literal_column, select, update

from unichannel.core.audience.profile import Person
from unichannel.stores.sql import rows as r
from unichannel.stores.sql import tables as t
from unichannel.stores.sql.bulk import inserting
from unichannel.stores.sql.dialects import InsertIfNew
from unichannel.stores.sql.failing import BusyError
from unichannel.stores.sql.handing import Handing, decided
from unichannel.stores.sql.statement import Statement, among, literal, value

__all__ = ["Locking"]

_FURTHER = 8
"""How many batches ahead a worker looks where others have the first ones."""

_older = t.inbox.alias("older")
_INBOX_PROFILES = Statement(
    select(t.inbox.c.profile)
    .where(decided(t.inbox.c.kind))
    .where(~exists().where(_older.c.profile == t.inbox.c.profile, _older.c.id < t.inbox.c.id, decided(_older.c.kind)))
    .order_by(t.inbox.c.id)
    .limit(value("limit")),
    "p_limit",
)
_DUE_PROFILES = Statement(
    select(t.profiles.c.key)
    .join_from(t.wakes, t.profiles, t.profiles.c.id == t.wakes.c.profile)
    .where(t.wakes.c.due <= value("now"))
    .order_by(t.wakes.c.due, t.wakes.c.profile)
    .limit(value("limit")),
    "p_now",
    "p_limit",
)
_IDS = Statement(
    select(t.profiles.c.key, func.coalesce(t.profiles.c.merged_into, t.profiles.c.id)).where(
        among(t.profiles.c.key, "keys")
    ),
    "p_keys",
)


def _locking() -> Select[tuple[int]]:
    found = select(t.wakes.c.profile).where(among(t.wakes.c.profile, "ids"))
    return found.order_by(t.wakes.c.profile).with_for_update(skip_locked=True)


_LOCK = Statement(_locking(), "p_ids")
_SOME_DUE = Statement(_locking().where(t.wakes.c.due <= value("now")), "p_ids", "p_now")
# Who makes profiles that are not there yet; two who made the same would wait for each other.
_MAKER = Statement(select(func.pg_try_advisory_xact_lock(literal_column(str(0x756E696D616B65)))))
_INSERT_PROFILE = inserting(t.profiles, "key", "body", if_new=True)
_INSERT_WAKE = Statement(
    InsertIfNew(t.wakes).from_select(
        ["profile"], select(t.profiles.c.id).where(among(t.profiles.c.key, "keys")), include_defaults=False
    ),
    "p_keys",
)
_TAKE_IDS = Statement(
    update(t.ids).where(t.ids.c.name == literal("enrollment")).values(next=t.ids.c.next + value("count")), "p_count"
)
_NEXT_ID = Statement(select(t.ids.c.next).where(t.ids.c.name == literal("enrollment")))
_numbers = func.generate_series(literal_column("1"), cast(value("count"), BigInteger)).table_valued("n")
_SEQUENCE = Statement(select(t.enrollment_ids.next_value()).select_from(_numbers), "p_count")
_TRIES = 100


class Locking(Handing):
    """The part of a session that chooses and locks profiles, and numbers their runs."""

    def candidates(self, now: int, limit: int) -> list[str]:
        """Profiles with something in the inbox (the oldest first), then those whose wake is due by ``now``."""
        if not self._runner.is_alone:
            return self._free(now, limit)
        found = dict.fromkeys(key for (key,) in self._runner.rows(_INBOX_PROFILES, limit))
        if len(found) < limit:
            found.update(dict.fromkeys(key for (key,) in self._runner.rows(_DUE_PROFILES, now, limit)))
        return list(found)[:limit]

    def _free(self, now: int, limit: int) -> list[str]:
        """The candidates that nobody else has; they are locked."""
        free: dict[str, None] = {}
        for statement, values in ((_INBOX_PROFILES, ()), (_DUE_PROFILES, (now,))):
            seen: set[str] = set()
            for further in (1, _FURTHER):
                wanted = limit * further
                keys = [key for (key,) in self._runner.rows(statement, *values, wanted) if key not in seen]
                self._take_free(free, keys, limit, values)
                seen.update(keys)
                if len(free) >= limit or len(seen) < wanted:
                    break
        return list(free)

    def _take_free(self, free: dict[str, None], keys: list[str], limit: int, due: tuple[int, ...]) -> None:
        """Add those of the keys that are free, in their order, up to the limit; ``due`` is asked again."""
        left = [key for key in keys if key not in free]
        while left and len(free) < limit:
            # No more than there is room for: the earliest are to be taken, whatever their numbers.
            some, left = left[: limit - len(free)], left[limit - len(free) :]
            ids = self._ids(some)
            statement = _SOME_DUE if due else _LOCK
            locked = {id for (id,) in self._runner.rows(statement, r.listed(ids.values()), *due)}
            makes = len(ids) < len(some) and bool(self._runner.rows(_MAKER)[0][0])
            free.update(dict.fromkeys(key for key in some if (ids[key] in locked if key in ids else makes)))

    def lock(self, keys: Sequence[str], now: int) -> dict[str, int]:
        """Lock these profiles, making those that do not exist yet; ids of the ones that were locked."""
        found = self._ids(keys)
        missing = [key for key in dict.fromkeys(keys) if key not in found]
        if missing:
            found |= self._make(missing, now)
        locked = {id for (id,) in self._runner.rows(_LOCK, r.listed(found.values()))}
        if not self._runner.is_alone:
            # Once a profile is locked, no merge leads its keys elsewhere.
            found = self._ids(keys)
        return {key: found[key] for key in keys if found.get(key) in locked}  # one of them may have been erased

    def _ids(self, keys: Iterable[str]) -> dict[str, int]:
        return dict(self._runner.rows(_IDS, r.listed(keys)))

    def _make(self, keys: list[str], now: int) -> dict[str, int]:
        self.made.update(keys)
        people = [Person(0, key, created=now) for key in keys]
        self._runner.many(_INSERT_PROFILE, [(one.key, r.of_person(one)[0]) for one in people])
        self._runner.run(_INSERT_WAKE, r.listed(keys))
        return self._ids(keys)

    def allocate(self, count: int) -> int:
        """The first of ``count`` new enrollment ids in a row."""
        if not self._runner.is_alone:
            return self._next_in_a_row(count)
        self._runner.run(_TAKE_IDS, count)
        ((after,),) = self._runner.rows(_NEXT_ID)
        return int(after) - count

    def _next_in_a_row(self, count: int) -> int:
        """From a sequence, which nobody waits for; again where somebody else took one in between."""
        for _ in range(_TRIES):
            taken = [id for (id,) in self._runner.rows(_SEQUENCE, count)]
            if taken[-1] - taken[0] == count - 1:
                return int(taken[0])
        raise BusyError("no ids in a row are to be had.", thing="store", mend="Try again.")

"""Delivering: what is due, what the gate asks, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select

from unichannel.core.audience.consent import Suppression
from unichannel.core.audience.profile import Person
from unichannel.core.messaging.delivery import Delivery
from unichannel.core.policy.trouble import Trouble
from unichannel.core.words.channel import RANK
from unichannel.ports.storing import Gate, Parked
from unichannel.stores.sql import rows as r
from unichannel.stores.sql import tables as t
from unichannel.stores.sql.bulk import inserting, updating
from unichannel.stores.sql.committing import Committing
from unichannel.stores.sql.deciding import add_suppression
from unichannel.stores.sql.statement import Row, Statement, among, literal, removing, value

__all__ = ["SERVED", "Delivering"]

_one = t.deliveries.c
_all = [_one[name] for name in r.DELIVERY]
SERVED = ~among(_one.channel, "without") & ~among(_one.channel + literal("/") + _one.route, "without")
"""Deliveries of channels and queues other than those ``without``."""
_DUE = Statement(
    select(*_all)
    .where(_one.due <= value("now"), SERVED)
    .order_by(_one.due, _one.enrollment, _one.n)
    .limit(value("limit"))
    .with_for_update(skip_locked=True),
    "p_now",
    "p_without",
    "p_limit",
)
_SAVE = updating(t.deliveries, ["enrollment", "n"], *r.SAVED[:-2])
# Rows that are waited for are locked in the order of their keys, so that two never wait for each other.
_BY_KEY = Statement(
    select(*_all).where(among(_one.key, "keys")).order_by(_one.enrollment, _one.n).with_for_update(), "p_keys"
)
_BY_PROVIDER = Statement(
    select(*_all)
    .where(among(_one.route, "routes"), among(_one.provider_id, "ids"), _one.provider_id != literal(""))
    .order_by(_one.enrollment, _one.n)
    .with_for_update(),
    "p_routes",
    "p_ids",
)
_SENT_TO = Statement(
    select(_one.hash, _one.enrollment, _one.n, _one.reserved, _one.facts).where(among(_one.hash, "hashes")), "p_hashes"
)
_BY_RUN = Statement(select(*_all).where(among(_one.enrollment, "ids")), "p_ids")
_PEOPLE = Statement(
    select(t.profiles.c.id, t.profiles.c.key, t.profiles.c.body).where(among(t.profiles.c.id, "ids")), "p_ids"
)
_KEYS = Statement(select(t.profiles.c.id, t.profiles.c.key).where(among(t.profiles.c.id, "ids")), "p_ids")
_RUNS = Statement(
    select(*(t.enrollments.c[name] for name in r.ENROLLMENT)).where(among(t.enrollments.c.id, "ids")), "p_ids"
)
_SUPPRESSIONS = Statement(
    select(*(t.suppressions.c[name] for name in r.SUPPRESSION))
    .where(among(t.suppressions.c.hash, "hashes"))
    .order_by(t.suppressions.c.id),
    "p_hashes",
)
_UNREAD = Statement(
    select(t.inbox.c.id, *(t.inbox.c[name] for name in r.INBOX))
    .where(among(t.inbox.c.profile, "keys"), t.inbox.c.kind.in_([literal("event"), literal("erase")]))
    .order_by(t.inbox.c.id),
    "p_keys",
)
_AT = Statement(
    select(t.addresses.c.hash, t.profiles.c.key)
    .join_from(t.addresses, t.profiles, t.profiles.c.id == t.addresses.c.profile)
    .where(among(t.addresses.c.hash, "hashes"))
    .order_by(t.profiles.c.id),
    "p_hashes",
)
_RECEIPTS = Statement(
    select(t.receipts.c.id, *(t.receipts.c[name] for name in r.RECEIPT))
    .where(t.receipts.c.due <= value("now"))
    .order_by(t.receipts.c.id)
    .limit(value("limit"))
    .with_for_update(skip_locked=True),
    "p_now",
    "p_limit",
)
_trouble = (t.troubles.c.route, t.troubles.c.failures, t.troubles.c.until, t.troubles.c.probing)
_TROUBLES = Statement(select(*_trouble).order_by(t.troubles.c.route))
_INSERT_TROUBLE = inserting(t.troubles, "failures", "until", "probing", "route", if_new=True)
_UPDATE_TROUBLE = updating(t.troubles, ["route"], "failures", "until", "probing")
_DELETE_TROUBLE = removing(t.troubles, "route")
_DELETE_RECEIPTS = removing(t.receipts, "id")
_PARK = updating(t.receipts, ["id"], "due")


def _person(id: int, people: Mapping[int, Row]) -> Person:
    """The person of that id, nobody in particular where it was erased."""
    return r.to_person(*people[id]) if id in people else Person(id, "")


class Delivering(Committing):
    """The part of a session that sends and hears back."""

    def due(self, now: int, limit: int, without: frozenset[str] = frozenset()) -> list[Delivery]:
        """Locked deliveries with something to do by ``now``, the earliest first, but for these channels."""
        return [r.to_delivery(row) for row in self._runner.rows(_DUE, now, r.listed(without), limit)]

    def gates(self, deliveries: Sequence[Delivery]) -> list[Gate]:
        """What the gate asks, one for each."""
        if not deliveries:
            return []
        people = {row[0]: row for row in self._runner.rows(_PEOPLE, r.listed({one.profile for one in deliveries}))}
        runs = {row[0]: row for row in self._runner.rows(_RUNS, r.listed({one.enrollment for one in deliveries}))}
        rows = self._runner.rows(_SUPPRESSIONS, r.listed({one.hash for one in deliveries}))
        suppressed: dict[str, Suppression] = {}
        for row in rows:
            add_suppression(suppressed, row)
        owners = {id: r.to_person(*row) for id, row in people.items()}
        consents = self.consents_of(owners.values())
        unread = self._unread(owners.values())
        # Values are made anew for each further gate: two deliveries of one person share nothing.
        return [
            Gate(
                owners.pop(one.profile) if one.profile in owners else _person(one.profile, people),
                list(consents.get(one.profile, ())),
                {one.hash: suppressed[one.hash]} if one.hash in suppressed else {},
                [r.to_inbox(row) for row in unread.get(one.profile, ())],
                r.to_enrollment(runs[one.enrollment]),
            )
            for one in deliveries
        ]

    def _unread(self, people: Iterable[Person]) -> dict[int, list[Row]]:
        owners = {key: person.id for person in people for key in person.keys}
        found: dict[int, list[Row]] = {}
        for row in self._runner.rows(_UNREAD, r.listed(owners)):
            found.setdefault(owners[row[1]], []).append(row)
        return found

    def save(self, deliveries: Sequence[Delivery]) -> None:
        """Write back what became of deliveries: status, due, attempts, route, lease, cost, facts, reason."""
        self._runner.many(_SAVE, [r.of_saved(one) for one in deliveries])

    def find(self, keys: Iterable[str], provider_ids: Iterable[tuple[str, str]] = ()) -> list[Delivery]:
        """Locked deliveries by our key, or by (route, the provider's id)."""
        wanted, pairs = list(keys), list(provider_ids)
        by_key = {row[3]: row for row in self._runner.rows(_BY_KEY, r.listed(wanted))} if wanted else {}
        by_pair = self._by_provider(pairs) if pairs else {}
        rows = [by_key.get(key) for key in wanted] + [by_pair.get(pair) for pair in pairs]
        return [r.to_delivery(row) for row in {row[:2]: row for row in rows if row is not None}.values()]

    def _by_provider(self, pairs: list[tuple[str, str]]) -> dict[tuple[str, str], Row]:
        routes, ids = {route for route, _ in pairs}, {id for _, id in pairs}
        rows = self._runner.rows(_BY_PROVIDER, r.listed(routes), r.listed(ids))
        route, id = r.DELIVERY.index("route"), r.DELIVERY.index("provider_id")
        return {(row[route], row[id]): row for row in rows}

    def troubles(self) -> list[Trouble]:
        """The routes whose providers failed, by name."""
        found = self._runner.rows(_TROUBLES)
        return [Trouble(route, failures, until, bool(probing)) for route, failures, until, probing in found]

    def put_trouble(self, trouble: Trouble) -> None:
        """Write down a route's trouble; one without failures is forgotten."""
        row = (trouble.failures, trouble.until, int(trouble.probing), trouble.route)
        if trouble.failures:
            self._runner.many(_INSERT_TROUBLE, [row])
            self._runner.many(_UPDATE_TROUBLE, [row])
        else:
            self._runner.run(_DELETE_TROUBLE, r.listed([trouble.route]))

    def latest_to(self, hashes: Iterable[str]) -> list[Delivery]:
        """Of each address, by its hash, the delivery that went out last."""
        wanted = list(dict.fromkeys(hashes))
        latest: dict[str, tuple[int, int, int]] = {}
        for hash, enrollment, n, reserved, text in self._runner.rows(_SENT_TO, r.listed(wanted)):
            facts = r.loads(text)
            if any(fact in RANK for fact in facts):
                sent = (facts.get("sending", reserved), enrollment, n)
                latest[hash] = max(sent, latest.get(hash, sent))
        found = self._by_places([place[1:] for place in latest.values()])
        return [found[latest[hash][1:]] for hash in wanted if hash in latest]

    def _by_places(self, places: Sequence[tuple[int, int]]) -> dict[tuple[int, int], Delivery]:
        rows = self._runner.rows(_BY_RUN, r.listed({enrollment for enrollment, _ in places})) if places else ()
        wanted = set(places)
        return {row[:2]: r.to_delivery(row) for row in rows if row[:2] in wanted}

    def profile_keys(self, profiles: Iterable[int]) -> dict[int, str]:
        """The host's own id of each profile, by ours."""
        return dict(self._runner.rows(_KEYS, r.listed(profiles)))

    def profiles_at(self, hashes: Iterable[str]) -> dict[str, list[str]]:
        """The profiles that have each address now, by its hash."""
        found: dict[str, list[str]] = {}
        for hash, key in self._runner.rows(_AT, r.listed(set(hashes))):
            found.setdefault(hash, []).append(key)
        return found

    def receipts(self, now: int, limit: int) -> list[Parked]:
        """Receipts to look at by ``now``, the oldest first."""
        return [r.to_parked(row) for row in self._runner.rows(_RECEIPTS, now, limit)]

    def settle_receipts(self, done: Sequence[int], parked: Sequence[tuple[int, int]]) -> None:
        """Delete those that are done; look at the parked (id, due) again."""
        if done:
            self._runner.run(_DELETE_RECEIPTS, r.listed(done))
        self._runner.many(_PARK, [(due, id) for id, due in parked])

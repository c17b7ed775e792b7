"""Storing: what the engine asks of a store.

A store runs *work*: a function of a ``Session``, in one transaction, all or nothing. A session's
methods take and give plain values in batches; the number of statements in each is constant,
whatever the number of profiles. Instants are integers, microseconds UTC.

The rules that every store keeps (the conformance suite asks for them):

1. What the host writes (``put_…``) is only ever inserted, and locks nothing that a worker holds.
2. ``lock`` gives only profiles that nobody else is deciding for, until the transaction ends.
3. ``commit`` is all or nothing. A cancellation takes only what is still reserved or to be retried.
4. Values are copied on the way in and out: changing one changes nothing in the store. Of what
   ``load``, ``due`` and ``find`` give, the traces may be the store's own: nobody changes a trace.
5. Work that raises leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, TypeVar

from unichannel.core.audience.consent import Suppression
from unichannel.core.audience.profile import Person
from unichannel.core.audience.seal import Sealed
from unichannel.core.journey.enrollment import Enrollment
from unichannel.core.messaging.delivery import Delivery
from unichannel.core.policy.trouble import Trouble
from unichannel.ports.allowing import Allowing
from unichannel.ports.guarding import Guarding
from unichannel.ports.proving import Proving
from unichannel.ports.purging import Purging
from unichannel.ports.rows import Changes, Fault, Gate, History, Inbox, Loaded, Note, Parked, Sweep, Want

__all__ = [
    "Changes",
    "Fault",
    "Gate",
    "History",
    "Inbox",
    "Loaded",
    "Note",
    "Parked",
    "Session",
    "Store",
    "Sweep",
    "Want",
]

T = TypeVar("T")


class Session(Allowing, Proving, Purging, Guarding, Protocol):
    """A transaction on a store; see also ``allowing.py``, ``proving.py``, ``purging.py`` and ``guarding.py`` beside it.

    ``made`` are the keys of profiles that ``lock`` made in this transaction.
    """

    made: set[str]

    # what the host hands in

    def put_inbox(self, rows: Sequence[Inbox]) -> None: ...
    def put_consents(self, rows: Sequence[Sealed]) -> None:
        """Add entries to the ledger; what decisions read of them has neither evidence nor wording."""
        ...

    def put_suppressions(self, rows: Sequence[Suppression]) -> None:
        """Add entries; what counts for a hash is its entries one after the other, by ``outweigh``."""
        ...

    def put_receipts(self, rows: Sequence[Parked]) -> None: ...
    def known(self, keys: Iterable[str]) -> set[str]:
        """Those profiles that exist, or whose ``identify`` waits in the inbox; unless an erasure waits behind it."""
        ...

    # deciding

    def candidates(self, now: int, limit: int) -> list[str]:
        """Profiles with something in the inbox (the oldest first), then those whose wake is due by ``now``.

        Rows of the kinds ``APART`` are none of a pass's business: ``apart`` gives them, ``load`` does not.
        """
        ...

    def lock(self, keys: Sequence[str], now: int) -> dict[str, int]:
        """Lock these profiles, making those that do not exist yet; ids of the ones that were locked.

        An alias leads to the profile that it was merged into, so two keys may have one id.
        """
        ...

    def load(self, profiles: Sequence[int], want: Want) -> list[Loaded]:
        """Facts, inbox and runs of locked profiles, in the order asked."""
        ...

    def allocate(self, count: int) -> int:
        """The first of ``count`` new enrollment ids in a row."""
        ...

    def commit(self, changes: Changes) -> None: ...

    # merging

    def merge(self, person: Person, other: int) -> None:
        """Write the survivor, and make everything of the profile ``other`` its own.

        Events that both have by id are kept once. What leads to ``other`` leads to the survivor from now
        on; ``person`` names those keys as its aliases. Both are locked, and no two of their
        runs of one journey and entity are live.
        """
        ...

    # passes over many

    def runs_of(self, journey: str, version: int, after: int, limit: int) -> list[Enrollment]:
        """Open runs (live, or with open ladders) of that journey and version with an id above ``after``, in order."""
        ...

    def profiles_after(self, id: int, limit: int) -> list[tuple[int, str]]:
        """(id, key) of profiles with an id above this one, in order, without those that were merged away."""
        ...

    def begin_sweep(self, journey: str, definition: int) -> None:
        """Begin a pass over all profiles; of a definition that had one already, finished or not, nothing happens."""
        ...

    def sweeps(self) -> list[Sweep]:
        """The passes that are not finished, by the journey's name."""
        ...

    def advance_sweep(self, journey: str, after: int | None) -> None:
        """Remember how far a pass has come; None finishes it."""
        ...

    # what the base shows

    def sample(self, limit: int) -> list[Person]:
        """Up to so many people, spread over all: the same ones as long as nobody is added."""
        ...

    def prior(self) -> tuple[int, int, str] | None:
        """The latest snapshot of the base: its number, the instant it was taken at, JSON; None where there is none."""
        ...

    def put_prior(self, id: int, at: int, body: str) -> None:
        """Keep a snapshot; of a number that is there already nothing happens."""
        ...

    # delivering

    def due(self, now: int, limit: int, without: frozenset[str] = frozenset()) -> list[Delivery]:
        """Locked deliveries with something to do by ``now``, the earliest first, but for these channels and queues.

        A queue is named ``channel/route`` by the route that a delivery took last, ``channel/`` where it took none.
        """
        ...

    def gates(self, deliveries: Sequence[Delivery]) -> list[Gate]:
        """What the gate asks, one for each."""
        ...

    def save(self, deliveries: Sequence[Delivery]) -> None:
        """Write back what became of deliveries: status, due, attempts, route, lease, cost, facts, reason."""
        ...

    def find(self, keys: Iterable[str], provider_ids: Iterable[tuple[str, str]] = ()) -> list[Delivery]:
        """Locked deliveries by our key, or by (route, the provider's id)."""
        ...

    def troubles(self) -> list[Trouble]:
        """The routes whose providers failed, by name."""
        ...

    def put_trouble(self, trouble: Trouble) -> None:
        """Write down a route's trouble; one without failures is forgotten."""
        ...

    def latest_to(self, hashes: Iterable[str]) -> list[Delivery]:
        """Of each address, by its hash, the delivery that went out last."""
        ...

    def profile_keys(self, profiles: Iterable[int]) -> dict[int, str]:
        """The host's own id of each profile, by ours; of one that was erased there is none."""
        ...

    def profiles_at(self, hashes: Iterable[str]) -> dict[str, list[str]]:
        """The profiles that have each address now, by its hash."""
        ...

    def receipts(self, now: int, limit: int) -> list[Parked]:
        """Receipts to look at by ``now``, the oldest first."""
        ...

    def settle_receipts(self, done: Sequence[int], parked: Sequence[tuple[int, int]]) -> None:
        """Delete those that are done; look at the parked (id, due) again."""
        ...

    # definitions

    def definitions(self) -> list[tuple[int, str, int, str]]:
        """Every stored definition: id, name, version, digest."""
        ...

    def definition(self, id: int) -> str | None:
        """The stored form, as JSON."""
        ...

    def put_definition(self, name: str, version: int, digest: str, body: str, at: int) -> int:
        """Store one and give its id; of an equal (name, version, digest) the id that it has."""
        ...

    # asking

    def clock(self) -> int | None:
        """The store's own clock, which all its workers share; None where it has none, and the engine's counts."""
        ...

    def next_due(self, now: int, without: frozenset[str] = frozenset()) -> int | None:
        """The earliest instant at which there is something to do: ``now`` where there already is.

        Deliveries of the channels and queues ``without`` (see ``due``) do not count; a pass over profiles does.
        """
        ...

    def history(self, key: str) -> History | None: ...
    def delivery(self, enrollment: int, n: int) -> Delivery | None: ...
    def deliveries_on(self, key: str, channel: str) -> tuple[Person | None, list[Delivery]]:
        """The person of that key (or alias), and their deliveries on a channel in the order they were made."""
        ...

    def enrollment(self, id: int) -> Enrollment | None: ...
    def origin(self, event_id: str) -> tuple[Enrollment | None, Note | None, bool]:
        """What became of an intention: its run, or the note that refused it, and whether it is still in the inbox."""
        ...

    def faults(self, limit: int) -> list[Fault]: ...
    def drop_faults(self, ids: Sequence[int]) -> None: ...


class Store(Protocol):
    """Where state lives."""

    @property
    def joins_transactions(self) -> bool:
        """Whether ``connection=`` is taken: then the host's own transaction carries our rows."""
        ...

    def identity(self) -> bytes:
        """The store's own secret, made once by ``migrate``."""
        ...

    def migrate(self) -> None:
        """Bring the schema to this version; safe to call by many at once and again."""
        ...

    def check(self) -> None:
        """Raise SchemaError where the schema is behind or ahead."""
        ...

    def transact(self, work: Callable[[Session], T], *, connection: Any = None) -> T:
        """Run the work in one transaction, or inside the host's where a connection is given."""
        ...

    async def migrate_async(self) -> None: ...
    async def check_async(self) -> None: ...
    async def identity_async(self) -> bytes: ...
    async def transact_async(self, work: Callable[[Session], T], *, connection: Any = None) -> T: ...
    def close(self) -> None: ...
    async def close_async(self) -> None: ...

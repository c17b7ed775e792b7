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
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar

from unichannel.core.audience.consent import Consent, Suppression
from unichannel.core.audience.profile import Person
from unichannel.core.audience.seal import Sealed
from unichannel.core.condition.view import Facts
from unichannel.core.journey.enrollment import Enrollment
from unichannel.core.messaging.delivery import Delivery
from unichannel.core.policy.trouble import Trouble
from unichannel.core.words.event import Event
from unichannel.core.words.trace import Trace
from unichannel.ports.allowing import Allowing
from unichannel.ports.carrying import Receipt
from unichannel.ports.guarding import Guarding
from unichannel.ports.proving import Proving
from unichannel.ports.purging import Purging

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


@dataclass(slots=True)
class Inbox:
    """Something that was handed in and is not decided yet.

    ``kind``: event; identify (``body`` holds the changes); enroll and send (``body`` holds the
    definition's id and the data); begin (a run that a step asks for: ``body`` holds the journey's
    name and the data); evidence (a delivery showed something); news (a delivery's outcome matters
    to its run; of a call, ``body`` holds the answer); retry (``body``
    names an enrollment that was set aside); merge (``body`` names the ``other`` profile that is the
    same person); rectify (``body`` holds the changes); erase (``body`` says who asked, and from where);
    migrate (``body`` names an enrollment, the definition to go on with, and the rules). ``id`` is the
    store's, 0 before it is put.
    ``event_id`` names it once and for all for its profile: a second row of the same name is dropped
    when decided.
    """

    profile: str
    kind: Literal[
        "event",
        "identify",
        "enroll",
        "send",
        "begin",
        "evidence",
        "news",
        "retry",
        "merge",
        "rectify",
        "erase",
        "migrate",
    ]
    name: str
    occurred: int
    recorded: int
    event_id: str = ""
    depth: int = 0
    body: dict[str, Any] = field(default_factory=dict, repr=False)
    id: int = 0


@dataclass(slots=True)
class Want:
    """Which facts a batch reads: events by name, deliveries of all the profile's runs, closed runs of journeys.

    ``since``: of the profile's other runs, the deliveries whose time-to-live ends after that instant.
    """

    events: frozenset[str] = frozenset()
    deliveries: bool = False
    journeys: frozenset[str] = frozenset()
    since: int | None = None


@dataclass(slots=True)
class Loaded:
    """One locked profile with what a decision reads.

    ``runs`` are those that still listen (live, or with open ladders), and, where the profile has
    something in its inbox, its closed ones of the journeys wanted. ``seen`` are the names of
    inbox rows that were already decided (duplicates).
    """

    facts: Facts
    inbox: list[Inbox] = field(default_factory=list)
    runs: list[Enrollment] = field(default_factory=list)
    seen: frozenset[str] = frozenset()


@dataclass(slots=True)
class Note:
    """A trace that belongs to no delivery: a send that was not made, a run that ended or was refused.

    ``enrollment`` is 0 where there is none; ``origin`` is the name of the inbox row it answers.
    """

    profile: int
    journey: str
    enrollment: int
    origin: str
    trace: Trace


@dataclass(slots=True)
class Fault:
    """What was set aside because it raised: what and when; ``event`` that a run's decision was about.

    Of a delivery that could not be rendered ``event`` is {"delivery": id}, of a receipt that could not be
    merged {"receipt": id}; then ``profile`` and ``enrollment`` are 0.
    """

    profile: int
    enrollment: int
    error: str = field(repr=False)
    at: int
    event: dict[str, Any] | None = field(default=None, repr=False)
    id: int = 0


@dataclass(slots=True)
class Changes:
    """Everything that one batch of decisions changes; written together.

    ``inbox``: ids to delete. ``events``: (profile, event) that become history. ``cancelled``:
    (enrollment, n, reason, instant). ``wakes``: (profile, due), None where time alone changes
    nothing. ``addresses``: (profile, its address hashes now), for finding who wrote to us.
    ``uncharged``: keys of deliveries that are among the cancelled and were charged to budgets.
    """

    people: list[Person] = field(default_factory=list)
    inbox: list[int] = field(default_factory=list)
    events: list[tuple[int, Event]] = field(default_factory=list)
    started: list[Enrollment] = field(default_factory=list)
    updated: list[Enrollment] = field(default_factory=list)
    reserved: list[Delivery] = field(default_factory=list)
    cancelled: list[tuple[int, int, str, int]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    wakes: list[tuple[int, int | None]] = field(default_factory=list)
    emitted: list[Inbox] = field(default_factory=list)
    addresses: list[tuple[int, list[str]]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    uncharged: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Gate:
    """What the gate asks before a delivery is marked ``sending``, read in the same transaction.

    ``person`` has nothing but the id where it was erased. ``unread`` are the profile's inbox rows of kinds
    event and erase; ``status``, ``journey`` and
    ``definition`` are the run's; ``entity`` keys it.
    """

    person: Person
    consents: list[Consent]
    suppressions: dict[str, Suppression]
    unread: list[Inbox]
    run: Enrollment


@dataclass(slots=True)
class Parked:
    """A receipt in the queue; ``due`` is when to look at it again, ``recorded`` when it came.

    ``hash`` is that of its address, "" where it has none that can be read, None where nobody looked.
    """

    provider: str
    recorded: int
    receipt: Receipt
    due: int
    id: int = 0
    hash: str | None = ""


@dataclass(slots=True)
class Sweep:
    """A pass over all profiles for a journey that is under way; ``after`` is the last profile it has done."""

    journey: str
    definition: int
    after: int


@dataclass(slots=True)
class History:
    """Everything about one profile, for explaining."""

    person: Person
    runs: list[Enrollment]
    deliveries: list[Delivery]
    notes: list[Note]
    events: list[Event]
    consents: list[Consent]


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

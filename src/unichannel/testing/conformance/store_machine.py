"""A store and MemoryStore are given the same work at random; every answer must be the same.

class MyMachine(StoreMachine):
    def open(self): return MyStore(...)     # migrated and empty

TestMyStore = MyMachine.TestCase
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from unichannel.core.audience.consent import Suppression
from unichannel.core.audience.profile import Person
from unichannel.core.journey.enrollment import Enrollment
from unichannel.core.messaging.delivery import Delivery
from unichannel.errors import UnichannelError
from unichannel.ports import Changes, Fault, Parked, Receipt, Session, Store, Want
from unichannel.stores.memory import MemoryStore
from unichannel.testing.conformance.store_values import (
    HOUR,
    NOW,
    consent_of,
    delivery_of,
    event_of,
    handed,
    note_of,
    run_of,
    sealed,
)

__all__ = ["StoreMachine"]

KEYS, NAMES, IDS, HASHES = ["ada", "bob", "cleo"], ["order.placed", "order.paid"], ["e1", "e2", "e3"], ["h1", "h2"]
_key, _name, _hash = st.sampled_from(KEYS), st.sampled_from(NAMES), st.sampled_from(HASHES)
_id = st.sampled_from(["", *IDS])
_at = st.integers(NOW - 3, NOW + 3)
_due = st.none() | _at
_since = st.none() | st.sampled_from([NOW, NOW + 1, NOW + 24 * HOUR])
_json = st.dictionaries(st.text(max_size=3), st.none() | st.integers() | st.text(max_size=5), max_size=2)
_status = st.sampled_from(["reserved", "retry", "sending", "accepted", "failed"])
_facts = st.dictionaries(st.sampled_from(["sending", "accepted", "opened", "failed"]), _at, max_size=3)
_kind = st.sampled_from(["start", "move", "end", "reserve", "cancel", "note"])
_step = st.tuples(_kind, st.integers(0, 9), _due, _json)
_outcome = st.tuples(_status, _facts, _due)
_scope = st.sampled_from(["all", "marketing", "none"])
_without = st.frozensets(st.sampled_from(["email", "sms"]))


class _Side:
    """One store, and the names that numbers have which it gives."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.runs: list[int] = []
        self.people: dict[int, str] = {}

    def ask(self, work: Callable[[_Side, Session], Any]) -> Any:
        """What the work answers, or raises, with names for numbers."""
        before = list(self.runs), dict(self.people)
        try:
            return self.plain(self.store.transact(lambda session: work(self, session)))
        except (UnichannelError, _Stop) as error:
            self.runs, self.people = before
            return type(error).__name__

    def lock(self, session: Session, *keys: str) -> dict[str, int]:
        found = session.lock(keys, NOW)
        self.people.update({id: key for key, id in found.items()})
        return found

    def run(self, session: Session, place: int) -> Enrollment | None:
        return session.enrollment(self.runs[place % len(self.runs)]) if self.runs else None

    def plain(self, value: Any) -> Any:
        if is_dataclass(value) and not isinstance(value, type):
            named = {one.name: self._named(value, one.name) for one in fields(value)}
            return type(value).__name__, named
        if isinstance(value, dict):
            return {key: self.plain(one) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return [self.plain(one) for one in value]
        return sorted(value) if isinstance(value, set | frozenset) else value

    def _named(self, owner: Any, name: str) -> Any:
        value = getattr(owner, name)
        if name == "enrollment" or (name == "id" and isinstance(owner, Enrollment)):
            return self.runs.index(value) if value in self.runs else 0
        if isinstance(value, int) and name in ("profile", "id"):
            return self.people.get(value, "") if name == "profile" or isinstance(owner, Person) else "a number"
        return self.plain(value)


class _Stop(Exception):
    pass


class StoreMachine(RuleBasedStateMachine):
    """Drives ``open()``'s store and a MemoryStore; override ``open`` and, to clean up, ``shut``."""

    def open(self) -> Store:
        """A store to check, migrated and empty."""
        raise NotImplementedError("override `open`")

    def shut(self, store: Store) -> None:
        """Let go of the store."""
        store.close()

    @initialize()
    def begin(self) -> None:
        self.sides = [_Side(MemoryStore()), _Side(self.open())]

    def teardown(self) -> None:
        for side in getattr(self, "sides", ())[1:]:
            self.shut(side.store)

    def both(self, work: Callable[[_Side, Session], Any]) -> Any:
        """Give both the same work; the answer that they share."""
        model, tested = (side.ask(work) for side in self.sides)
        assert tested == model, "the store answers otherwise than the model"
        return model

    @rule(key=_key, kind=st.sampled_from(["event", "identify", "enroll"]), name=_name, at=_at, id=_id, body=_json)
    def hand_in(self, key: str, kind: Any, name: str, at: int, id: str, body: Any) -> None:
        self.both(lambda _, session: session.put_inbox([handed(key, id, kind=kind, name=name, occurred=at, body=body)]))

    @rule(key=_key, status=st.sampled_from(["given", "withdrawn"]), hash=_hash, scope=_scope)
    def permit(self, key: str, status: Any, hash: str, scope: Any) -> None:
        def work(_: _Side, session: Session) -> None:
            session.put_consents([sealed(key, consent_of(status=status))])
            session.put_suppressions([Suppression(hash, scope, status, NOW)])

        self.both(work)

    @rule(keys=st.lists(_key, unique=True), names=st.frozensets(_name), deliveries=st.booleans(), since=_since)
    def load(self, keys: list[str], names: frozenset[str], deliveries: bool, since: int | None) -> None:
        want = Want(names, deliveries, frozenset({"j1"}), since)
        self.both(lambda side, session: _ordered(session.load(sorted(set(side.lock(session, *keys).values())), want)))

    @rule(key=_key, steps=st.lists(_step, max_size=5), event=_name, at=_at, id=_id, stops=st.booleans(), due=_due)
    def decide(self, key: str, steps: list[Any], event: str, at: int, id: str, stops: bool, due: int | None) -> None:
        """Read everything of a profile, then change a little of everything, or raise in the end."""

        def work(side: _Side, session: Session) -> Any:
            profile = side.lock(session, key)[key]
            (loaded,) = session.load([profile], Want())
            loaded.facts.person.attributes[event] = at
            changes = Changes(
                [loaded.facts.person], [row.id for row in loaded.inbox[:2]], [(profile, event_of(event, at, id))]
            )
            changes.wakes, changes.addresses = [(profile, due)], [(profile, [HASHES[at % 2]])]
            changes.emitted = [replace(row, depth=row.depth + 1) for row in loaded.inbox[2:3]]
            changes.faults = [Fault(profile, 0, event, at)] if at > NOW + 2 else []
            for step in steps:
                _take(side, session, changes, profile, step)
            session.commit(changes)
            if stops:
                raise _Stop

        self.both(work)

    @rule(now=_at, limit=st.integers(0, 4), without=_without, outcome=_outcome)
    def deliver(self, now: int, limit: int, without: frozenset[str], outcome: tuple[str, Any, Any]) -> None:
        def work(_: _Side, session: Session) -> Any:
            found = session.due(now, limit, without)
            gates = session.gates(found)
            for one in found:
                one.status, one.facts, one.due = outcome
                one.route, one.provider_id = "mail", f"p-{one.n}"
            session.save(found)
            return found, gates

        self.both(work)

    @rule(key=st.sampled_from(IDS), due=_at, now=_at, done=st.integers(0, 2))
    def hear(self, key: str, due: int, now: int, done: int) -> None:
        def work(_: _Side, session: Session) -> Any:
            session.put_receipts([Parked("mail", NOW, Receipt("sent", NOW, key=key), due)])
            found = session.receipts(now, 3)
            later = [(one.id, due + 1) for one in found[done:]]
            session.settle_receipts([one.id for one in found[:done]], later)
            return found

        self.both(work)

    @rule(name=_name, version=st.integers(1, 2), digest=st.sampled_from(["a", "b"]))
    def define(self, name: str, version: int, digest: str) -> None:
        def work(_: _Side, session: Session) -> Any:
            id = session.put_definition(name, version, digest, digest, NOW)
            return session.definition(id), sorted(one[1:] for one in session.definitions())

        self.both(work)

    @rule(key=_key, other=_key)
    def merge(self, key: str, other: str) -> None:
        """Merge two, as the engine does: what both have live ends with the other."""

        def work(side: _Side, session: Session) -> None:
            ids = sorted(set(side.lock(session, key, other).values()))
            if len(ids) == 2:
                survivor, gone = session.load(ids, Want())
                person = survivor.facts.person
                person.aliases = [*person.aliases, *gone.facts.person.keys]
                ended = [replace(run, status="merged", listen=None, due=None) for run in gone.runs]
                session.commit(Changes(updated=ended))
                session.merge(person, gone.facts.person.id)

        self.both(work)

    @rule(journey=_name, definition=st.integers(1, 2), after=st.none() | st.integers(1, 3))
    def sweep(self, journey: str, definition: int, after: int | None) -> None:
        def work(_: _Side, session: Session) -> Any:
            session.begin_sweep(journey, definition)
            before = session.sweeps()
            session.advance_sweep(journey, after)
            return before

        self.both(work)

    @rule()
    def forgive(self) -> None:
        self.both(lambda _, session: session.drop_faults([one.id for one in session.faults(1)]))

    @invariant()
    def answers_agree(self) -> None:
        if hasattr(self, "sides"):
            self.both(_everything)


def _take(side: _Side, session: Session, changes: Changes, profile: int, step: Any) -> None:
    """Add one change, of a run that is there already or of a new one."""
    kind, number, due, data = step
    run = side.run(session, number)
    if kind == "start":
        new = run_of(session.allocate(1), profile, journey=f"j{number % 2}", entity=str(number % 3), due=due, data=data)
        side.runs.append(new.id)
        changes.started.append(new)
        key, hash = f"k{len(side.runs)}-1", HASHES[number % 2]
        changes.reserved.append(delivery_of(new, key=key, due=due, hash=hash, expires=NOW + number))
    elif kind == "note":
        changes.notes.append(note_of(profile, origin=IDS[number % 3]))
    elif run is not None:
        _change(side, changes, run, kind, step)


def _change(side: _Side, changes: Changes, run: Enrollment, kind: str, step: Any) -> None:
    _, number, due, data = step
    made = len([one for one in changes.reserved if one.enrollment == run.id]) + run.counted + 2
    if kind == "cancel":
        changes.cancelled.append((run.id, 1 + number % made, "goal", NOW + number))
    elif kind == "reserve" and run.id not in [one.id for one in changes.updated]:
        channel, place = ("email", "sms")[number % 2], side.runs.index(run.id)
        changes.reserved.append(
            delivery_of(run, made, key=f"k{place}-{made}-2", due=due, channel=channel, hash=HASHES[0])
        )
        changes.updated.append(replace(run, counted=run.counted + 1))
    elif kind in ("move", "end") and run.id not in [one.id for one in changes.updated]:
        ends: dict[str, Any] = (
            {"status": "exited", "ended": NOW, "listen": (None, 1)[number % 2]} if kind == "end" else {}
        )
        changes.updated.append(replace(run, due=due, data=data, **ends))


def _everything(side: _Side, session: Session) -> Any:
    keys = [f"k{n}-1" for n in range(1, 9)] + ["k0-2-2"]
    found: list[Any] = [session.candidates(NOW, limit) for limit in (0, 1, 9)]
    found += [session.next_due(NOW, frozenset(some)) for some in ((), ("email",), ("email", "sms"))]
    found += [session.sweeps(), [key for _, key in session.profiles_after(0, 9)], session.runs_of("j1", 1, 0, 3)]
    found += [session.known(KEYS), session.faults(9)]
    found += [_ordered(session.history(key)) for key in KEYS]
    found += [session.origin(id) for id in IDS]
    found += [session.find(keys, [("mail", "p-1"), ("mail", "p-9")])[:1]]
    found += [{hash: sorted(keys) for hash, keys in session.profiles_at(HASHES).items()}]
    return [*found, sorted(session.profile_keys(side.people).values())]


def _ordered(value: Any) -> Any:
    """The same with deliveries in the order of their places: no other is promised."""
    for one in value if isinstance(value, list) else [value]:
        owner = getattr(one, "facts", one)
        if owner is not None:
            owner.deliveries.sort(key=_place)
    return value


def _place(one: Delivery) -> tuple[int, int]:
    return one.enrollment, one.n

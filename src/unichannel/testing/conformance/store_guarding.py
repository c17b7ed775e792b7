"""What every store keeps of one person's privacy: erased is gone for good, and the audit trail stays."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from unichannel.core.audience.consent import Suppression
from unichannel.core.journey.erasing import erased_run
from unichannel.core.messaging.delivery import anonymous
from unichannel.ports import Access, Changes, Erasure, Fault, Parked, Receipt, Session, Want
from unichannel.testing.conformance.store_handing import Run
from unichannel.testing.conformance.store_merging import merge
from unichannel.testing.conformance.store_values import (
    HOUR,
    NOW,
    begin,
    consent_of,
    delivery_of,
    event_of,
    handed,
    note_of,
    read,
    sealed,
)

__all__ = ["GuardingRules"]


def erase(session: Session, key: str, *inbox: int) -> None:
    """Erase a profile without any rule."""
    session.lock([key], NOW)
    history = session.history(key)
    assert history is not None
    person = history.person
    runs = [erased_run(run, person.keys, NOW) for run in history.runs]
    names = {one: f"was-{one}" for one in person.keys}
    session.erase(Erasure(person, inbox, runs, [anonymous(one) for one in history.deliveries], names))


def access(subject: str = "h1", at: int = NOW, what: str = "why") -> Access:
    """An entry of the audit trail."""
    return Access(at, subject, what, "support:Zoë", "10.0.0.1", "x")


class GuardingRules:
    """Erasure, corrections, the audit trail."""

    def test_merges_corrections_and_erasures_wait_apart_in_their_order(self, run: Run) -> None:
        kinds = ("erase", "event", "merge", "rectify", "erase")
        rows = [handed("ada", kind=kind, body={"other": "bob"}) for kind in kinds]
        run(lambda session: session.put_inbox(rows))
        assert [row.kind for row in run(lambda session: session.apart(9))] == ["erase", "merge", "rectify", "erase"]
        assert [row.kind for row in run(lambda session: session.apart(2))] == ["erase", "merge"]
        assert [row.kind for row in run(lambda session: read(session, "ada"))[0].inbox] == ["event"]
        assert [row.kind for row in run(lambda session: session.waiting(["ada", "bob"]))] == list(kinds)
        assert run(lambda session: session.candidates(NOW, 9)) == ["ada"]
        assert run(lambda session: session.next_due(NOW)) == NOW

    def test_one_whom_an_erasure_waits_for_is_not_known_until_somebody_says_who_it_is(self, run: Run) -> None:
        run(lambda session: session.lock(["ada", "bob"], NOW))
        all_three = ["ada", "bob", "cleo"]
        run(lambda session: session.put_inbox([handed("cleo", kind="identify"), handed("ada", kind="erase")]))
        assert run(lambda session: session.known(all_three)) == {"bob", "cleo"}
        run(lambda session: session.put_inbox([handed("ada", kind="identify"), handed("cleo", kind="erase")]))
        assert run(lambda session: session.known(all_three)) == {"ada", "bob"}

    def test_the_gate_sees_an_erasure_that_waits(self, run: Run) -> None:
        run(begin)
        run(lambda session: session.put_inbox([handed("ada", kind="erase"), handed("ada", kind="merge")]))
        (gate,) = run(lambda session: session.gates(session.due(NOW, 9)))
        assert [row.kind for row in gate.unread] == ["erase"]

    def test_a_session_knows_whom_it_made(self, run: Run) -> None:
        assert run(lambda session: (session.lock(["ada"], NOW), session.made)[1]) == {"ada"}
        assert run(lambda session: (session.lock(["ada", "bob"], NOW), session.made)[1]) == {"bob"}

    def test_everything_of_one_who_is_erased_is_gone(self, run: Run) -> None:
        ada, bob = run(begin), run(lambda session: begin(session, "bob"))
        run(lambda session: session.lock(["visitor"], NOW))
        run(lambda session: merge(session, "ada", "visitor"))

        def fill(session: Session) -> None:
            changes = Changes(addresses=[(ada.profile, ["h1"]), (bob.profile, ["h2"])])
            for one in (ada, bob):
                changes.events.append((one.profile, event_of(id="e1")))
                changes.notes.append(note_of(one.profile, one.id))
                changes.faults.append(Fault(one.profile, one.id, "broken", NOW))
                changes.wakes.append((one.profile, NOW))
            session.commit(changes)
            session.put_consents(
                [sealed("visitor", consent_of(evidence={"ip": "1.2.3.4"})), sealed("bob", consent_of())]
            )
            session.put_inbox([handed("ada"), handed("visitor"), handed("ada", kind="identify"), handed("bob")])
            session.put_suppressions([Suppression("h1", "all", "dead", NOW)])

        run(fill)
        before = run(lambda session: session.history("bob"))
        gone = run(lambda session: [row.id for row in session.waiting(["ada", "visitor"])])
        run(lambda session: erase(session, "ada", *gone[:2]))
        assert run(lambda session: (session.history("ada"), session.history("visitor"))) == (None, None)
        assert run(lambda session: session.known(["visitor", "bob"])) == {"bob"}
        assert run(lambda session: [row.id for row in session.waiting(["ada", "visitor"])]) == gone[2:]
        assert run(lambda session: session.profiles_at(["h1", "h2"])) == {"h2": ["bob"]}
        assert run(lambda session: session.profile_keys([0, ada.profile, bob.profile])) == {bob.profile: "bob"}
        assert [fault.profile for fault in run(lambda session: session.faults(9))] == [bob.profile]
        assert [one.id for one in run(lambda session: session.runs_of("welcome", 1, 0, 9))] == [bob.id]
        assert run(lambda session: session.profiles_after(0, 9)) == [(bob.profile, "bob")]
        assert run(lambda session: session.suppressed(["h1", "h9"])) == {"h1": Suppression("h1", "all", "dead", NOW)}
        assert run(lambda session: session.history("bob")) == before
        run(lambda session: session.put_inbox([handed("visitor", kind="identify")]))
        again = run(lambda session: read(session, "ada", "visitor"))
        assert [one.facts.person.id in (ada.profile, bob.profile) for one in again] == [False, False]
        assert [one.facts.consents for one in again] == [[], []], "what was allowed does not come back"
        assert [one.runs for one in again] == [[], []]

    def test_what_stays_names_nobody(self, run: Run) -> None:
        begun = run(lambda session: begin(session, entity="o1", origin="send:x:ada:k"))
        (made,) = run(lambda session: session.find([f"key-{begun.id}-1"]))
        run(lambda session: session.put_consents([sealed("ada", consent_of(evidence={"ip": "1.2.3.4"}), "salt")]))
        run(lambda session: erase(session, "ada"))
        kept = run(lambda session: session.enrollment(begun.id))
        assert kept == erased_run(begun, ["ada"], NOW)
        assert (kept.profile, kept.entity, kept.origin, kept.data, kept.status) == (0, "", "", {}, "erased")
        (one,) = run(lambda session: session.find([made.key]))
        assert one == anonymous(made)
        assert (one.address, one.frozen, one.about, one.hash, one.due) == ("", {}, "", made.hash, made.due)
        (gate,) = run(lambda session: session.gates([one]))
        assert (gate.person.key, gate.run.status, gate.consents) == ("", "erased", [])
        run(lambda session: session.save([replace(one, status="accepted", due=None)]))
        assert [one.status for one in run(lambda session: session.find([made.key]))] == ["accepted"]
        run(lambda session: session.lock(["was-ada"], NOW))
        (entry,) = run(lambda session: read(session, "was-ada"))[0].facts.consents
        assert entry == consent_of(), "the entry stays, without its evidence"

    def test_work_that_raises_has_erased_nobody(self, run: Run) -> None:
        run(lambda session: begin(session, deliveries=2))
        before, (loaded,) = run(lambda session: (session.history("ada"), read(session, "ada")))

        def half(session: Session) -> None:
            erase(session, "ada")
            session.put_accesses([access()])
            raise LookupError

        with suppress(LookupError):
            run(half)
        assert run(lambda session: session.history("ada")) == before
        assert run(lambda session: read(session, "ada")) == [loaded]
        assert run(lambda session: session.accesses(["h1"])) == []

    def test_a_delivery_goes_to_another_address(self, run: Run) -> None:
        begun = run(begin)
        (made,) = run(lambda session: session.find([f"key-{begun.id}-1"]))
        moved = replace(made, address="new@example.com", hash="hash-new", facts={"accepted": NOW})
        run(lambda session: session.redirect([moved]))
        run(lambda session: session.save([moved]))
        assert run(lambda session: session.find([made.key])) == [moved]
        latest = run(lambda session: session.latest_to(["hash-new", "hash-ada"]))
        assert [one.hash for one in latest] == ["hash-new"]

    def test_receipts_in_the_queue_are_found_by_whom_they_are_about(self, run: Run) -> None:
        by_key, by_id = Receipt("opened", NOW, key="k1", text="Zoë"), Receipt("opened", NOW, provider_id="p1")
        parked = [
            Parked("p", NOW, by_key, NOW + HOUR),
            Parked("p", NOW, by_id, NOW),
            Parked("p", NOW, Receipt("inbound", NOW), NOW, hash="h1"),
            Parked("p", NOW, Receipt("inbound", NOW), NOW, hash="h2"),
            Parked("p", NOW, Receipt("inbound", NOW), NOW),
        ]
        run(lambda session: session.put_receipts(parked))

        def found(keys: Sequence[str] = (), ids: Sequence[str] = (), hashes: Sequence[str] = ()) -> list[Parked]:
            return [replace(one, id=0) for one in run(lambda session: session.parked(keys, ids, hashes))]

        assert found() == found(["k2", "p1", "h1"], ["k1"], ["k1", "p1"]) == []
        assert found(["k1"]) == parked[:1]
        assert found(["k1", "k2"], ["p1"], ["h1"]) == parked[:3]
        assert found(hashes=["h1", "h2"]) == parked[2:4]
        unseen = Parked("p", NOW, Receipt("opened", NOW), NOW, hash=None)
        run(lambda session: session.put_receipts([unseen]))
        assert found() == [unseen], "nobody looked at its address"
        (first, *_) = run(lambda session: session.parked(["k1"], [], []))
        run(lambda session: session.settle_receipts([first.id], []))
        assert found(["k1"]) == [unseen]

    # the audit trail

    def test_the_audit_trail_is_kept_in_order(self, run: Run) -> None:
        rows = [access("h1"), access("h2"), access("h1", NOW - 1, "erase")]
        run(lambda session: session.put_accesses(rows))
        assert run(lambda session: session.accesses(["h1"])) == [rows[0], rows[2]]
        assert run(lambda session: session.accesses(["h1", "h2", "h3"])) == rows
        assert run(lambda session: session.accesses([])) == []

    def test_the_audit_trail_is_purged_in_batches(self, run: Run) -> None:
        run(lambda session: session.put_accesses([access(at=NOW + n) for n in range(5)]))
        count, after = run(lambda session: session.purge_accesses(0, NOW + 2, 2))
        assert (count, after is None) == (2, False)
        assert run(lambda session: session.purge_accesses(after or 0, NOW + 2, 2)) == (1, None)
        assert [one.at for one in run(lambda session: session.accesses(["h1"]))] == [NOW + 3, NOW + 4]

    # content

    def test_what_was_said_goes_before_the_delivery(self, run: Run) -> None:
        def fill(session: Session) -> list[Any]:
            runs = [begin(session, key, deliveries=0) for key in ("ada", "bob", "cleo")]
            first, second, third = runs
            over: dict[str, Any] = {"status": "accepted", "due": None}
            made = [
                delivery_of(first, 1, **over),
                delivery_of(first, 2, **over, category="transactional"),
                delivery_of(first, 3, **over, channel="in_app"),
                delivery_of(first, 4, **over, reserved=NOW + 1),
                delivery_of(second, 1),
                delivery_of(third, 1, **over),
                delivery_of(third, 2, **over),
            ]
            session.commit(Changes(reserved=made))
            return runs

        first, second, _ = run(fill)
        some = frozenset({"transactional"})
        assert run(lambda session: session.purge_content(0, NOW, 1, some, listed=False)) == (1, first.id)
        assert run(lambda session: session.purge_content(first.id, NOW, 9, some, listed=False)) == (2, None)
        assert _full(run) == [(first.id, 2), (first.id, 3), (first.id, 4), (second.id, 1)]
        assert run(lambda session: session.purge_content(0, NOW, 9, some, listed=True)) == (1, None)
        assert run(lambda session: session.purge_content(0, NOW, 9, some, listed=True)) == (0, None)
        assert _full(run) == [(first.id, 3), (first.id, 4), (second.id, 1)]


def _full(run: Run) -> list[tuple[int, int]]:
    """The deliveries that still say something."""

    def find(session: Session) -> list[tuple[int, int]]:
        ids = session.lock(["ada", "bob", "cleo"], NOW).values()
        loaded = session.load(list(ids), Want(deliveries=True))
        return [(one.enrollment, one.n) for each in loaded for one in each.facts.deliveries if one.frozen]

    return run(find)

"""What every store keeps of profiles that are merged, and of passes over many."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from unichannel.core.audience.profile import Person
from unichannel.ports import Changes, Fault, Inbox, Session, Sweep, Want
from unichannel.testing.conformance.store_handing import Run
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
    run_of,
    sealed,
)

__all__ = ["MergingRules", "merge"]


def merge(session: Session, survivor: str, other: str) -> Person:
    """Merge two profiles without any rule: the survivor gets the other's keys."""
    ids = session.lock([survivor, other], NOW)
    mine, others = (one.facts.person for one in session.load([ids[survivor], ids[other]], Want()))
    mine.aliases = [*mine.aliases, *others.keys]
    session.merge(mine, others.id)
    return mine


def asked(profile: str = "ada", other: str = "bob") -> Inbox:
    """The wish to merge two."""
    return handed(profile, kind="merge", name="", body={"other": other})


class MergingRules:
    """Merging and sweeping."""

    def test_merges_wait_apart_from_what_is_decided(self, run: Run) -> None:
        run(lambda session: session.put_inbox([asked(), handed("cleo"), asked("cleo", "dan"), asked("eve", "fay")]))
        rows = run(lambda session: session.merges(2))
        assert [(row.profile, row.kind, row.body) for row in rows] == [
            ("ada", "merge", {"other": "bob"}),
            ("cleo", "merge", {"other": "dan"}),
        ]
        assert run(lambda session: session.candidates(NOW, 9)) == ["cleo"]
        ada, cleo = run(lambda session: read(session, "ada", "cleo"))
        assert (ada.inbox, [row.kind for row in cleo.inbox]) == ([], ["event"])
        run(lambda session: session.commit(Changes(inbox=[cleo.inbox[0].id])))
        assert run(lambda session: session.next_due(NOW)) == NOW
        run(lambda session: session.commit(Changes(inbox=[row.id for row in session.merges(9)])))
        assert run(lambda session: session.merges(9)) == []
        assert run(lambda session: session.next_due(NOW)) is None

    def test_everything_of_the_other_is_the_survivors(self, run: Run) -> None:
        mine = run(begin)
        others = run(lambda session: begin(session, "bob", entity="o1"))
        note, fault = note_of(others.profile, others.id, "o9"), Fault(others.profile, others.id, "broken", NOW)

        def fill(session: Session) -> None:
            happened = [(others.profile, event_of(id="e1", of="bob")), (mine.profile, event_of(id="e2", of="ada"))]
            again = [(mine.profile, event_of(id="e1", of="ada")), (others.profile, event_of(of="bob"))]
            addresses = [(mine.profile, ["h1"]), (others.profile, ["h2"])]
            changes = Changes(events=[*happened, *again], notes=[note], faults=[fault], addresses=addresses)
            changes.wakes = [(mine.profile, NOW + 5), (others.profile, NOW)]
            session.commit(changes)

        run(fill)
        person = run(lambda session: merge(session, "ada", "bob"))
        history = run(lambda session: session.history("bob"))
        assert history is not None
        assert history == run(lambda session: session.history("ada"))
        assert (history.person, [one.id for one in history.runs]) == (person, [mine.id, others.id])
        assert {one.profile for one in history.runs} == {one.profile for one in history.deliveries} == {mine.profile}
        assert (len(history.deliveries), history.notes) == (2, [replace(note, profile=mine.profile)])
        assert [(one.id, one.properties["of"]) for one in history.events] == [
            ("e2", "ada"),
            ("e1", "ada"),
            ("", "bob"),
        ], "of two copies the survivor's stays, and all keep their order"
        assert [one.profile for one in run(lambda session: session.faults(9))] == [mine.profile]
        assert run(lambda session: session.profiles_at(["h1", "h2"])) == {"h1": ["ada"]}
        assert run(lambda session: session.candidates(NOW + 5, 9)) == ["ada"]
        assert [one.id for one in run(lambda session: read(session, "bob"))[0].runs] == [mine.id, others.id]

    def test_an_alias_leads_to_the_survivor(self, run: Run) -> None:
        run(lambda session: session.lock(["ada", "bob", "cleo"], NOW))
        run(lambda session: session.put_consents([sealed("bob", consent_of("sms", occurred=NOW - 1))]))
        run(lambda session: merge(session, "bob", "cleo"))
        run(lambda session: merge(session, "ada", "bob"))
        ids = run(lambda session: session.lock(["ada", "bob", "cleo"], NOW))
        assert len(set(ids.values())) == 1
        assert run(lambda session: session.known(["bob", "cleo", "dan"])) == {"bob", "cleo"}
        entries = [
            sealed("cleo", consent_of("push", status="withdrawn")),
            sealed("ada", consent_of("email", occurred=NOW - 2)),
        ]
        run(lambda session: session.put_consents(entries))
        run(lambda session: session.put_inbox([handed("cleo", "e1"), handed("ada", "e2"), handed("bob", "e3")]))
        (loaded,) = run(lambda session: read(session, "cleo"))
        assert loaded.facts.person.keys == ("ada", "bob", "cleo")
        assert [one.channel for one in loaded.facts.consents] == ["email", "sms", "push"], "as they occurred"
        assert [row.event_id for row in loaded.inbox] == ["e1", "e2", "e3"]
        history = run(lambda session: session.history("cleo"))
        assert history is not None
        assert history.consents == loaded.facts.consents
        run(lambda session: session.commit(Changes(events=[(ids["ada"], event_of(id="e3"))])))
        assert run(lambda session: read(session, "bob"))[0].seen == {"e3"}

    def test_the_gate_reads_every_key(self, run: Run) -> None:
        run(begin)
        run(lambda session: merge(session, "ada", "bob"))
        run(
            lambda session: session.put_consents([sealed("bob", consent_of("sms")), sealed("ada", consent_of("email"))])
        )
        run(lambda session: session.put_inbox([handed("bob", "e1"), handed("ada", "e2"), asked("bob", "eve")]))
        (gate,) = run(lambda session: session.gates(session.due(NOW, 9)))
        assert sorted(one.channel for one in gate.consents) == ["email", "sms"]
        assert [row.event_id for row in gate.unread] == ["e1", "e2"]

    def test_who_was_merged_away_still_has_a_key(self, run: Run) -> None:
        ids = run(lambda session: session.lock(["ada", "bob"], NOW))
        run(lambda session: merge(session, "ada", "bob"))
        assert run(lambda session: session.profile_keys(ids.values())) == {ids["ada"]: "ada", ids["bob"]: "bob"}
        assert run(lambda session: session.profiles_after(0, 9)) == [(ids["ada"], "ada")]

    def test_profiles_come_in_the_order_of_their_ids(self, run: Run) -> None:
        ids = run(lambda session: session.lock(["cleo", "ada", "bob"], NOW))
        expected = sorted((id, key) for key, id in ids.items())
        assert run(lambda session: session.profiles_after(0, 2)) == expected[:2]
        assert run(lambda session: session.profiles_after(expected[1][0], 9)) == expected[2:]
        assert run(lambda session: session.profiles_after(expected[2][0], 9)) == []

    def test_open_runs_of_a_version_come_in_order(self, run: Run) -> None:
        def work(session: Session) -> Any:
            ended: dict[str, Any] = {"status": "completed", "ended": NOW, "due": None}
            first = begin(session, deliveries=0)
            begin(session, "bob", deliveries=0, version=2)
            begin(session, "bob", deliveries=0, journey="orders")
            begin(session, "bob", deliveries=0, entity="x", listen=None, **ended)
            second = begin(session, "bob", deliveries=0, entity="y", listen=1, **ended)
            return first, second, begin(session, "cleo", deliveries=0)

        begun = list(run(work))
        assert run(lambda session: session.runs_of("welcome", 1, 0, 9)) == begun
        assert run(lambda session: session.runs_of("welcome", 1, begun[0].id, 1)) == begun[1:2]
        assert run(lambda session: session.runs_of("welcome", 1, begun[2].id, 9)) == []

    def test_a_sweep_goes_on_where_it_was(self, run: Run) -> None:
        def begin_both(session: Session) -> None:
            session.begin_sweep("welcome", 7)
            session.begin_sweep("orders", 8)

        assert run(lambda session: session.sweeps()) == []
        run(begin_both)
        assert run(lambda session: session.sweeps()) == [Sweep("orders", 8, 0), Sweep("welcome", 7, 0)]
        assert run(lambda session: session.next_due(NOW)) == NOW
        run(lambda session: session.advance_sweep("welcome", 17))
        run(lambda session: session.advance_sweep("orders", None))
        run(begin_both)
        assert run(lambda session: session.sweeps()) == [Sweep("welcome", 7, 17)], "finished is finished"
        run(lambda session: session.advance_sweep("welcome", None))
        assert run(lambda session: session.next_due(NOW)) is None
        run(lambda session: session.begin_sweep("orders", 9))
        assert run(lambda session: session.sweeps()) == [Sweep("orders", 9, 0)], "another definition, another pass"

    def test_channels_and_queues_that_nobody_serves_here_are_not_due(self, run: Run) -> None:
        def work(session: Session) -> None:
            begun = begin(session, deliveries=0)
            dues = {"email": NOW + 1, "sms": NOW + HOUR}
            made = [delivery_of(begun, n, channel=name, due=dues[name]) for n, name in enumerate(dues, 1)]
            session.commit(Changes(reserved=made))

        run(work)
        asked = [frozenset(some) for some in ((), ("email",), ("email/",), ("email/", "sms"), ("push", "email/ses"))]
        found = [run(lambda session, without=one: session.next_due(NOW, without)) for one in asked]  # type: ignore[misc]
        assert found == [NOW + 1, NOW + HOUR, NOW + HOUR, None, NOW + 1]

    def test_a_delivery_keeps_its_definition(self, run: Run) -> None:
        def work(session: Session) -> Any:
            begun = run_of(session.allocate(1), session.lock(["ada"], NOW)["ada"])
            made = delivery_of(begun, definition=17)
            session.commit(Changes(started=[begun], reserved=[made]))
            return made, session.delivery(begun.id, 1)

        made, kept = run(work)
        assert kept == made

    def test_snapshots_of_the_base_are_numbered_and_kept_once(self, run: Run) -> None:
        assert run(lambda session: session.prior()) is None
        run(lambda session: session.put_prior(7, NOW, "[7]"))
        run(lambda session: session.put_prior(7, NOW + 1, "[8]"))
        assert run(lambda session: session.prior()) == (7, NOW, "[7]")
        run(lambda session: session.put_prior(9, NOW + HOUR, "[9]"))
        assert run(lambda session: session.prior()) == (9, NOW + HOUR, "[9]")

    def test_a_sample_is_spread_over_all(self, run: Run) -> None:
        run(lambda session: session.lock([f"p{place}" for place in range(9)], NOW))
        assert len(run(lambda session: session.sample(100))) == 9
        assert len({one.key for one in run(lambda session: session.sample(4))}) in (3, 4)

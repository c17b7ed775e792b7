"""What every store keeps of what is decided."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from unichannel.core.audience.profile import Person
from unichannel.errors import ConflictError
from unichannel.ports import Changes, Fault, Session, Want
from unichannel.testing.conformance.store_handing import HandingRules, Run
from unichannel.testing.conformance.store_values import (
    AWKWARD,
    HOUR,
    NOW,
    begin,
    delivery_of,
    event_of,
    handed,
    note_of,
    read,
    run_of,
)

__all__ = ["DecidingRules"]


class DecidingRules(HandingRules):
    """Locking, loading and committing."""

    def test_candidates_come_from_the_inbox_then_by_their_wakes(self, run: Run) -> None:
        ids = run(lambda session: session.lock(["late", "early", "asleep", "both"], NOW))
        wakes = [(ids["late"], NOW), (ids["early"], NOW - 5), (ids["asleep"], NOW + 1), (ids["both"], NOW - 9)]
        run(lambda session: session.commit(Changes(wakes=list(wakes))))
        run(lambda session: session.put_inbox([handed("new"), handed("both"), handed("new")]))
        assert run(lambda session: session.candidates(NOW, 10)) == ["new", "both", "early", "late"]
        assert run(lambda session: session.candidates(NOW, 3)) == ["new", "both", "early"]
        assert run(lambda session: session.candidates(NOW, 1)) == ["new"]
        run(lambda session: session.commit(Changes(wakes=[(ids["early"], None), (ids["late"], NOW + 1)])))
        assert run(lambda session: session.candidates(NOW, 10)) == ["new", "both"]

    def test_a_lock_makes_whoever_is_missing_once(self, run: Run) -> None:
        first = run(lambda session: session.lock(["ada", "bob", "ada"], NOW))
        again = run(lambda session: session.lock(["bob", "cleo", "ada"], NOW + 1))
        assert first == {key: again[key] for key in ("ada", "bob")}
        assert len(set(again.values())) == 3
        assert [one.facts.person for one in run(lambda session: read(session, "ada", "cleo"))] == [
            Person(first["ada"], "ada", created=NOW),
            Person(again["cleo"], "cleo", created=NOW + 1),
        ]

    def test_loading_keeps_the_order_asked(self, run: Run) -> None:
        keys = ["cleo", "ada", "bob"]
        assert [one.facts.person.key for one in run(lambda session: read(session, *keys))] == keys

    def test_a_commit_is_read_back_as_it_was(self, run: Run) -> None:
        def work(session: Session) -> tuple[Any, ...]:
            profile = session.lock(["ada"], NOW)["ada"]
            person = Person(
                profile, "ada", NOW, NOW + 1, dict(AWKWARD), {"email": ["a@example.com"]}, "Europe/Paris", "fr"
            )
            run = run_of(session.allocate(1), profile, origin="o1", data=dict(AWKWARD))
            made, event = delivery_of(run), event_of(id="e1", **AWKWARD)
            changes = Changes([person], [], [(profile, event)], [run], [], [made], notes=[note_of(profile, run.id)])
            session.commit(changes)
            return person, run, made, event, note_of(profile, run.id)

        person, begun, made, event, note = run(work)
        (loaded,) = run(lambda session: read(session, "ada"))
        assert (loaded.facts.person, loaded.facts.events, loaded.facts.deliveries) == (person, [event], [made])
        assert loaded.runs == [begun]
        history = run(lambda session: session.history("ada"))
        assert history is not None
        assert (history.person, history.runs, history.deliveries) == (person, [begun], [made])
        assert (history.notes, history.events, history.consents) == ([note], [event], [])
        assert run(lambda session: session.enrollment(begun.id)) == begun
        assert run(lambda session: session.delivery(begun.id, 1)) == made

    def test_events_come_by_name_in_the_order_they_occurred(self, run: Run) -> None:
        profile = run(lambda session: session.lock(["ada"], NOW))["ada"]
        events = [event_of("order.paid", NOW - 1), event_of("page.seen", NOW - 2), event_of("order.placed", NOW - 3)]
        run(lambda session: session.commit(Changes(events=[(profile, one) for one in events])))
        (loaded,) = run(lambda session: read(session, "ada"))
        assert loaded.facts.events == [events[2], events[0]]
        (loaded,) = run(lambda session: read(session, "ada", want=Want()))
        assert loaded.facts.events == []

    def test_duplicates_are_seen_by_profile(self, run: Run) -> None:
        ids = run(lambda session: session.lock(["ada", "bob"], NOW))
        run(lambda session: session.commit(Changes(events=[(ids["ada"], event_of(id="e1")), (ids["ada"], event_of())])))
        rows = [handed(event_id="e1"), handed(event_id="e2"), handed(), handed("bob", event_id="e1"), handed("bob")]
        run(lambda session: session.put_inbox(rows))
        ada, bob = run(lambda session: read(session, "ada", "bob"))
        assert (set(ada.seen), set(bob.seen)) == ({"e1"}, set())
        assert len(ada.inbox) == 3, "they are handed out none the less"

    def test_closed_runs_come_only_where_something_waits(self, run: Run) -> None:
        ended: dict[str, Any] = {"status": "completed", "listen": None, "ended": NOW, "due": None}
        closed = run(lambda session: begin(session, **ended))
        listening = run(lambda session: begin(session, **{**ended, "listen": 1}))
        other = run(lambda session: begin(session, journey="elsewhere", **ended))
        (loaded,) = run(lambda session: read(session, "ada", want=Want(journeys=frozenset({"welcome"}))))
        assert [one.id for one in loaded.runs] == [listening.id]
        assert [one.enrollment for one in loaded.facts.deliveries] == [listening.id]
        run(lambda session: session.put_inbox([handed()]))
        (loaded,) = run(lambda session: read(session, "ada", want=Want(journeys=frozenset({"welcome"}))))
        assert [one.id for one in loaded.runs] == [closed.id, listening.id]
        (loaded,) = run(lambda session: read(session, "ada", want=Want(deliveries=True)))
        assert [one.enrollment for one in loaded.facts.deliveries] == [closed.id, listening.id, other.id]

    def test_recent_deliveries_of_other_runs_come_once(self, run: Run) -> None:
        ended: dict[str, Any] = {"status": "completed", "listen": None, "ended": NOW, "due": None}
        closed = run(lambda session: begin(session, **ended))
        going = run(lambda session: begin(session, deliveries=2))
        run(lambda session: begin(session, "bob", **ended))

        def expiring_after(instant: int | None) -> list[tuple[int, int]]:
            (loaded,) = run(lambda session: read(session, "ada", want=Want(since=instant)))
            return [(one.enrollment, one.n) for one in loaded.facts.deliveries]

        own, end = [(going.id, 1), (going.id, 2)], NOW + 24 * HOUR
        assert expiring_after(None) == own
        assert expiring_after(end) == own, "of a run that goes on they always come"
        assert expiring_after(end - 1) == [(closed.id, 1), *own]

    def test_only_the_inbox_rows_named_are_used_up(self, run: Run) -> None:
        run(lambda session: session.put_inbox([handed(event_id="e1"), handed(event_id="e2")]))
        (loaded,) = run(lambda session: read(session, "ada"))
        emitted = handed(event_id="e3", depth=1)
        run(lambda session: session.commit(Changes(inbox=[loaded.inbox[0].id], emitted=[emitted])))
        (loaded,) = run(lambda session: read(session, "ada"))
        assert [row.event_id for row in loaded.inbox] == ["e2", "e3"]

    def test_numbers_for_runs_are_given_once(self, run: Run) -> None:
        first = run(lambda session: session.allocate(3))
        second = run(lambda session: (session.allocate(2), session.allocate(1)))
        given = [*range(first, first + 3), *range(second[0], second[0] + 2), second[1]]
        assert len(set(given)) == 6
        assert min(given) > 0

    def test_one_live_run_for_each_journey_and_entity(self, run: Run) -> None:
        run(lambda session: begin(session, entity="o1"))
        run(lambda session: begin(session, entity="o2"))
        run(lambda session: begin(session, entity="o1", journey="orders"))
        run(lambda session: begin(session, "bob", entity="o1"))
        with pytest.raises(ConflictError):
            run(lambda session: begin(session, entity="o1", version=2))
        run(lambda session: begin(session, entity="o1", status="converted", listen=None))

    def test_an_end_makes_room_for_a_beginning_in_one_commit(self, run: Run) -> None:
        old = run(begin)
        old.status, old.listen, old.due, old.ended = "completed", None, None, NOW

        def again(session: Session) -> None:
            new = run_of(session.allocate(1), old.profile)
            next_one = run_of(session.allocate(1), old.profile, journey="orders")
            session.commit(Changes(started=[new, next_one], updated=[old]))

        run(again)
        history = run(lambda session: session.history("ada"))
        assert history is not None
        assert [one.status for one in history.runs] == ["completed", "active", "active"]
        assert history.runs[0] == old

    def test_a_run_that_goes_on_is_kept_as_it_is_now(self, run: Run) -> None:
        begun = run(begin)
        begun.at, begun.due, begun.listen, begun.step, begun.data = NOW + 5, None, 1, "wait", {}
        begun.ladders, begun.version, begun.definition = [], 2, 8
        run(lambda session: session.commit(Changes(updated=[begun])))
        assert run(lambda session: session.enrollment(begun.id)) == begun

    @pytest.mark.parametrize("status", ["reserved", "retry", "sending", "accepted", "in_doubt", "failed", "expired"])
    def test_only_what_has_not_gone_is_cancelled(self, run: Run, status: str) -> None:
        def work(session: Session) -> Any:
            begun = begin(session)
            made = delivery_of(begun, status=status, hash="hash-ada", facts={"reserved": NOW})
            session.save([made])
            session.commit(Changes(cancelled=[(begun.id, 1, "goal", NOW + 7), (begun.id, 9, "goal", NOW)]))
            return made, session.delivery(begun.id, 1)

        before, after = run(work)
        if status in ("reserved", "retry"):
            assert (after.status, after.reason, after.due) == ("cancelled", "goal", None)
            assert after.facts == {"reserved": NOW, "cancelled": NOW + 7}
        else:
            assert after == before

    def test_what_is_reserved_and_cancelled_in_one_commit_is_cancelled(self, run: Run) -> None:
        def work(session: Session) -> Any:
            made = run_of(session.allocate(1), session.lock(["ada"], NOW)["ada"])
            session.commit(Changes(started=[made], reserved=[delivery_of(made)], cancelled=[(made.id, 1, "exit", NOW)]))
            return session.delivery(made.id, 1)

        assert run(work).status == "cancelled"

    def test_addresses_are_replaced(self, run: Run) -> None:
        ids = run(lambda session: session.lock(["ada", "bob"], NOW))
        run(lambda session: session.commit(Changes(addresses=[(ids["ada"], ["h1", "h2"]), (ids["bob"], ["h2"])])))
        run(lambda session: session.commit(Changes(addresses=[(ids["ada"], ["h2", "h3"])])))
        found = run(lambda session: session.profiles_at(iter(["h1", "h2", "h3"])))
        assert {hash: sorted(keys) for hash, keys in found.items()} == {"h2": ["ada", "bob"], "h3": ["ada"]}

    def test_faults_are_kept_until_they_are_dropped(self, run: Run) -> None:
        faults = [Fault(1, 2, "ValueError: no", NOW, {"name": "x"}), Fault(1, 0, "b", NOW + 1), Fault(2, 3, "c", NOW)]
        run(lambda session: session.commit(Changes(faults=[copy.copy(one) for one in faults])))
        kept = run(lambda session: session.faults(2))
        assert [(one.error, one.event, one.enrollment) for one in kept] == [
            ("ValueError: no", {"name": "x"}, 2),
            ("b", None, 0),
        ]
        run(lambda session: session.drop_faults([kept[0].id]))
        assert [one.error for one in run(lambda session: session.faults(9))] == ["b", "c"]

    def test_values_are_copied_on_the_way_in(self, run: Run) -> None:
        def work(session: Session) -> Any:
            profile = session.lock(["ada"], NOW)["ada"]
            row, event, begun = handed(body={"a": {"b": 1}}), event_of(a=1), run_of(session.allocate(1), profile)
            made, person = delivery_of(begun), Person(profile, "ada", attributes={"a": 1}, addresses={"email": ["x"]})
            changes = Changes([person], [], [(profile, event)], [begun], [], [made], emitted=[row])
            made.trace["deep"], begun.data["deep"] = {"a": 1}, {"a": 1}
            before = copy.deepcopy((person, event, begun, made, row.body))
            session.commit(changes)
            row.body["a"]["b"] = made.facts["x"] = made.frozen["x"] = begun.data["x"] = event.properties["x"] = 9
            begun.ladders[0].deliveries.append(9)
            made.trace["deep"]["a"] = begun.data["deep"]["a"] = 9
            person.attributes["x"] = 9
            person.addresses["email"].append("y")
            return before, read(session, "ada")[0]

        (person, event, begun, made, body), loaded = run(work)
        facts = loaded.facts
        assert (facts.person, facts.events, loaded.runs, facts.deliveries) == (person, [event], [begun], [made])
        assert loaded.inbox[0].body == body

    def test_values_are_copied_on_the_way_out(self, run: Run) -> None:
        def work(session: Session) -> Any:
            begun = begin(session)
            session.commit(Changes(events=[(begun.profile, event_of(a=1))], emitted=[handed(body={"a": 1})]))
            first, before = read(session, "ada")[0], copy.deepcopy(read(session, "ada")[0])
            first.facts.person.attributes["x"] = first.facts.events[0].properties["x"] = 9
            first.facts.deliveries[0].facts["x"] = first.inbox[0].body["x"] = first.runs[0].data["x"] = 9
            first.runs[0].ladders[0].channels.append("x")
            return before, read(session, "ada")[0]

        before, after = run(work)
        assert before == after

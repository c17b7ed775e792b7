"""What every store keeps of purging: what is open stays, batches go on where the last one ended."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from unichannel.core.journey.enrollment import Enrollment
from unichannel.ports import Changes, Session
from unichannel.testing.conformance.store_handing import Run
from unichannel.testing.conformance.store_values import HOUR, NOW, begin, delivery_of, event_of, note_of

__all__ = ["PurgingRules"]


class PurgingRules:
    """Deleting for good."""

    def test_old_events_go_but_not_what_an_open_run_may_read(self, run: Run) -> None:
        open_run = run(lambda session: begin(session, "ada"))
        closed = run(lambda session: _closed(session, "bob"))

        def write(session: Session) -> None:
            events = [event_of("read", NOW - HOUR), event_of("unread", NOW - HOUR), event_of("read", NOW + HOUR)]
            session.commit(Changes(events=[(one.profile, event) for one in (open_run, closed) for event in events]))

        run(write)
        names = frozenset({"read"})
        assert run(lambda session: session.purge_events(0, NOW, 9, names, listed=True)) == (1, None)
        assert run(lambda session: session.purge_events(0, NOW, 9, names, listed=False)) == (2, None)
        left = [[one.name for one in _history(run, key).events] for key in ("ada", "bob")]
        assert left == [["read", "read"], ["read"]]

    def test_an_event_that_is_gone_is_not_known_any_more(self, run: Run) -> None:
        closed = run(lambda session: _closed(session, "ada"))
        run(lambda session: session.commit(Changes(events=[(closed.profile, event_of("x", id="e1"))])))
        assert run(lambda session: session.purge_events(0, NOW, 9, frozenset(), listed=False)) == (1, None)
        run(lambda session: session.commit(Changes(events=[(closed.profile, event_of("x", id="e1"))])))
        assert [one.id for one in _history(run, "ada").events] == ["e1"]

    def test_batches_go_on_where_the_last_one_ended(self, run: Run) -> None:
        closed = run(lambda session: _closed(session, "ada"))
        events = [(closed.profile, event_of("keep" if n % 2 else "drop")) for n in range(10)]
        run(lambda session: session.commit(Changes(events=events)))
        after: int | None = 0
        counts = []
        while after is not None:
            count, after = run(
                lambda session, after=after: session.purge_events(after, NOW, 2, frozenset({"keep"}), listed=False)  # type: ignore[misc]
            )
            counts.append(count)
        assert counts == [2, 2, 1]
        assert [one.name for one in _history(run, "ada").events] == ["keep"] * 5

    def test_deliveries_go_with_all_of_their_run_when_nothing_is_left_to_do(self, run: Run) -> None:
        run(lambda session: begin(session, "ada", deliveries=2))
        rested = run(lambda session: _closed(session, "bob", deliveries=2))
        busy = run(lambda session: _closed(session, "cleo", deliveries=2, due=NOW + HOUR))
        late = run(lambda session: _closed(session, "dan", deliveries=1, ended=NOW + 1))
        assert run(lambda session: session.purge_deliveries(0, NOW, 9)) == (2, None)
        assert [len(_history(run, key).deliveries) for key in ("ada", "bob", "cleo", "dan")] == [2, 0, 2, 1]
        assert run(lambda session: session.find([f"key-{rested.id}-1", f"key-{busy.id}-1"])[0].enrollment) == busy.id
        assert run(lambda session: [one.enrollment for one in session.latest_to(["hash-bob", "hash-dan"])]) == [late.id]

    def test_runs_go_when_they_are_closed_and_empty(self, run: Run) -> None:
        run(lambda session: begin(session, "ada", deliveries=0))
        run(lambda session: _closed(session, "bob", deliveries=1))
        empty = run(lambda session: _closed(session, "cleo", deliveries=0))
        run(lambda session: _closed(session, "dan", deliveries=0, journey="other"))
        run(lambda session: _closed(session, "eve", deliveries=0, ended=NOW + 1))
        assert run(lambda session: session.purge_runs(0, NOW, 9, frozenset({"welcome"}))) == (1, None)
        assert [len(_history(run, key).runs) for key in ("ada", "bob", "cleo", "dan", "eve")] == [1, 1, 0, 1, 1]
        assert run(lambda session: session.enrollment(empty.id)) is None

    def test_notes_go_oldest_first(self, run: Run) -> None:
        profile = run(lambda session: session.lock(["ada"], NOW))["ada"]
        notes = [note_of(profile, origin=str(n)) for n in range(4)]
        for n, note in enumerate(notes):
            note.trace.now = NOW + n
        run(lambda session: session.commit(Changes(notes=notes)))
        count, after = run(lambda session: session.purge_notes(0, NOW + 2, 2))
        assert (count, after is None) == (2, False)
        assert run(lambda session: session.purge_notes(after or 0, NOW + 2, 2)) == (1, None)
        assert [note.origin for note in _history(run, "ada").notes] == ["3"]


def _closed(session: Session, key: str, deliveries: int = 0, **more: Any) -> Enrollment:
    """A run that is over, and its deliveries, which are settled unless told otherwise."""
    begun = begin(session, key, deliveries=0, journey=more.get("journey", "welcome"))
    ended = replace(begun, status="completed", ended=more.get("ended", NOW), due=None, listen=None)
    made = [
        delivery_of(begun, n, due=more.get("due"), status="accepted", facts={"accepted": NOW}, hash=f"hash-{key}")
        for n in range(1, deliveries + 1)
    ]
    session.commit(Changes(updated=[ended], reserved=made))
    return ended


def _history(run: Run, key: str) -> Any:
    return run(lambda session: session.history(key))

"""What every store keeps of what is handed in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from unichannel.core.audience.consent import Suppression
from unichannel.ports import Changes, Session
from unichannel.testing.conformance.store_values import (
    ALL,
    AWKWARD,
    NOW,
    consent_of,
    handed,
    read,
    sealed,
)

__all__ = ["HandingRules", "Run"]

T = TypeVar("T")


class Run(Protocol):
    """Runs work in one transaction of the store under test."""

    def __call__(self, work: Callable[[Session], T], /) -> T: ...


class HandingRules:
    """What the host hands in is only inserted."""

    def test_what_is_handed_in_comes_back_as_it_was(self, run: Run) -> None:
        rows = [
            handed(event_id="e1", body=AWKWARD, depth=2),
            handed(event_id="e2", kind="identify", name="", occurred=NOW - 1, body={"timezone": None}),
        ]
        run(lambda session: session.put_inbox(rows))
        (loaded,) = run(lambda session: read(session, "ada"))
        for row, kept in zip(rows, loaded.inbox, strict=True):
            assert kept.id > 0
            kept.id = 0
            assert kept == row

    def test_handing_in_makes_nobody(self, run: Run) -> None:
        run(lambda session: session.put_inbox([handed()]))
        run(lambda session: session.put_consents([sealed("ada", consent_of())]))
        assert run(lambda session: session.history("ada")) is None
        assert run(lambda session: session.known(["ada"])) == set()

    def test_known_are_those_that_exist_or_were_identified(self, run: Run) -> None:
        run(lambda session: session.lock(["ada"], NOW))
        run(lambda session: session.put_inbox([handed("bob", kind="identify", name=""), handed("cleo")]))
        assert run(lambda session: session.known(iter(["ada", "bob", "cleo", "dan"]))) == {"ada", "bob"}

    def test_nothing_handed_in_is_nothing(self, run: Run) -> None:
        def work(session: Session) -> None:
            session.put_inbox([])
            session.put_consents([])
            session.put_suppressions([])
            session.put_receipts([])
            session.commit(Changes())
            session.save([])
            session.settle_receipts([], [])
            session.drop_faults([])

        run(work)
        assert run(lambda session: session.candidates(NOW, 10)) == []
        assert run(lambda session: session.known([])) == set()
        assert run(lambda session: session.lock([], NOW)) == {}
        assert run(lambda session: session.load([], ALL)) == []
        assert run(lambda session: session.gates([])) == []
        assert run(lambda session: session.find([])) == []

    def test_the_ledger_keeps_every_entry_in_its_order(self, run: Run) -> None:
        entries = [consent_of(status=status) for status in ("given", "withdrawn", "pending", "denied", "given")]
        for entry in entries:
            run(lambda session, entry=entry: session.put_consents([sealed("ada", entry)]))  # type: ignore[misc]
        (loaded,) = run(lambda session: read(session, "ada"))
        assert loaded.facts.consents == entries

    def test_of_one_address_the_widest_suppression_counts_until_it_is_lifted(self, run: Run) -> None:
        def entry(hash: str, scope: Any) -> Suppression:
            return Suppression(hash, scope, "stop", NOW, "21610")

        before = [entry("h1", "all"), entry("h2", "marketing"), entry("h3", "all"), entry("h4", "all")]
        run(lambda session: session.put_suppressions(before))
        after = [entry("h2", "all"), entry("h3", "none"), entry("h4", "marketing")]
        run(lambda session: session.put_suppressions(after))
        profile = run(lambda session: session.lock(["ada"], NOW))["ada"]
        run(lambda session: session.commit(Changes(addresses=[(profile, ["h2", "h3", "h4", "h5"])])))
        (loaded,) = run(lambda session: read(session, "ada"))
        lifted = loaded.facts.suppressions.pop("h3", None)
        expected = {"h2": entry("h2", "all"), "h4": entry("h4", "all")}
        assert loaded.facts.suppressions == expected, "those of the profile's addresses now"
        assert lifted is None or lifted.scope == "none"

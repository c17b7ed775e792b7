"""What every store keeps of the consent ledger, in full."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from unichannel.core.audience.consent import Consent
from unichannel.core.audience.seal import Seals
from unichannel.testing.conformance.store_handing import Run
from unichannel.testing.conformance.store_merging import merge
from unichannel.testing.conformance.store_values import AWKWARD, NOW, consent_of, read, sealed

__all__ = ["ProvingRules"]

SEALS = Seals(b"identity")


def _whole(**more: Any) -> Consent:
    """An entry with something in every field."""
    told = {"wording": AWKWARD["text"], "version": "v3", "language": "fr", "form": "36180", "by": "clerk-7"}
    how = {"topic": "offers", "status": "soft_opt_in", "basis": "customer", "evidence": {"ip": "::1", "": "Zoë 🎉"}}
    return consent_of("email", **{**told, **how, **more})


class ProvingRules:
    """The ledger gives back what was sealed, and forgets nothing but evidence."""

    def test_an_entry_comes_back_whole_with_its_seal(self, run: Run) -> None:
        rows = [sealed("ada", _whole(), "salt"), sealed("bob", _whole()), sealed("ada", consent_of("sms"))]
        run(lambda session: session.put_consents(rows))
        found = run(lambda session: session.entries_of("ada"))
        assert [replace(one, id=0) for one in found] == [rows[0], rows[2]]
        assert [SEALS.verify(one) for one in found] == ["verified", "verified"]
        assert 0 < found[0].id < found[1].id

    def test_what_decisions_read_has_neither_wording_nor_evidence(self, run: Run) -> None:
        run(lambda session: session.put_consents([sealed("ada", _whole(), "salt")]))
        (loaded,) = run(lambda session: read(session, "ada"))
        assert loaded.facts.consents == [_whole().bare()]

    def test_without_its_evidence_an_entry_still_proves(self, run: Run) -> None:
        rows = [sealed("ada", _whole(), "salt"), sealed("bob", _whole(), "pepper")]
        run(lambda session: session.put_consents(rows))
        run(lambda session: session.erase_evidence(["ada"]))
        ((hers,), (his,)) = (run(lambda session, key=key: session.entries_of(key)) for key in ("ada", "bob"))  # type: ignore[misc]
        assert (hers.erased, hers.salt, hers.entry) == (True, "", replace(_whole(), evidence={}))
        assert SEALS.verify(hers) == SEALS.verify(his) == "verified"
        assert his.entry == _whole()

    def test_a_day_is_read_in_order_and_in_parts(self, run: Run) -> None:
        times = [NOW + 2, NOW - 1, NOW + 1, NOW + 1, NOW, NOW + 3]
        rows = [sealed(f"p{number}", consent_of(recorded=at)) for number, at in enumerate(times)]
        run(lambda session: session.put_consents(rows))

        def part(after: tuple[int, int]) -> list[tuple[str, int, int]]:
            found = run(lambda session: session.entries_between(NOW, NOW + 3, after, 2))
            return [(one.profile, one.entry.recorded, one.id) for one in found]

        first = part((-1, -1))
        second = part(first[-1][1:])
        assert [one[0] for one in first + second] == ["p4", "p2", "p3", "p0"]
        assert part(second[-1][1:]) == []

    def test_what_was_recorded_under_an_alias_is_the_persons(self, run: Run) -> None:
        run(lambda session: session.lock(["ada", "bob"], NOW))
        run(lambda session: session.put_consents([sealed("bob", _whole()), sealed("ada", consent_of("sms"))]))
        run(lambda session: merge(session, "ada", "bob"))
        for key in ("ada", "bob"):
            found = run(lambda session, key=key: session.entries_of(key))  # type: ignore[misc]
            assert [(one.profile, one.entry.channel) for one in found] == [("bob", "email"), ("ada", "sms")]

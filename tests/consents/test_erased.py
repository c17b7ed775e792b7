"""Erasure and the ledger: entries stay and still prove, without their evidence (GDPR Art. 17(3)(e))."""

from __future__ import annotations

from pathlib import Path

import pytest

from unichannel import MemoryStore, Profile, SqlStore, consent
from unichannel.ports import Store
from unichannel.testing import Lab


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return MemoryStore() if request.param == "memory" else SqlStore(f"sqlite:///{tmp_path / 'erased.db'}")


def test_what_an_erased_person_allowed_can_still_be_proved(store: Store) -> None:
    lab = Lab(store=store)
    given = consent("email", source="sign-up form", wording="Yes, write to me", evidence={"ip": "192.0.2.7"})
    lab.engine.identify(Profile("ada", email="ada@example.com", consents=given))
    lab.run_due()
    before = lab.engine.prove("ada", "email")
    lab.engine.erase("ada")
    lab.run_due()
    after = lab.engine.prove("ada", "email")
    assert (before.verified, after.verified) == (True, True)
    assert [one.sealed.seal for one in after.entries] == [one.sealed.seal for one in before.entries]
    assert "192.0.2.7" not in str(after.as_json())
    assert "Yes, write to me" in str(after.as_json())


def test_somebody_new_of_the_same_id_starts_without_consent(store: Store) -> None:
    lab = Lab(store=store)
    lab.engine.identify(Profile("ada", email="ada@example.com", consents=consent("email")))
    lab.run_due()
    lab.engine.erase("ada")
    lab.run_due()
    lab.engine.identify(Profile("ada", email="other@example.com"))
    lab.run_due()
    assert lab.engine.prove("ada", "email").entries == []

"""The proof of a consent: as JSON, as a page, on both faces (G1, P44)."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from typing import Any

import pytest

from unichannel import AsyncEngine, Engine, MemoryStore, Profile
from unichannel.consents import ConsentRules, consent, denial, implied, pending, withdrawal
from unichannel.errors import UnknownError
from unichannel.testing import Lab, ManualClock

HOW: dict[str, Any] = {
    "source": "sign-up form",
    "wording": "Send me <b>offers</b> & news",
    "version": "v3",
    "language": "en",
    "form": "https://example.com/signup",
    "by": "web",
    "evidence": {"ip": "203.0.113.9"},
}


@pytest.fixture
def ledger(lab: Lab) -> Lab:
    lab.profile("ada", consents=(*consent("email", **HOW), *consent("sms", **HOW)))
    lab.advance_to(datetime(2030, 2, 1, 9, tzinfo=UTC))
    lab.engine.record_consents("ada", *withdrawal("email", topic="offers", source="preference page"))
    return lab


def test_the_json_form(ledger: Lab) -> None:
    told = json.loads(json.dumps(ledger.engine.prove("ada", "email", topic="offers").as_json()))
    given, taken = told.pop("entries")
    seal = given.pop("seal")
    assert re.fullmatch(r"[0-9a-f]{64}", given.pop("evidence_hash"))
    assert (seal["key"], seal["verdict"], len(seal["value"])) == ("store", "verified", 43)
    assert given == {
        "id": 1,
        "occurred": "2030-01-08T09:00:00Z",
        "recorded": "2030-01-08T09:00:00Z",
        "channel": "email",
        "purpose": "marketing",
        "topic": "*",
        "status": "given",
        "basis": "",
        "source": "sign-up form",
        "wording": "Send me <b>offers</b> & news",
        "version": "v3",
        "language": "en",
        "form": "https://example.com/signup",
        "recorded_by": "web",
        "evidence": {"ip": "203.0.113.9"},
        "evidence_erased": False,
    }
    assert (taken["status"], taken["topic"], taken["evidence_hash"]) == ("withdrawn", "offers", "")
    assert told == {
        "format": "unichannel.consent-proof/1",
        "profile": "ada",
        "channel": "email",
        "purpose": "marketing",
        "topic": "offers",
        "made": "2030-02-01T09:00:00Z",
        "at": "2030-02-01T09:00:00Z",
        "state": {
            "allowed": False,
            "code": "opted_out",
            "status": "withdrawn",
            "since": "2030-02-01T09:00:00Z",
            "until": None,
            "rule": "",
        },
        "verified": True,
    }


def test_a_proof_for_an_instant_tells_how_it_stood_then(ledger: Lab) -> None:
    then = ledger.engine.prove("ada", "email", topic="offers", at=datetime(2030, 1, 9, tzinfo=UTC))
    assert (then.state.allowed, len(then.entries)) == (True, 2)


class _Reading(HTMLParser):
    """What a page holds, and what it would fetch."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.fetched: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)
        self.fetched += [name for name, _ in attrs if name in ("src", "href", "action")]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["not allowed", "consent given", "consent withdrawn", "the seal fits", "sign-up form"]),
        ("fr", ["n'étaient pas permis", "consentement donné", "consentement retiré", "le sceau tient"]),
    ],
)
def test_the_page_needs_nothing_else_and_escapes_what_was_said(ledger: Lab, language: str, said: list[str]) -> None:
    page = _Reading(ledger.engine.prove("ada", "email", topic="offers").page(language))
    assert page.fetched == []
    assert not page.tags & {"script", "b", "img", "link"}
    assert all(one in page.text for one in [*said, "Send me <b>offers</b> & news", "ip: 203.0.113.9", "v3"])


def test_every_status_and_verdict_is_told_in_both_languages(lab: Lab) -> None:
    made = [*consent("email"), *pending("email"), *denial("email"), *implied("customer", "email"), *withdrawal("email")]
    lab.profile("ada", consents=made)
    proof = lab.engine.prove("ada", "email")
    verdicts: list[Any] = ["verified", "forged", "unsealed", "unknown_key", "false_evidence"]
    shown = replace(proof, entries=[replace(one, verdict=verdicts[n]) for n, one in enumerate(proof.entries)])
    pages = {language: _Reading(shown.page(language)).text for language in ("en", "fr")}
    assert not shown.verified
    assert len(set(pages.values())) == 2
    assert not any(re.search(r"soft_opt_in|unknown_key|false_evidence|unsealed", page) for page in pages.values())


def test_erased_evidence_is_said_to_be_erased(ledger: Lab) -> None:
    ledger.engine._calls.settings.store.transact(lambda session: session.erase_evidence(["ada"]))
    proof = ledger.engine.prove("ada", "email")
    assert proof.verified
    assert proof.as_json()["entries"][0]["evidence_erased"]
    assert "203.0.113.9" not in proof.page() + json.dumps(proof.as_json())
    assert "erased on request" in proof.page()


def test_a_changed_entry_makes_the_proof_say_so(ledger: Lab) -> None:
    def change(session: Any) -> None:
        one = session._s.sealed[1]
        session._s.sealed[1] = replace(one, entry=replace(one.entry, occurred=one.entry.occurred - 1))

    ledger.engine._calls.settings.store.transact(change)
    proof = ledger.engine.prove("ada", "email")
    assert [one.verdict for one in proof.entries] == ["forged", "verified"]
    assert not proof.verified
    assert "the entry was changed" in proof.page()


def test_somebody_elses_entry_does_not_pass_for_ones_own(ledger: Lab) -> None:
    """The seal names the person: an entry that is moved to another profile is forged."""

    def move(session: Any) -> None:
        session._s.sealed[1] = replace(session._s.sealed[1], profile="bob")

    ledger.engine.identify(Profile("bob"))
    ledger.engine._calls.settings.store.transact(move)
    assert [one.verdict for one in ledger.engine.prove("bob", "email").entries] == ["forged"]


def test_both_faces_say_the_same() -> None:
    def settings() -> dict[str, Any]:
        return {"clock": ManualClock(datetime(2030, 1, 8, 9, tzinfo=UTC)), "consent": ConsentRules({"2030": "k" * 32})}

    async def awaited() -> list[Any]:
        engine = AsyncEngine(MemoryStore(), **settings())
        await engine.identify(Profile("ada", email="ada@example.com", consents=consent("email")))
        await engine.record_consents("ada", *withdrawal("sms"))
        await engine.suppress("email", "bob@example.com")
        await engine.unsuppress("email", "bob@example.com", reason="mistake")
        engine._calls.settings.clock.set(engine._calls.settings.clock.now() + 86_400_000_000)  # type: ignore[union-attr]
        told = [(await engine.prove("ada", one)).state for one in ("email", "sms")]
        told += [await engine.consent_at("ada", "email"), sorted(await engine.preferences("ada"))]
        return [*told, (await engine.consent_digest(date(2030, 1, 8))).entries]

    def waited() -> list[Any]:
        engine = Engine(MemoryStore(), **settings())
        engine.identify(Profile("ada", email="ada@example.com", consents=consent("email")))
        engine.record_consents("ada", *withdrawal("sms"))
        engine.suppress("email", "bob@example.com")
        engine.unsuppress("email", "bob@example.com", reason="mistake")
        engine._calls.settings.clock.set(engine._calls.settings.clock.now() + 86_400_000_000)  # type: ignore[union-attr]
        told: list[Any] = [engine.prove("ada", one).state for one in ("email", "sms")]
        told += [engine.consent_at("ada", "email"), sorted(engine.preferences("ada"))]
        return [*told, engine.consent_digest(date(2030, 1, 8)).entries]

    assert waited() == asyncio.run(awaited())


def test_nobody_has_no_proof(lab: Lab) -> None:
    with pytest.raises(UnknownError):
        lab.engine.prove("nobody", "email")
    with pytest.raises(UnknownError):
        lab.engine.preferences("nobody")

"""The ledger's laws: what stands is the fold of what came, and a seal shows every change."""

from __future__ import annotations

import hashlib
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unichannel import Email, MemoryStore, Message, Profile, Push, Sms, days, hours, years
from unichannel.consents import Consent, ConsentRules, consent, denial, implied, pending, withdrawal
from unichannel.core.audience.consent import held
from unichannel.core.audience.profile import Person
from unichannel.core.audience.seal import Sealed, Seals, entry_digest
from unichannel.core.policy.permission import consent_refusal
from unichannel.core.policy.setting import Setting
from unichannel.core.words.category import Category
from unichannel.core.words.instant import DAY
from unichannel.errors import ConfigurationError, InvalidInput, UnknownError
from unichannel.testing import Lab

STATUSES = ("given", "withdrawn", "pending", "soft_opt_in", "denied")
SETTING = Setting(b"secret", {}, {})
ADA = Person(1, "ada", country="CA", timezone="UTC")
news = Message("news", Email("News", text="…"), Sms("News"), Push("News", "…"))


def _entry(status: str, channel: str, topic: str, basis: str, occurred: int) -> Consent:
    return Consent(
        channel,
        "marketing",
        topic,
        status,
        occurred,
        occurred,
        basis=basis if status == "soft_opt_in" else "",  # type: ignore[arg-type]
    )


ENTRIES = st.lists(
    st.builds(
        _entry,
        st.sampled_from(STATUSES),
        st.sampled_from(["email", "sms", "*"]),
        st.sampled_from(["offers", "news", "*"]),
        st.sampled_from(["customer", "inquiry"]),
        st.integers(1, 1500).map(lambda day: day * DAY),
    ),
    max_size=8,
    unique_by=lambda one: one.occurred,
)


def _plainly(entries: list[Consent], channel: str, topic: str, now: int) -> bool:
    """Whether marketing may go in Canada, told again in the simplest way: by walking through the entries."""
    agreed, objected, until = False, False, 0
    for one in sorted(entries, key=lambda entry: entry.occurred):
        if one.channel not in (channel, "*") or one.topic not in (topic, "*"):
            continue
        if one.status in ("withdrawn", "denied"):
            agreed, objected, until = False, True, 0
        elif one.status == "given":
            agreed, objected = True, False
        elif one.status == "soft_opt_in" and not objected:
            begun = datetime.fromtimestamp(one.occurred / 1e6, UTC)
            months = begun.month - 1 + (24 if one.basis == "customer" else 6)
            year, month = begun.year + months // 12, months % 12 + 1
            last = next(d for d in (31, 30, 29, 28) if _is_day(year, month, min(begun.day, d)))
            ends = begun.replace(year=year, month=month, day=min(begun.day, last))
            until = max(until, round(ends.timestamp() * 1e6))
    return agreed or now < until


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


@given(ENTRIES, st.sampled_from(["email", "sms"]), st.sampled_from(["offers", "news"]), st.integers(0, 2500))
def test_what_is_allowed_at_an_instant_is_the_fold_of_what_came_by_then(
    entries: list[Consent], channel: str, topic: str, day: int
) -> None:
    now = day * DAY
    known = [one for one in entries if one.occurred <= now]
    refused = consent_refusal(known, channel, Category(topic), ADA, SETTING, now)
    assert (refused is None) == _plainly(known, channel, topic, now)


@given(ENTRIES, st.randoms(use_true_random=False))
def test_the_order_in_which_entries_were_told_changes_nothing(entries: list[Consent], random: Any) -> None:
    shuffled = random.sample(entries, len(entries))
    for topic in ("offers", "*"):
        assert held(shuffled, "email", "marketing", topic) == held(entries, "email", "marketing", topic)


def test_at_one_instant_an_objection_wins() -> None:
    both = [replace(one, occurred=5) for one in (*withdrawal("email"), *consent("email"))]
    assert set(held(both, "email", "marketing", "*")) == {"objection"}
    assert set(held(both[::-1], "email", "marketing", "*")) == {"objection"}


# seals

TEXTS = st.text('aé,"\x1f', max_size=3)
SEALED = st.builds(
    lambda profile, text, number, evidence: (profile, replace(_WHOLE, source=text, occurred=number, evidence=evidence)),
    TEXTS,
    TEXTS,
    st.integers(0, 9),
    st.dictionaries(TEXTS, TEXTS, max_size=2),
)
_WHOLE = Consent("email", wording="I agree", version="v3", language="en", form="/signup", by="web")
SEALS = Seals(b"store", {"2031": b"n" * 16, "2030": b"o" * 16})


@given(SEALED)
def test_a_seal_fits_its_entry_with_or_without_evidence(told: tuple[str, Consent]) -> None:
    one = SEALS.seal(*told, salt="salt")
    assert SEALS.verify(one) == SEALS.verify(one.without_evidence()) == "verified"
    assert entry_digest(one) == entry_digest(one.without_evidence()), "erasure changes no digest"


def _changes(one: Sealed) -> list[Sealed]:
    entry = one.entry
    changed = [
        replace(one, entry=replace(entry, **{name.name: _other(getattr(entry, name.name))}))
        for name in fields(entry)
        if name.name != "evidence"
    ]
    return [*changed, replace(one, subject="x"), replace(one, evidence_hash="x"), replace(one, key="2030")]


def _other(value: Any) -> Any:
    return value + 1 if isinstance(value, int) else f"{value}x"


@given(SEALED)
def test_every_changed_field_shows(told: tuple[str, Consent]) -> None:
    one = SEALS.seal(*told, salt="salt")
    for changed in _changes(one):
        assert SEALS.verify(changed) == "forged"
        assert entry_digest(changed) != entry_digest(one)


def test_false_evidence_shows() -> None:
    one = SEALS.seal("ada", replace(_WHOLE, evidence={"ip": "203.0.113.9"}), "salt")
    false = replace(one, entry=replace(one.entry, evidence={"ip": "203.0.113.8"}))
    added = replace(SEALS.seal("ada", _WHOLE), entry=replace(_WHOLE, evidence={"ip": "203.0.113.8"}))
    assert SEALS.verify(false) == SEALS.verify(added) == "false_evidence"


def test_keys_rotate_and_old_ones_are_still_believed() -> None:
    stores, old = Seals(b"store"), Seals(b"store", {"2030": b"o" * 16})
    entries = [seals.seal("ada", _WHOLE) for seals in (stores, old, SEALS)]
    assert [one.key for one in entries] == ["store", "2030", "2031"]
    assert [SEALS.verify(one) for one in entries] == ["verified"] * 3
    assert [stores.verify(one) for one in entries] == ["verified", "unknown_key", "unknown_key"]
    assert SEALS.verify(replace(entries[0], seal="", key="")) == "unsealed"


def test_the_evidence_of_one_cannot_be_guessed_from_anothers_salt() -> None:
    lab = Lab(store=MemoryStore())
    told = consent("email", evidence={"ip": "203.0.113.9"})
    lab.engine.identify(*(Profile(name, consents=told) for name in ("ada", "bob")))
    (ada, bob) = (one.sealed for name in ("ada", "bob") for one in lab.engine.prove(name, "email").entries)
    assert ada.salt != bob.salt
    assert ada.evidence_hash != bob.evidence_hash


# a day


def _ledger() -> Lab:
    lab = Lab(store=MemoryStore(), start=datetime(2030, 1, 8, 9, tzinfo=UTC))
    lab.engine.identify(*(Profile(f"p{number}", consents=consent("email", "sms")) for number in range(5)))
    lab.advance(days(2))
    lab.engine.record_consents("p0", *withdrawal("sms"))
    return lab


def _tamper(lab: Lab, change: Any) -> None:
    def work(session: Any) -> None:
        sealed = session._s.sealed
        change(sealed)

    lab.engine._calls.settings.store.transact(work)


def _add(sealed: dict[int, Sealed]) -> None:
    """An entry that somebody adds who has the key."""
    one = sealed[3]
    sealed[99] = replace(one, id=99)


def _change(sealed: dict[int, Sealed]) -> None:
    sealed[3] = replace(sealed[3], entry=replace(sealed[3].entry, source="another form"))


@pytest.mark.parametrize(
    ("change", "entries", "broken"),
    [(_add, 11, 0), (_change, 10, 1), (lambda sealed: sealed.pop(3), 9, 0)],
    ids=["added", "changed", "gone"],
)
def test_a_days_digest_shows_what_was_done_to_it(change: Any, entries: int, broken: int) -> None:
    lab, day = _ledger(), date(2030, 1, 8)
    before = lab.engine.consent_digest(day)
    assert (before.entries, before.broken) == (10, ())
    assert lab.engine.consent_digest(day) == before
    _tamper(lab, change)
    after = lab.engine.consent_digest(day)
    assert after.sha256 != before.sha256
    assert (after.entries, len(after.broken)) == (entries, broken)


def test_days_are_apart_and_erasure_changes_none() -> None:
    lab = _ledger()
    lab.advance(days(1))
    first, empty, third = (lab.engine.consent_digest(date(2030, 1, day)) for day in (8, 9, 10))
    assert (first.entries, empty.entries, third.entries) == (10, 0, 1)
    assert empty.sha256 == hashlib.sha256(b"").hexdigest()
    lab.engine._calls.settings.store.transact(lambda session: session.erase_evidence(["p0"]))
    assert lab.engine.consent_digest(date(2030, 1, 8)) == first


def test_a_day_that_is_not_over_has_no_digest() -> None:
    lab = _ledger()
    for day in (date(2030, 1, 10), datetime(2030, 1, 8, tzinfo=UTC), "2030-01-08"):
        with pytest.raises(InvalidInput):
            lab.engine.consent_digest(day)  # type: ignore[arg-type]


# bad input


@pytest.mark.parametrize(
    "wrong",
    [
        Consent("emial"),
        Consent("email", "newsletter"),
        Consent("email", status="agreed"),  # type: ignore[arg-type]
        Consent("email", status="soft_opt_in"),
        Consent("email", basis="customer"),
        Consent("email", occurred=-1),
        Consent("email", evidence={"ip": 7}),  # type: ignore[dict-item]
    ],
    ids=str,
)
def test_what_would_never_count_is_refused(wrong: Consent) -> None:
    lab = Lab()
    with pytest.raises(InvalidInput) as caught:
        lab.engine.identify(Profile("ada", consents=[wrong]))
    assert caught.value.mend
    with pytest.raises(UnknownError):
        lab.engine.prove("ada", "email")


@pytest.mark.parametrize("missing", [{"channel": ""}, {"purpose": ""}, {"topic": ""}])
def test_an_entry_says_what_it_is_for(missing: dict[str, str]) -> None:
    with pytest.raises(InvalidInput, match="needs a channel, a purpose and a topic"):
        Consent(**{"channel": "email", **missing})


def test_nothing_and_nobody_are_refused() -> None:
    lab = Lab()
    lab.profile("ada")
    with pytest.raises(UnknownError):
        lab.engine.record_consents("bob", *consent("email"))
    for call in (
        lambda: lab.engine.record_consents("ada"),
        lambda: lab.engine.prove("ada", "*"),
        lambda: lab.engine.prove("ada", "email").page("de"),
        lambda: lab.engine.suppress("fax", "1"),
        lambda: lab.engine.suppress("email"),
        lambda: consent("email", occurred=datetime(2030, 1, 1)),  # noqa: DTZ001
    ):
        with pytest.raises(InvalidInput):
            call()


@pytest.mark.parametrize(
    "wrong",
    [{"keys": {"2030": "short"}}, {"keys": {"store": b"k" * 16}}, {"renewed_after": days(0)}, {"unsubscribe": "all"}],
    ids=str,
)
def test_rules_that_cannot_hold_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        ConsentRules(**wrong)


def test_secrets_and_evidence_are_in_no_repr() -> None:
    entry = replace(_WHOLE, evidence={"ip": "203.0.113.9"})
    told = [ConsentRules({"2030": "k" * 16}), SEALS, entry, SEALS.seal("ada", entry, "salt")]
    assert not any(secret in repr(told) for secret in ("kkkk", "nnnn", "203.0.113.9", "b'store'"))


# what is kept, at any instant


def test_the_state_at_any_past_instant() -> None:
    lab = Lab()
    at = lab.now
    lab.profile("ada", consents=pending("email", topic="news"))
    for entry in (consent, withdrawal, denial, consent):
        lab.advance(hours(1))
        lab.engine.record_consents("ada", *entry("email", topic="news"))
    lab.advance(hours(1))
    told = [
        lab.engine.consent_at("ada", "email", topic="news", at=at + number * (lab.now - at) / 5) for number in range(5)
    ]
    assert [one.status for one in told] == ["pending", "given", "withdrawn", "denied", "given"]
    assert [one.code for one in told] == ["pending_consent", "", "opted_out", "denied", ""]
    assert lab.engine.consent_at("ada", "sms", topic="news").code == "no_consent"


def test_what_was_told_later_was_not_known_before() -> None:
    lab = Lab()
    lab.profile("ada", consents=consent("email"))
    lab.advance(days(2))
    lab.engine.record_consents("ada", *withdrawal("email", occurred=lab.now - _DAY))
    assert lab.engine.consent_at("ada", "email", at=lab.now - _DAY / 2).allowed
    assert not lab.engine.consent_at("ada", "email").allowed


_DAY = datetime(2030, 1, 2, tzinfo=UTC) - datetime(2030, 1, 1, tzinfo=UTC)


def test_what_ends_by_itself_says_when() -> None:
    lab = Lab()
    lab.profile("ada", country="CA", timezone="UTC", consents=implied("inquiry", "email"))
    lab.profile("bob", country="FR", timezone="UTC", consents=consent("email"))
    state = lab.engine.consent_at("ada", "email").as_json()
    assert (state["until"], state["rule"]) == ("2030-07-08T09:00:00Z", "law:C1")
    assert lab.engine.consent_at("bob", "email").as_json()["until"] == "2033-01-08T09:00:00Z"
    lab.advance(years(4))
    assert lab.engine.consent_at("ada", "email").code == "consent_ended"
    assert lab.engine.consent_at("bob", "email").code == "consent_too_old"

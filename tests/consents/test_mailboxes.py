"""A mailbox is known again however somebody typed it: an objection errs on the side of not sending (G3, G10)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.journeys.trial import message
from unichannel import MemoryStore, Profile, SqlStore, consent, hours
from unichannel.core.words.address import address_hash, folded, normalize
from unichannel.ports import Request, Store
from unichannel.testing import Lab

promo = message("promo", "marketing")

AGAIN = [
    ("ada@example.com", "ADA@example.com"),
    ("Ada.Lovelace@Example.com", "ada.lovelace@EXAMPLE.COM"),
    ("ada@bücher.example", "ADA@xn--bcher-kva.example"),
    ("ada@BÜCHER.example", "ada@bücher.example"),
    ("ÉVA@exemple.fr", "éva@exemple.fr"),
]
OTHERS = [
    ("ada@example.com", "ad.a@example.com"),
    ("ada@example.com", "ada+news@example.com"),
    ("ada@example.com", "ada@example.org"),
    ("ada@straße.example", "ada@strasse.example"),
]


@pytest.fixture
def lab() -> Lab:
    return Lab()


@pytest.fixture(params=["memory", "sqlite"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Lab:
    store: Store = MemoryStore() if request.param == "memory" else SqlStore(f"sqlite:///{tmp_path / 'mail.db'}")
    return Lab(store=store)


def hear(lab: Lab, **receipt: Any) -> None:
    body = json.dumps([{"channel": "email", "id": "r-1", **receipt}]).encode()
    lab.engine.receive(lab.transport.name, Request("POST", "https://example.com", {}, body))
    lab.run_due()


def addressed(lab: Lab, who: str) -> list[str]:
    lab.send(who, promo, via="email")
    return [one.address for one in lab.sent(who)]


@pytest.mark.parametrize(("spelled", "typed"), [*AGAIN, *[(b, a) for a, b in AGAIN]])
def test_a_suppression_finds_every_spelling(lab: Lab, spelled: str, typed: str) -> None:
    lab.engine.suppress("email", typed, reason="manual")
    ada = lab.profile("ada", email=spelled)
    assert addressed(lab, ada) == []
    assert lab.why(ada, "send:promo")[0].codes == {"email": "suppressed"}
    lab.engine.unsuppress("email", typed, reason="asked")
    assert addressed(lab, ada) == [normalize("email", spelled)]  # as it was given


@pytest.mark.parametrize(("address", "other"), OTHERS)
def test_other_mailboxes_stay_others(lab: Lab, address: str, other: str) -> None:
    lab.engine.suppress("email", other)
    assert addressed(lab, lab.profile("ada", email=address)) == [address]


@pytest.mark.parametrize("kind", ["complained", "bounced", "unsubscribed"])
def test_a_receipt_finds_every_spelling(lab: Lab, kind: str) -> None:
    ada = lab.profile("ada", email="Ada@example.com")
    hear(lab, kind=kind, address="aDA@EXAMPLE.com", address_dead=kind == "bounced")
    assert addressed(lab, ada) == []


def test_a_complaint_about_nobody_that_can_be_read_suppresses_nothing(kept: Lab) -> None:
    for number, address in enumerate(["", "no mailbox"]):
        hear(kept, id=f"r-{number}", kind="complained", address=address)
    assert kept.engine._calls.settings.store.transact(lambda session: session.suppressed([""])) == {}


def test_an_answer_from_another_spelling_is_hers(kept: Lab) -> None:
    ada = kept.profile("ada", email="Ada@example.com")
    assert addressed(kept, ada) == ["Ada@example.com"]
    hear(kept, kind="inbound", address="ada@example.com", text="Thank you")
    history = kept.history(ada)
    assert history is not None
    assert "replied" in history.deliveries[0].facts
    assert [one.name for one in history.events if one.name == "message.received"] == ["message.received"]


def test_what_is_queued_dies_with_another_spelling(kept: Lab) -> None:
    """Law 7: asked again in the statement that marks it."""
    ada = kept.profile("ada", email="Ada@example.com")
    kept.transport.plan("refuse")
    kept.send(ada, promo, via="email")
    kept.engine.suppress("email", "ada@example.com")
    kept.advance(hours(3))
    history = kept.history(ada)
    assert history is not None
    assert [(one.status, one.reason) for one in history.deliveries] == [("cancelled", "suppressed")]


def test_an_objection_outlives_erasure_in_every_spelling(lab: Lab) -> None:
    ada = lab.profile("ada", email="Ada@Example.com")
    hear(lab, kind="complained", address="Ada@Example.com")
    lab.erase(ada)
    assert addressed(lab, lab.profile("new", email="ADA@example.com", consents=consent("email"))) == []


def test_an_address_is_held_and_taken_away_once(lab: Lab) -> None:
    lab.profile("ada", email="Ada@example.com")
    for change in ({"add": {"email": ["ADA@example.com", "b@example.com"]}}, {"remove": {"email": "ada@EXAMPLE.com"}}):
        lab.engine.identify(Profile("ada", **change))  # type: ignore[arg-type]
        lab.run_due()
    history = lab.history("ada")
    assert history is not None
    assert history.person.addresses == {"email": ["b@example.com"]}


# laws


LETTERS = st.text(st.sampled_from("abzABZ019.éÉßŁıİσΣς-"), min_size=1, max_size=12)


@settings(max_examples=80, deadline=None)
@given(LETTERS, st.sampled_from(["example.com", "bücher.example", "BÜCHER.example", "xn--bcher-kva.example"]))
def test_folding_is_stable_and_blind_to_case(box: str, domain: str) -> None:
    address = f"{box}@{domain}"
    once = folded("email", address)
    assert folded("email", once) == once
    for other in (address.upper(), address.lower(), address.swapcase()):
        if other.lower() == address.lower():  # some capitals have no way back
            assert folded("email", other) == once
    assert once in (folded("email", f"{box}@{domain.upper()}"), folded("email", f"{box}@xn--bcher-kva.example"))
    assert address_hash(b"k" * 16, "email", "email", address) == address_hash(b"k" * 16, "email", "email", once)


@given(st.sampled_from(["push", "chat", "phone", "web_push"]), st.text(min_size=1))
@settings(max_examples=50, deadline=None)
def test_nothing_but_a_mailbox_is_folded(kind: str, address: str) -> None:
    assert folded(kind, address) == address


@pytest.mark.parametrize(
    ("kind", "family", "address", "hashed"),
    [
        ("email", "email", "Ada@Bücher.example", "JnxnJIfG0HX3_U4w"),
        ("phone", "sms", "+33612345678", "4r6ibJXFNHlgF19h"),
    ],
)
def test_a_stored_objection_is_found_by_every_release(kind: str, family: str, address: str, hashed: str) -> None:
    """The hash is all that is kept of the address, so that it cannot be made anew."""
    assert address_hash(b"k" * 16, kind, family, address) == hashed

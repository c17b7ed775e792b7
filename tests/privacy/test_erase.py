"""Erasure: whatever was held is gone, whoever is at work; what stays names nobody (G6, P45)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.privacy.world import (
    EMAIL,
    KEY,
    MARK,
    PHONE,
    VISITOR,
    Meanwhile,
    hello,
    lab_on,
    leave_rows,
    left,
    live,
)
from unichannel import Email, Message, Profile, acting, consent, days, minutes, withdrawal
from unichannel.core.audience.consent import Consent
from unichannel.errors import UnknownError
from unichannel.ports import Inbox, Outcome, Parked, Receipt, Session
from unichannel.testing import Crash, Lab


def deliveries(lab: Lab) -> dict[str, Any]:
    state = lab._settings["store"]._state
    return {one.id: one for one in state.deliveries.values()}


def runs(lab: Lab) -> list[Any]:
    return list(lab._settings["store"]._state.runs.values())


def erase(lab: Lab, profile: str = KEY) -> None:
    lab.erase(profile)


def meanwhile(lab: Lab) -> None:
    """Another process erases her."""
    other = Lab(**lab._all_settings() | {"journeys": []})
    other.clock = lab.clock
    other.erase(KEY)


def test_nothing_of_her_is_left() -> None:
    lab = lab_on()
    store = lab._settings["store"]
    live(lab)
    leave_rows(lab)
    before = left(store)
    assert len(before) > 25, "the world holds her everywhere, or this proves nothing"
    erase(lab)
    assert left(store) == []
    assert lab.history(KEY) is None
    with pytest.raises(UnknownError):
        lab.engine.export(KEY)


def test_her_runs_end_cleanly_and_hooks_are_told() -> None:
    told: list[Any] = []
    lab = lab_on(hooks=[told.append])
    live(lab)
    assert {run.status for run in runs(lab) if run.journey == "hello"} == {"active"}
    sent = len(lab.sent())
    erase(lab)
    ended = [fact for fact in told if fact["fact"] == "ended" and fact["status"] == "erased"]
    assert sorted(fact["journey"] for fact in ended) == ["hello", "send:hello", "send:hello"]
    assert MARK not in str(told)
    lab.advance(days(5))
    assert len(lab.sent()) == sent
    assert lab.engine.failed() == []
    assert all(run.profile == 0 and not run.data and run.due is None for run in runs(lab))
    assert lab.engine.next_due_at() is None


def test_of_a_delivery_stays_that_there_was_one() -> None:
    """Step, channel, instants and status; not why it was made, nor what it said, nor the matter."""
    lab = lab_on()
    live(lab)
    before = deliveries(lab)
    erase(lab)
    after = deliveries(lab)
    assert {id: (one.step, one.channel, one.hash, one.reserved) for id, one in before.items()} == {
        id: (one.step, one.channel, one.hash, one.reserved) for id, one in after.items()
    }
    assert {(str(one.trace), str(one.frozen), one.about, one.address, one.profile) for one in after.values()} == {
        ("{}", "{}", "", "", 0)
    }


def test_a_doubt_that_is_there_already_is_given_up_at_once() -> None:
    lab = lab_on()
    lab.profile(KEY, email=EMAIL, first_name=MARK)
    lab.transport.plan("time_out_after_acceptance")
    lab.send(KEY, hello, via="email", data={"city": "x"})
    assert [one.status for one in deliveries(lab).values()] == ["in_doubt"]
    erase(lab)
    assert [(one.status, one.reason) for one in deliveries(lab).values()] == [("abandoned", "erased")]
    assert lab.engine.next_due_at() is None


def test_what_a_provider_said_of_her_before_goes_too() -> None:
    lab = lab_on()
    lab.profile(KEY, email=EMAIL, first_name=MARK)
    transport = lab.transport
    assert isinstance(transport, Meanwhile)
    transport.then, transport.answer = lambda: None, Outcome.failed("dead", f"550 <{EMAIL}> is unknown", address="dead")
    lab.send(KEY, hello, via="email", data={"city": "x"})
    assert EMAIL in next(iter(deliveries(lab).values())).reason
    erase(lab)
    assert [(one.status, one.reason) for one in deliveries(lab).values()] == [("failed", "")]
    assert left(lab._settings["store"]) == []


def test_what_was_reserved_is_taken_back_and_never_goes() -> None:
    lab = lab_on()
    lab.profile(KEY, email=EMAIL, first_name=MARK)
    lab.transport.plan("refuse")
    lab.send(KEY, hello, via="email", data={"city": "x"})
    assert [one.status for one in deliveries(lab).values()] == ["retry"]
    erase(lab)
    (one,) = deliveries(lab).values()
    assert (one.status, one.reason, one.due, one.address, one.frozen) == ("cancelled", "erased", None, "", {})
    lab.advance(days(1))
    assert lab.sent() == []


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (None, "accepted"),
        (Outcome.failed("dead", f"550 <{EMAIL}> is unknown", address="dead"), "failed"),
        (Outcome.retry("refused", f"not now for {EMAIL}"), "cancelled"),
        (Outcome.in_doubt("time_out", f"no answer about {EMAIL}"), "abandoned"),
    ],
)
def test_a_call_under_way_ends_honestly(answer: Outcome | None, status: str) -> None:
    lab = lab_on()
    lab.profile(KEY, email=EMAIL, first_name=MARK)
    transport = lab.transport
    assert isinstance(transport, Meanwhile)
    transport.then, transport.answer = lambda: meanwhile(lab), answer
    lab.send(KEY, hello, via="email", data={"city": MARK})
    lab.advance(days(1))
    (one,) = deliveries(lab).values()
    assert one.status == status
    assert left(lab._settings["store"]) == []
    assert len(transport.calls) == 1
    assert not lab._settings["store"]._state.profiles


def test_not_even_what_needs_no_consent_is_tried_again() -> None:
    """Its run had come to its end, so nothing but the erasure speaks against it."""
    receipt = Message("receipt", Email("Paid", text="Thank you."), category="transactional")
    lab = lab_on()
    lab.profile(KEY, email=EMAIL)
    transport = lab.transport
    assert isinstance(transport, Meanwhile)
    transport.then, transport.answer = lambda: meanwhile(lab), Outcome.retry("refused", "not now")
    lab.send(KEY, receipt)
    assert [run.status for run in runs(lab)] == ["completed"]
    lab.advance(days(2))
    assert [(one.status, one.reason) for one in deliveries(lab).values()] == [("cancelled", "erased")]
    assert len(transport.calls) == 1


@pytest.mark.parametrize("looks_up", [False, True])
def test_a_worker_that_died_in_the_call_leaves_a_doubt_that_nobody_repeats(looks_up: bool) -> None:
    lab = lab_on()
    lab.transport = Meanwhile(looks_up=looks_up)
    lab.profile(KEY, email=EMAIL, first_name=MARK)

    def die(phase: str, op: Any) -> None:
        if phase == "after" and type(op).__name__ == "Fly":
            raise Crash

    lab.watch(die)
    lab.engine.send(KEY, hello, via="email", data={"city": MARK})
    with pytest.raises(Crash):
        lab.run_due()
    lab.restart()
    lab.watch(None)
    assert [one.status for one in deliveries(lab).values()] == ["sending"]
    erase(lab)
    assert [one.status for one in deliveries(lab).values()] == ["sending"], "nobody knows yet"
    lab.advance(days(1))
    assert [(one.status, one.reason) for one in deliveries(lab).values()] == [("abandoned", "erased")]
    assert len(lab.sent()) == 1
    assert left(lab._settings["store"]) == []


@pytest.mark.parametrize("kind", ["delivered", "opened", "clicked", "bounced", "failed", "complained", "unsubscribed"])
def test_a_late_receipt_writes_nothing_personal(kind: str) -> None:
    lab = lab_on()
    live(lab)
    sent = lab.sent(KEY)
    erase(lab)
    late = [{"kind": kind, "key": one.key, "url": MARK, "text": MARK, "reason": EMAIL, "id": MARK} for one in sent]
    late += [{"kind": kind, "provider_id": one.provider_id, "address": EMAIL, "channel": "email"} for one in sent]
    lab._post(*late)
    lab._post({"kind": "inbound", "channel": "sms", "address": PHONE, "text": f"{MARK} again", "id": "in-2"})
    assert left(lab._settings["store"]) == []
    assert lab.engine.failed() == []
    lab.advance(days(8))
    assert lab.history(KEY) is None


@pytest.mark.parametrize("by", ["key", "provider_id", "address"])
def test_a_receipt_that_waits_goes_by_whatever_it_names_her(by: str) -> None:
    """It is looked at later, so that nothing but the erasure would take it away."""
    lab = lab_on()
    live(lab)
    sent = next(one for one in lab.sent(KEY) if one.channel == "email")
    store, later = lab._settings["store"], lab.clock.now() + 3_600_000_000
    named = {by: getattr(sent, by)} | ({"channel": "email"} if by == "address" else {})
    row = Parked(
        "recording", 0, Receipt("opened", 0, text=MARK, **named), later, hash=sent_hash(lab) * (by == "address")
    )
    store.transact(lambda session: session.put_receipts([row]))
    erase(lab)
    assert left(store) == []


def sent_hash(lab: Lab) -> str:
    return next(one.hash for one in deliveries(lab).values() if one.channel == "email")


def test_an_objection_survives_a_new_import_of_the_address() -> None:
    """P45: erased and imported again, with a consent that somebody bought: no mail."""
    lab = lab_on()
    lab.profile(KEY, email=EMAIL, phone=PHONE, first_name=MARK)
    lab.engine.identify(Profile(KEY, consents=withdrawal("email", topic="news")))
    lab.send(KEY, hello, via="sms", data={"city": "x"})
    lab.stops(KEY)
    erase(lab)
    for id in (KEY, "somebody-else"):
        lab.profile(id, email=EMAIL, phone=PHONE, first_name="A", consents=consent("email", "sms"))
        lab.send(id, hello, via=["email", "sms"], data={"city": "x"})
    assert [one.channel for one in lab.sent()] == ["sms"], "the one before"


def test_an_unsubscribe_link_in_an_old_mail_still_counts() -> None:
    lab = lab_on()
    live(lab)
    key = lab.sent(KEY)[0].key
    erase(lab)
    lab._post({"kind": "unsubscribed", "key": key, "id": "link"})
    lab.profile("new", email=EMAIL, first_name="A", consents=consent("email"))
    lab.send("new", hello, via="email", data={"city": "x"})
    assert lab.sent("new") == []


def test_what_she_allowed_does_not_come_back_with_her_id() -> None:
    lab = lab_on()
    live(lab)
    erase(lab)
    sent = len(lab.sent())
    lab.profile(KEY, email=EMAIL, first_name="A", consents=())
    lab.send(KEY, hello, via="email", data={"city": "x"})
    assert len(lab.sent()) == sent
    history = lab.history(KEY)
    assert history is not None
    assert history.consents == []


def test_somebody_new_under_the_same_id_begins_anew() -> None:
    """What was told before the erasure is gone, what is told after it is about somebody new."""
    lab = lab_on()
    live(lab)
    lab.engine.track(KEY, "visited", {"page": "before"})
    lab.engine.erase(KEY)
    with pytest.raises(UnknownError):
        lab.engine.track(KEY, "visited", {"page": "between"})
    lab.engine.identify(Profile(KEY, email=EMAIL))
    lab.engine.track(KEY, "visited", {"page": "after"})
    lab.run_due()
    history = lab.history(KEY)
    assert history is not None
    assert [one.properties["page"] for one in history.events] == ["after"]
    assert (history.person.aliases, history.person.attributes, history.runs) == ([], {}, [])


@pytest.mark.parametrize("kind", ["event", "identify", "enroll"])
def test_what_an_open_transaction_told_before_is_forgotten_whenever_it_commits(kind: Any) -> None:
    """The host's own transaction began before the erasure and ends after it (P45)."""
    lab = lab_on()
    live(lab)
    told = lab.clock.now()
    lab.advance(minutes(1))
    erase(lab, VISITOR)
    store = lab._settings["store"]
    seals, late = lab.engine._calls.ready().setting.seals, told + 1
    entry = Consent("email", evidence={"ip": f"{MARK}.9"}, occurred=told, recorded=told)
    rows = [Inbox(KEY, kind, "visited", told, told, body={"attributes": {"city": MARK}, "definition": 1, "data": {}})]
    rows.append(Inbox(KEY, "event", "visited", told, late, body={"page": MARK}))

    def commit(session: Session) -> None:
        session.put_inbox(rows)
        session.put_consents([seals.seal(KEY, entry, "salt")])

    store.transact(commit)
    lab.run_due()
    assert left(store) == []
    assert lab.history(KEY) is None
    assert lab.engine.next_due_at() is None


def test_what_was_told_after_it_was_asked_for_is_about_somebody_new_whenever_it_commits() -> None:
    lab = lab_on()
    live(lab)
    told = lab.clock.now()
    lab.advance(minutes(1))
    lab.engine.erase(KEY)
    asked = lab.clock.now()
    lab.advance(minutes(1))
    rows = [
        Inbox(KEY, "identify", "", told, told, body={"attributes": {"first_name": "Old"}}),
        Inbox(KEY, "identify", "", asked, asked, body={"attributes": {"city": "Paris"}}),
    ]
    lab._settings["store"].transact(lambda session: session.put_inbox(rows))
    lab.run_due()
    history = lab.history(KEY)
    assert history is not None
    assert history.person.attributes == {"city": "Paris"}
    lab.track(KEY, "visited", {"page": "after"})
    assert lab.history(KEY).events[-1].properties == {"page": "after"}  # type: ignore[union-attr]


def test_every_id_of_a_merged_profile_leads_to_the_erasure() -> None:
    lab = lab_on()
    live(lab)
    erase(lab, VISITOR)
    assert lab.history(KEY) is None
    assert lab.history(VISITOR) is None
    assert [entry.what for entry in lab.engine.audit(KEY)] == ["erased"]
    assert [entry.what for entry in lab.engine.audit(VISITOR)] == ["erase", "erased"]


def test_a_merge_that_was_asked_for_before_is_done_before() -> None:
    lab = lab_on()
    lab.profile(KEY, email=EMAIL, first_name=MARK)
    lab.profile(VISITOR, first_name=MARK)
    lab.engine.merge(KEY, VISITOR)
    lab.engine.erase(KEY)
    lab.run_due()
    assert left(lab._settings["store"]) == []


def test_a_merge_that_was_asked_for_after_is_with_somebody_new() -> None:
    lab = lab_on()
    lab.profile(KEY, email=EMAIL, first_name=MARK)
    lab.profile("bob", first_name="Bob")
    lab.engine.erase(KEY)
    lab.engine.merge("bob", KEY, unknown="create")
    lab.run_due()
    history = lab.history(KEY)
    assert history is not None
    assert (history.person.key, history.person.attributes, history.person.addresses) == (
        "bob",
        {"first_name": "Bob"},
        {},
    )


def test_asked_again_it_changes_nothing_and_nobody_unknown_is_erased() -> None:
    lab = lab_on()
    lab.profile(KEY, email=EMAIL, first_name=MARK)
    lab.engine.erase(KEY)
    lab.engine.erase(KEY)
    lab.run_due()
    lab.engine.erase(KEY)
    lab.run_due()
    assert [entry.what for entry in lab.engine.audit(KEY)] == ["erase", "erased"]
    with pytest.raises(UnknownError):
        lab.engine.erase("nobody")


def test_nothing_is_sent_between_the_asking_and_the_erasure() -> None:
    """The gate holds what another worker would have sent."""
    lab = lab_on()
    lab.profile(KEY, email=EMAIL, first_name="A")
    lab.transport.plan("refuse")
    lab.send(KEY, hello, via="email", data={"city": "x"})
    lab.engine.erase(KEY)
    from unichannel.flows.marking import mark
    from unichannel.flows.traffic import Traffic

    kit = lab.engine._calls.ready()
    store, later = lab._settings["store"], lab.clock.now() + 3_600_000_000
    jobs, _ = store.transact(lambda session: mark(session, Traffic(kit), later))
    assert jobs == []
    lab.advance(days(1))
    assert lab.sent() == []


def test_others_are_left_alone() -> None:
    lab = lab_on()
    live(lab)
    lab.profile("bob", email="bob@example.com", first_name="Bob")
    lab.track("bob", "signed_up", {"city": "Paris", "order": "2"})
    before = lab.history("bob")
    erase(lab)
    assert lab.history("bob") == before
    lab.advance(days(3))
    assert lab.history("bob") != before, "and goes on"


def test_a_budget_is_given_what_was_taken_back() -> None:
    from unichannel import Budget, Money, Prices

    lab = lab_on(
        prices=Prices({"email": Money("0.01", "EUR")}),
        budgets=[Budget("all", Money("1", "EUR"), per="month")],
    )
    lab.profile(KEY, email=EMAIL, first_name="A")
    lab.transport.plan("refuse")
    lab.send(KEY, hello, via="email", data={"city": "x"})
    assert lab.engine.budget("all").spent == Money("0.01", "EUR")
    erase(lab)
    assert lab.engine.budget("all").spent == Money("0", "EUR")


def test_who_asked_for_it_is_written_down_twice() -> None:
    lab = lab_on()
    live(lab)
    with acting("dpo:zoe", source="10.0.0.7"):
        lab.engine.erase(KEY)
    lab.run_due()
    assert [(one.what, one.actor, one.source) for one in lab.engine.audit(KEY)] == [
        ("erase", "dpo:zoe", "10.0.0.7"),
        ("erased", "dpo:zoe", "10.0.0.7"),
    ]

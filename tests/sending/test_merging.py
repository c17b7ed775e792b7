"""Two ids turn out to be one person: what goes on, what ends, and that both ids lead to it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from unichannel import (
    Email,
    Engine,
    Journey,
    Message,
    Profile,
    Send,
    Sms,
    Wait,
    consent,
    days,
    hours,
    on,
    withdrawal,
)
from unichannel.channels import Channel
from unichannel.core.journey.form.stored import dumps, journey_digest
from unichannel.errors import InvalidInput, UnknownError
from unichannel.ports import Changes
from unichannel.stores.memory.session import MemorySession
from unichannel.testing import Lab, RecordingTransport
from unichannel.testing.clock import START

left_cart = Message("left-cart", Email("Your cart", text="It waits"), category="marketing")
offer = Message("offer", Sms("An offer for you"), category="marketing")
cart = Journey(
    "cart",
    start=on("cart.filled"),
    goal=on("order.placed"),
    steps=[Wait(hours(2), name="a-while"), Send(left_cart)],
)


DEVICES = Channel("sms", "push", interrupts=False, every_address=True)
"""A channel to devices: short texts to every one that registered."""


def visit(lab: Lab) -> None:
    """A visitor fills a cart, and an hour later is known to be Ada."""
    lab.use(channels=[DEVICES])
    lab.add(cart)
    lab.profile("visitor", push="device-1")
    lab.track("visitor", "cart.filled", id="c1")
    lab.advance(hours(1))
    lab.profile("ada", email="ada@example.com", timezone="UTC", first_name="Ada")
    lab.merge("ada", "visitor")


def test_what_a_visitor_began_goes_on_after_sign_in(lab: Lab) -> None:
    visit(lab)
    lab.advance(hours(1))
    assert [(sent.message, sent.address) for sent in lab.sent("ada")] == [("left-cart", "ada@example.com")]
    assert lab.sent("visitor") == lab.sent("ada")
    history = lab.history("ada")
    assert history is not None
    assert [run.status for run in history.runs] == ["completed"]
    assert history.person.attributes == {"first_name": "Ada"}


@pytest.mark.parametrize("key", ["ada", "visitor"])
def test_a_goal_under_either_id_ends_the_run(lab: Lab, key: str) -> None:
    visit(lab)
    lab.track(key, "order.placed")
    lab.advance(days(1))
    assert lab.sent() == []
    history = lab.history(key)
    assert history is not None
    assert [run.status for run in history.runs] == ["converted"]


def test_what_happened_before_under_the_other_id_counts(lab: Lab) -> None:
    lab.add(cart)
    lab.profile("visitor", email="ada@example.com")
    lab.track("visitor", "cart.filled")
    lab.profile("ada")
    lab.advance(hours(1))
    lab.track("ada", "order.placed")
    lab.merge("visitor", "ada")
    history = lab.history("ada")
    assert history is not None
    assert [run.status for run in history.runs] == ["converted"], "at once, not when the wait is over"
    lab.advance(days(1))
    assert lab.sent() == []


def test_every_entry_point_takes_either_id(lab: Lab) -> None:
    visit(lab)
    for key in ("visitor", "ada"):
        lab.engine.identify(Profile(key, attributes={f"said-of-{key}": True}))
        assert lab.send(key, offer, key="k").status().state == "completed"
        assert lab.enroll(cart, key, key="again").status().state == "refused", "one live run"
    assert lab.timeline("ada") == lab.timeline("visitor")
    assert lab.why("ada", journey="cart") == lab.why("visitor", journey="cart")
    history = lab.history("visitor")
    assert history is not None
    assert history.person.attributes == {"first_name": "Ada", "said-of-visitor": True, "said-of-ada": True}


def test_two_devices_get_one_push_each(lab: Lab) -> None:
    visit(lab)
    lab.engine.identify(Profile("ada", add={"push": "device-2"}))
    lab.send("visitor", offer)
    assert [sent.address for sent in lab.sent("ada")] == ["device-1", "device-2"]
    lab.engine.identify(Profile("visitor", remove={"push": ["device-1"]}))
    lab.send("ada", offer)
    assert [sent.address for sent in lab.sent("ada")][2:] == ["device-2"]
    lab.engine.identify(Profile("ada", add={"push": "device-2"}), Profile("ada", push="device-3"))
    lab.run_due()
    history = lab.history("ada")
    assert history is not None
    assert history.person.addresses["push"] == ["device-3"]


def test_an_address_that_was_added_can_be_stopped(lab: Lab) -> None:
    lab.profile("ada", email="ada@example.com")
    lab.engine.identify(Profile("ada", add={"phone": "+33612345678"}))
    lab.send("ada", offer)
    lab.stops("ada")
    lab.send("ada", offer)
    history = lab.history("ada")
    assert history is not None
    assert len(history.deliveries) == 1, "the second is not even reserved"


def test_a_merge_waits_for_whom_another_worker_has(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def lock(self: MemorySession, keys: list[str], now: int) -> dict[str, int]:
        return {key: id for key, id in plain(self, keys, now).items() if key != "visitor"}

    plain = MemorySession.lock
    lab.profile("ada", push="device-1")
    lab.profile("visitor", push="device-2")
    lab.engine.merge("ada", "visitor")
    monkeypatch.setattr(MemorySession, "lock", lock)
    report = lab.engine.run_due()
    assert (report.merges, report.more) == (0, True)
    monkeypatch.setattr(MemorySession, "lock", plain)
    report = lab.engine.run_due()
    assert (report.merges, report.more) == (1, False)
    assert lab.history("ada") == lab.history("visitor")


def test_of_two_runs_the_older_goes_on(lab: Lab) -> None:
    lab.transport.plan("refuse")
    lab.add(Journey("now", start=on("begun"), steps=[Send(left_cart), Wait(days(9))]))
    lab.profile("ada", email="ada@example.com")
    lab.track("ada", "begun", occurred=lab.now - timedelta(minutes=5))
    lab.profile("bob", email="bob@example.com")
    lab.transport.plan("refuse")
    lab.track("bob", "begun", occurred=lab.now - timedelta(minutes=9))
    lab.merge("bob", "ada")
    history = lab.history("ada")
    assert history is not None
    assert history.person.key == "ada"
    assert [(run.status, run.reason, run.ladders == []) for run in history.runs] == [
        ("merged", "e2", True),
        ("active", "", False),
    ]
    assert [one.status for one in history.deliveries] == ["cancelled", "retry"]
    assert history.deliveries[0].reason == "merged"
    assert any("two profiles became one and e2 goes on" in str(entry) for entry in lab.timeline("bob"))
    lab.advance(hours(1))
    assert [sent.address for sent in lab.sent("bob")] == ["bob@example.com"]


def test_merging_again_with_oneself_or_in_a_circle_changes_nothing(lab: Lab) -> None:
    visit(lab)
    lab.profile("eve", push="device-9")
    lab.merge("eve", "visitor")
    before = lab.history("eve")
    for pair in (("ada", "ada"), ("ada", "visitor"), ("visitor", "eve"), ("eve", "ada"), ("ada", "eve")):
        lab.merge(*pair)
    after = lab.history("ada")
    assert before is not None
    assert after == before
    assert after is not None
    assert after.person.keys == ("visitor", "ada", "eve")
    assert lab.engine.run_due().more is False


def test_an_id_nobody_was_told_of_is_refused(lab: Lab) -> None:
    lab.profile("ada")
    for pair in (("ada", "nobody"), ("nobody", "ada")):
        with pytest.raises(UnknownError, match=r"'nobody'.*unknown=\"create\""):
            lab.merge(*pair)
    with pytest.raises(InvalidInput):
        lab.merge("ada", " ", unknown="create")
    lab.merge("nobody", "ada", unknown="create")
    assert lab.history("nobody") is not None
    with pytest.raises(UnknownError):
        lab.enroll(cart, "somebody")
    assert lab.engine.enroll(cart, "somebody", unknown="create").status().state == "queued"
    lab.run_due()
    assert lab.history("somebody") is not None


@pytest.mark.parametrize("key", ["ada", "visitor"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_withdrawal_under_either_id_refuses(lab: Lab, key: str, when: str) -> None:
    for one in ("visitor", "ada"):
        lab.profile(one, email="ada@example.com", consents=consent("email"))
    lab.advance(hours(1))
    if when == "after":
        lab.merge("ada", "visitor")
    lab.engine.identify(Profile(key, consents=withdrawal("email")))
    if when == "before":
        lab.merge("ada", "visitor")
    for one in ("ada", "visitor"):
        lab.send(one, left_cart)
    assert lab.sent() == []
    history = lab.history("visitor")
    assert history is not None
    codes = [verdict.code for note in history.notes for verdict in note.trace.verdicts]
    assert codes == ["opted_out", "opted_out"]


def test_a_withdrawal_under_the_alias_stops_what_is_reserved(lab: Lab) -> None:
    lab.transport.plan("refuse")
    for one in ("visitor", "ada"):
        lab.profile(one, email="ada@example.com", consents=consent("email"))
    lab.merge("ada", "visitor")
    lab.send("visitor", left_cart)
    lab.engine.identify(Profile("ada", consents=withdrawal("email")))
    lab.advance(hours(3))
    assert lab.sent() == []
    history = lab.history("ada")
    assert history is not None
    assert [(one.status, one.reason) for one in history.deliveries] == [("cancelled", "opted_out")]


def test_what_was_told_before_the_merge_is_told_of_the_one_it_was_told_of(lab: Lab) -> None:
    """Three calls in one round come to the same as in three."""
    lab.engine.identify(Profile("visitor", push="device-1"), Profile("ada", push="device-2"))
    lab.engine.merge("ada", "visitor")
    lab.engine.identify(Profile("ada", add={"push": "device-3"}))
    lab.run_due()
    history = lab.history("ada")
    assert history is not None
    assert sorted(history.person.addresses["push"]) == ["device-1", "device-2", "device-3"]


def test_a_call_that_is_out_during_the_merge_lands(lab: Lab) -> None:
    class Meanwhile(RecordingTransport):
        def carry(self, outbound, ctx):  # type: ignore[no-untyped-def]
            if not self.calls:
                store = lab._settings["store"]
                other = Engine(store, clock=lab.clock, routes={"email": RecordingTransport()}, drafts=True)
                other.merge("ada", "bob")
                assert other.run_due().merges == 1
            return super().carry(outbound, ctx)

    lab.transport = Meanwhile()
    lab.transport.plan("reject")
    lab.profile("ada")
    lab.profile("bob", email="bob@example.com")
    lab.send("bob", left_cart)
    history = lab.history("ada")
    assert history is not None
    assert [(one.status, one.profile) for one in history.deliveries] == [("failed", history.person.id)]


def test_the_text_of_what_is_reserved_stays(lab: Lab) -> None:
    """A run that is moved to another version changes nothing of what was reserved before."""

    def version(number: int) -> Journey:
        said = Message("said", Email(f"Version {number}", text="x"), category="marketing")
        return Journey("moved", version=number, start=on("begun"), steps=[Send(said, name="say"), Wait(days(9))])

    lab.transport.plan("refuse")
    lab.add(version(1))
    lab.profile("ada", email="ada@example.com")
    lab.track("ada", "begun")
    body, store = dumps(version(2)), lab._settings["store"]

    def move(session) -> None:  # type: ignore[no-untyped-def]
        (run,) = session.history("ada").runs
        run.definition = session.put_definition("moved", 2, journey_digest(body), body, 0)
        run.version, run.status = 2, "active"
        session.commit(Changes(updated=[run]))

    store.transact(move)
    lab.restart()
    lab.advance_to(START + timedelta(hours=2))
    (sent,) = lab.sent("ada")
    assert "Version 1" in str(sent.content)

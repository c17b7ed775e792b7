"""What every store keeps of deliveries, receipts, definitions, and when there is something to do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from unichannel.core.audience.consent import Suppression
from unichannel.core.policy.trouble import Trouble
from unichannel.ports import Changes, Parked, Receipt, Session
from unichannel.testing.conformance.store_handing import Run
from unichannel.testing.conformance.store_values import (
    AWKWARD,
    HOUR,
    NOW,
    begin,
    consent_of,
    delivery_of,
    handed,
    note_of,
    run_of,
    sealed,
)

__all__ = ["DeliveringRules"]


class DeliveringRules:
    """Deliveries, receipts, definitions, questions."""

    def test_what_is_due_comes_earliest_first(self, run: Run) -> None:
        def work(session: Session) -> None:
            begun = begin(session, deliveries=0)
            dues = [NOW, NOW - 5, None, NOW + 1, NOW - 9]
            made = [
                delivery_of(begun, n, due=due, channel="sms" if n == 5 else "email") for n, due in enumerate(dues, 1)
            ]
            session.commit(Changes(reserved=made))

        run(work)
        assert [one.n for one in run(lambda session: session.due(NOW, 10))] == [5, 2, 1]
        assert [one.n for one in run(lambda session: session.due(NOW, 2))] == [5, 2]
        assert [one.n for one in run(lambda session: session.due(NOW, 2, frozenset({"sms", "push"})))] == [2, 1]
        assert [one.n for one in run(lambda session: session.due(NOW + 1, 9))] == [5, 2, 1, 4]

    def test_queues_can_be_left_out(self, run: Run) -> None:
        begun = run(lambda session: begin(session, deliveries=0))
        made = [delivery_of(begun, n, due=NOW + n, hash="hash-ada") for n in range(1, 5)]
        made[1].route, made[2].route, made[3].channel = "first", "second", "sms"
        run(lambda session: session.commit(Changes(reserved=made)))
        for without, expected in (
            ({"email/"}, [2, 3, 4]),
            ({"email/", "email/first"}, [3, 4]),
            ({"email/second", "sms/second"}, [1, 2, 4]),
            ({"sms/", "email"}, []),
        ):
            found = run(lambda session, without=without: session.due(NOW + 9, 9, frozenset(without)))  # type: ignore[misc]
            assert [one.n for one in found] == expected

    def test_a_routes_trouble_is_kept_until_it_is_over(self, run: Run) -> None:
        bad, worse = Trouble("b", 1), Trouble("b", 7, NOW + HOUR, probing=True)
        for one in (bad, Trouble("a", 2, NOW), worse):
            run(lambda session, one=one: session.put_trouble(one))  # type: ignore[misc]
        assert run(lambda session: session.troubles()) == [Trouble("a", 2, NOW), worse]
        run(lambda session: session.put_trouble(Trouble("a")))
        run(lambda session: session.put_trouble(Trouble("c")))
        assert run(lambda session: session.troubles()) == [worse]

    def test_what_became_of_a_delivery_is_kept(self, run: Run) -> None:
        begun = run(lambda session: begin(session, deliveries=2))
        sent = delivery_of(begun, hash="hash-ada", status="sending", due=NOW + HOUR, attempts=2, route="mail")
        sent = replace(
            sent, provider_id="p-1", lease="w1", facts={"sending": NOW}, reason="again", cost=74_500, currency="EUR"
        )
        run(lambda session: session.save([sent]))
        assert run(lambda session: session.delivery(begun.id, 1)) == sent
        assert run(lambda session: session.delivery(begun.id, 2)) == delivery_of(begun, 2, hash="hash-ada")
        assert run(lambda session: session.due(NOW, 9)) == [delivery_of(begun, 2, hash="hash-ada")]
        assert run(lambda session: session.delivery(begun.id, 3)) is None

    def test_a_persons_deliveries_on_a_channel_come_in_order(self, run: Run) -> None:
        def work(session: Session) -> Any:
            first, second = begin(session, deliveries=0), begin(session, "bob", deliveries=0)
            made = [delivery_of(first, n, channel="in_app" if n != 2 else "email") for n in (3, 2, 1)]
            session.commit(Changes(reserved=[*made, delivery_of(second, channel="in_app")]))
            return first

        begun = run(work)
        person, found = run(lambda session: session.deliveries_on("ada", "in_app"))
        assert person is not None
        assert (person.id, person.key) == (begun.profile, "ada")
        assert found == [delivery_of(begun, n, channel="in_app") for n in (1, 3)]
        assert run(lambda session: session.deliveries_on("ada", "sms")) == (person, [])
        assert run(lambda session: session.deliveries_on("nobody", "in_app")) == (None, [])

    def test_the_gate_is_told_what_holds_now(self, run: Run) -> None:
        begun = run(lambda session: begin(session, deliveries=2))
        other = run(lambda session: begin(session, "bob"))
        stop = Suppression("hash-ada", "all", "stop", NOW)

        def hand(session: Session) -> None:
            session.put_consents([sealed("ada", consent_of()), sealed("bob", consent_of("sms"))])
            session.put_suppressions([replace(stop, scope="marketing"), stop])
            session.put_inbox([handed(event_id="e1"), handed(kind="news"), handed(event_id="e2")])

        run(hand)
        due = run(lambda session: session.due(NOW, 9))
        gates = run(lambda session: session.gates([due[2], due[0], due[1]]))
        assert [one.run.id for one in gates] == [other.id, begun.id, begun.id]
        assert [one.person.key for one in gates] == ["bob", "ada", "ada"]
        assert [one.channel for gate in gates for one in gate.consents] == ["sms", "email", "email"]
        assert [one.suppressions for one in gates] == [{}, {"hash-ada": stop}, {"hash-ada": stop}]
        assert [[row.event_id for row in one.unread] for one in gates] == [[], ["e1", "e2"], ["e1", "e2"]]
        gates[1].person.attributes["x"] = gates[1].run.data["x"] = 1
        assert (gates[2].person.attributes, gates[2].run) == ({}, begun), "two gates share nothing"

    def test_deliveries_are_found_by_key_or_by_the_providers_id(self, run: Run) -> None:
        begun = run(lambda session: begin(session, deliveries=4))
        made = [delivery_of(begun, n, hash="hash-ada") for n in range(1, 5)]
        made[1].route, made[1].provider_id = "mail", "p"
        made[2].route, made[2].provider_id = "other", "p"
        run(lambda session: session.save(made))
        find = [made[0].key, "nobody", made[1].key], [("mail", "p"), ("other", "p"), ("other", "q"), ("", "")]
        found = run(lambda session: session.find(iter(find[0]), iter(find[1])))
        assert sorted(found, key=lambda one: one.n) == made[:3], "each once"
        assert run(lambda session: session.find([], [("mail", "q"), ("none", "p")])) == []

    def test_the_latest_that_went_to_an_address(self, run: Run) -> None:
        def work(session: Session) -> None:
            begun = begin(session, deliveries=0)
            facts: list[dict[str, int]] = [
                {"sending": NOW + 5, "accepted": NOW + 9},
                {"sending": NOW + 7, "delivered": NOW + 8},
                {"sending": NOW + 9, "failed": NOW + 9},
                {},
            ]
            made = [delivery_of(begun, n, facts=one, hash="h1") for n, one in enumerate(facts, 1)]
            made += [delivery_of(begun, 5, facts={"accepted": NOW}, hash="h2"), delivery_of(begun, 6, hash="h3")]
            session.commit(Changes(reserved=made))

        run(work)
        found = run(lambda session: session.latest_to(iter(["h1", "h2", "h3", "h4"])))
        assert [(one.hash, one.n) for one in found] == [("h1", 2), ("h2", 5)]

    def test_keys_of_profiles(self, run: Run) -> None:
        ids = run(lambda session: session.lock(["ada", "bob"], NOW))
        unknown = max(ids.values()) + 1
        found = run(lambda session: session.profile_keys(iter([*ids.values(), unknown])))
        assert found == {id: key for key, id in ids.items()}

    def test_receipts_wait_until_they_are_settled(self, run: Run) -> None:
        receipt = Receipt("clicked", NOW, "k", "p", "r1", "email", "a@b.example", link=0, machine=True, raw=AWKWARD)
        rows = [Parked("mail", NOW, receipt, NOW), Parked("sms", NOW, Receipt("inbound", NOW, text="STOP"), NOW - 5)]
        run(lambda session: session.put_receipts([*rows, Parked("sms", NOW, Receipt("unknown", NOW), NOW + 1)]))
        kept = run(lambda session: session.receipts(NOW, 9))
        assert [(one.provider, one.recorded, one.receipt, one.due) for one in kept] == [
            (one.provider, one.recorded, one.receipt, one.due) for one in rows
        ]
        assert [one.id for one in run(lambda session: session.receipts(NOW, 1))] == [kept[0].id]
        run(lambda session: session.settle_receipts([kept[0].id], [(kept[1].id, NOW + 2)]))
        assert run(lambda session: session.receipts(NOW, 9)) == []
        assert [one.receipt.kind for one in run(lambda session: session.receipts(NOW + 2, 9))] == ["inbound", "unknown"]

    def test_definitions_are_stored_once(self, run: Run) -> None:
        first = run(lambda session: session.put_definition("welcome", 1, "d1", '{"a": "é"}', NOW))
        again = run(lambda session: session.put_definition("welcome", 1, "d1", '{"a": "é"}', NOW + 1))
        other = run(lambda session: session.put_definition("welcome", 1, "d2", "{}", NOW))
        assert first == again != other
        assert run(lambda session: session.definition(first)) == '{"a": "é"}'
        assert run(lambda session: session.definition(first + other + 1)) is None
        stored = [(first, "welcome", 1, "d1"), (other, "welcome", 1, "d2")]
        assert sorted(run(lambda session: session.definitions())) == sorted(stored)

    def test_nothing_to_do_has_no_instant(self, run: Run) -> None:
        assert run(lambda session: session.next_due(NOW)) is None
        run(lambda session: begin(session, deliveries=0))
        assert run(lambda session: session.next_due(NOW)) is None, "a store looks at wakes, not at runs"

    @pytest.mark.parametrize("earliest", ["wake", "delivery", "receipt"])
    def test_the_next_instant_is_the_earliest(self, run: Run, earliest: str) -> None:
        dues = {name: NOW + (1 if name == earliest else HOUR) for name in ("wake", "delivery", "receipt")}

        def work(session: Session) -> None:
            begun = begin(session, deliveries=0)
            made = delivery_of(begun, due=dues["delivery"])
            session.commit(Changes(reserved=[made], wakes=[(begun.profile, dues["wake"])]))
            session.put_receipts([Parked("mail", NOW, Receipt("sent", NOW), dues["receipt"])])

        run(work)
        assert run(lambda session: session.next_due(NOW)) == NOW + 1
        assert run(lambda session: session.next_due(NOW + 5)) == NOW + 5, "what is late is due now"
        run(lambda session: session.put_inbox([handed()]))
        assert run(lambda session: session.next_due(NOW)) == NOW

    def test_an_intention_is_followed(self, run: Run) -> None:
        assert run(lambda session: session.origin("o1")) == (None, None, False)
        run(lambda session: session.put_inbox([handed(kind="enroll", name="welcome", event_id="o1")]))
        assert run(lambda session: session.origin("o1")) == (None, None, True)

        def decide(session: Session) -> Any:
            profile = session.lock(["ada"], NOW)["ada"]
            begun = run_of(session.allocate(1), profile, origin="o1")
            refused = note_of(profile, origin="o2")
            session.commit(Changes(started=[begun], notes=[note_of(profile), refused]))
            return begun, refused

        begun, refused = run(decide)
        assert run(lambda session: session.origin("o1")) == (begun, None, True)
        assert run(lambda session: session.origin("o2")) == (None, refused, False)

    def test_nobody_has_no_history(self, run: Run) -> None:
        assert run(lambda session: session.history("nobody")) is None
        assert run(lambda session: session.enrollment(99)) is None

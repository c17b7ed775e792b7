"""What why and timeline say, in virtual time: true, complete, and nothing that is private (G8, P13, P31, A4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from unichannel import Category, Email, Journey, Message, Push, Send, Sms, Wait, consent, days, hours, on, start
from unichannel.channels import Content
from unichannel.errors import InvalidInput, UnknownError
from unichannel.testing import Lab, ManualClock

SECRET = "Your voucher is K7-Q"

CATEGORIES = [Category("onboarding", purpose="transactional"), Category("education", channel="email")]


def message(name: str, category: str = "onboarding") -> Message:
    return Message(
        name, Email(SECRET, text=SECRET, html=f"<p>{SECRET}</p>"), Sms(SECRET), Push("Hi", SECRET), category=category
    )


def ladder(*via: str, **more: Any) -> Send:
    step = {"via": list(via), "success": "opened", "fallback_after": hours(4), "name": "welcome", **more}
    return Send(message("welcome"), **step)


def journey(*steps: Any, **more: Any) -> Journey:
    return Journey("trial", start=on("trial.started"), goal=on("paid"), steps=steps, **more)


@pytest.fixture
def lab() -> Iterator[Lab]:
    """A lab that begins on 7 January 2030, 10:00 in Paris."""
    lab = Lab(start=datetime(2030, 1, 7, 9, 0, tzinfo=UTC), categories=CATEGORIES)
    yield lab
    lab.close()


def ada(lab: Lab, **more: Any) -> str:
    known = {"email": "ada@example.com", "phone": "+33639980001", "timezone": "Europe/Paris", **more}
    return lab.profile("ada", **known)


def begun(lab: Lab, definition: Journey, **more: Any) -> str:
    person = ada(lab, **more)
    lab.add(definition)
    lab.track(person, "trial.started")
    return person


def test_the_issues_sentence_an_sms_because_the_email_bounced(lab: Lab) -> None:
    person = begun(lab, journey(ladder("push", "email", "sms")))
    lab.advance(hours(1))
    lab.tell("bounced", person, code="5.2.2", reason="<ada@example.com> over quota", address_dead=False)
    english, french = (lab.why(person, step="welcome", language=one)[1] for one in ("en", "fr"))
    assert english.sentence == (
        "SMS, because the welcome email of 10:00 bounced (mailbox full, 5.2.2); push was not possible: no device. "
        "It is the step welcome of trial, which began at 10:00 with trial.started. It was accepted at 11:00."
    )
    assert french.sentence == (
        "SMS, car le message welcome par e-mail de 10:00 est revenu (boîte pleine, 5.2.2)\u00a0; "
        "notification push\u00a0: impossible, pas d'appareil. C'est l'étape welcome de trial, qui a commencé à 10:00 "
        "avec trial.started. Le message a été accepté à 11:00."
    )
    assert english.codes == {"push": "no_address", "email": "tried", "sms": "reserved"}
    assert (english.cause, english.at) == ("bounced", "2030-01-07T11:00:00+01:00")
    assert english.reasons == french.reasons, "machines are told the same in every language"


def test_silence_names_what_was_asked_for_and_how_long(lab: Lab) -> None:
    person = begun(lab, journey(ladder("email", "sms")))
    lab.advance(hours(4))
    first, second = lab.why(person)
    assert second.sentence.startswith(
        "SMS, because the welcome email of 10:00 was not opened within 4 h and email was the only rung before."
    )
    assert first.codes == {"email": "reserved", "sms": "followed"}


def test_what_comes_next_is_told_and_what_was_not_needed(lab: Lab) -> None:
    person = begun(lab, journey(ladder("email", "sms"), Wait(days(1))))
    (waiting,) = lab.why(person)
    assert "; SMS follows at 14:00 if it is not opened by then." in waiting.sentence
    lab.advance(hours(1))
    lab.opens(person)
    opened, place = lab.why(person)
    assert "SMS was not needed, as the welcome email of 10:00 was opened at 11:00." in opened.sentence
    assert opened.codes["sms"] == "success"
    assert place.sentence == "The journey trial is at wait-1d until 8 Jan, 11:00."


def test_an_open_that_was_told_late_is_named(lab: Lab) -> None:
    """P30: she had opened it at noon, but nobody knew before three."""
    person = begun(lab, journey(ladder("email", "sms")))
    lab.advance(hours(5))
    lab.tell("opened", person, channel="email", occurred=lab.clock.now() - 3 * 3_600_000_000)
    sms = lab.why(person)[1]
    assert "that the welcome email was opened at 12:00 became known only at 15:00" in sms.sentence
    assert "late_fact" in [code for code, _ in sms.reasons]


def test_a_machines_open_is_told_and_does_not_count(lab: Lab) -> None:
    person = begun(lab, journey(ladder("email", "sms")))
    lab.tell("opened", person, machine=True)
    lab.advance(hours(4))
    email, sms = lab.why(person)
    assert "was opened by a machine, which does not count, at 10:00" in email.sentence
    assert "was not opened within 4 h" in sms.sentence
    assert "a été ouvert par une machine" in lab.why(person, language="fr")[0].sentence
    assert any(entry.code == "machine_opened" for entry in lab.timeline(person))


def test_a4_the_choice_names_its_evidence_in_numbers(lab: Lab) -> None:
    """P31: three messages are enough to say something."""
    lab.use(strategy="adaptive")
    steps = [ladder("email", name="one"), Wait(days(1)), Send(message("tips", "education"), name="tips")]
    person = begun(lab, journey(*steps))
    lab.opens(person)
    lab.advance(days(1))
    (tips,) = lab.why(person, step="tips")
    assert "because it ranked first for this person" in tips.sentence
    assert re.search(r"affinity email 0\.\d\d ± 0\.\d\d, SMS 0\.\d\d ± 0\.\d\d from 1 message\b", tips.sentence)
    assert dict(map(tuple, tips.reasons))["affinity"]["beliefs"]["email"]["n"] > 0.9


def test_a_stated_preference_is_the_reason(lab: Lab) -> None:
    person = begun(lab, journey(Send(message("tips", "education"), name="tips")), preferences={"education": "sms"})
    (tips, *_) = lab.why(person)
    assert tips.sentence.startswith("SMS, because the person asked for SMS for education")
    assert tips.cause == "preferred"


def test_quiet_hours_say_from_when_to_when(lab: Lab) -> None:
    lab.advance_to(datetime(2030, 1, 7, 21, 0, tzinfo=UTC))
    person = begun(lab, journey(Send(message("tips", "education"), via="sms", name="tips")))
    (held,) = lab.why(person)
    assert re.match(r"The step tips had to wait until 8 Jan, 08:\d\d; SMS had to wait .* on 8 Jan at 08", held.sentence)
    lab.advance(hours(11))
    _, sent = lab.why(person)
    assert "SMS had to wait for the end of quiet hours at 08:" in sent.sentence


@pytest.mark.parametrize(
    ("consents", "english", "french"),
    [
        ((), "no consent for marketing (education)", "sans consentement pour le marketing (education)"),
        (consent("sms"), "no consent for marketing (education)", "sans consentement"),
    ],
)
def test_no_consent(lab: Lab, consents: Any, english: str, french: str) -> None:
    step = Send(message("tips", "education"), via="email", name="tips")
    person = begun(lab, journey(step), consents=consents)
    assert (
        f"email was not allowed: {english}, which has to be given first (law:F1, doctrine.fr"
        in lab.why(person)[0].sentence
    )
    assert french in lab.why(person, language="fr")[0].sentence


def test_a_withdrawal_a_stop_and_a_dead_mailbox_say_since_when(lab: Lab) -> None:
    more = Send(message("tips", "education"), via=["email", "sms"], name="tips")
    person = begun(lab, journey(ladder("email", "sms"), Wait(until=start + days(1)), more))
    lab.bounces(person)
    lab.advance(hours(2))
    lab.stops(person)
    lab.advance(days(1))
    (tips,) = lab.why(person, step="tips")
    assert "the address is dead since the welcome email of 7 Jan, 10:00, failed" in tips.sentence
    assert "the person wrote STOP on 7 Jan at 12:00" in tips.sentence
    assert tips.codes == {"email": "dead_address", "sms": "suppressed"}


def test_taken_back_by_the_goal(lab: Lab) -> None:
    lab.use(routes={"email": lab.transport, "sms": lab.transport})
    person = begun(lab, journey(Wait(days(1), name="rest"), ladder("email")))
    lab.track(person, "paid")
    for step, sentence in (
        ("welcome", "The step welcome was not reached, because the journey trial ended, as its goal paid was reached."),
        (None, "The journey trial ended, as its goal paid was reached."),
    ):
        assert lab.why(person, step=step)[-1].sentence == sentence


def test_where_nothing_was_decided(lab: Lab) -> None:
    """P13: what is not there is not passed over in silence."""
    lab.add(journey(Wait(days(1), name="rest"), ladder("email")))
    person = ada(lab)
    lab.run_due()
    (never,) = lab.why(person)
    assert never.sentence == "The journey trial never began: trial.started did not happen."
    lab.track(person, "trial.started")
    (soon,) = lab.why(person, step="welcome")
    assert soon.sentence == (
        "The step welcome was not reached, because the journey trial is at rest until 8 Jan, 10:00."
    )


def test_what_a_cap_says_is_told_of_the_channel_that_it_held(lab: Lab) -> None:
    """A limit tells what it is about under names that a verdict has too."""
    from unichannel.core.telling.wording import Words, language_of
    from unichannel.flows.explaining.case import Case

    person = begun(lab, journey(ladder("email")))
    history = lab.history(person)
    assert history is not None
    case = Case(history, {}, language_of("en"), "Europe/Paris", lab.clock.now())
    numbers = {"limit": 3, "count": 3, "within": {"days": 7}, "until": lab.clock.now(), "deliveries": ["d1-1"]}
    told = {}
    for code in ("cap", "gap"):
        for tag in ("en", "fr"):
            about = {"channel": ["sms"], "purpose": "marketing"} if code == "cap" else {"category": ["news", "digest"]}
            clause = case.verdict("sms", code, {**numbers, **about}, None, case.now)
            told[code, tag] = Words(language_of(tag), case.zone, case.now).clause(clause)
    assert told == {
        ("cap", "en"): "SMS was held back by a cap, 3 of 3 marketing SMS messages within 7 days; room at 10:00",
        ("cap", "fr"): "SMS : retenu par un plafond, 3 messages marketing SMS sur 3 en 7 jours ; place libre à 10:00",
        ("gap", "en"): ("SMS was held back by a minimum gap of 7 days between news and digest messages; room at 10:00"),
        ("gap", "fr"): (
            "SMS : retenu par un écart minimal de 7 jours entre messages news et digest ; place libre à 10:00"
        ),
    }
    of_all = case.verdict("sms", "cap", numbers, None, case.now)
    assert "3 of 3 messages within" in Words(case.language, case.zone, case.now).clause(of_all)


def test_a_refusal_at_the_entry(lab: Lab) -> None:
    person = begun(lab, journey(Wait(days(1), name="rest")))
    lab.track(person, "trial.started")
    refused = lab.why(person)[0]
    assert refused.sentence == "The journey trial did not begin, because a run of it was still going."
    assert (refused.code, refused.cause) == ("already_running", "already_running")


def test_another_way_was_taken(lab: Lab) -> None:
    from unichannel import Branch, when
    from unichannel.conditions import attribute, equals

    ways = Branch(when(attribute("plan", equals("pro")), ladder("email")), otherwise=[], name="which")
    person = begun(lab, journey(ways))
    (past,) = lab.why(person, step="welcome")
    assert past.sentence == (
        "The journey trial went another way than by welcome, because which took the way otherwise."
    )


def test_names_that_nobody_knows_are_met_with_the_nearest(lab: Lab) -> None:
    person = begun(lab, journey(ladder("email")))
    with pytest.raises(UnknownError, match=r"no journey 'trail'.*Did you mean trial\?"):
        lab.engine.why(person, journey="trail")
    with pytest.raises(UnknownError, match=r"no step 'welcom'.*Did you mean welcome\?"):
        lab.engine.why(person, journey="trial", step="welcom")
    with pytest.raises(UnknownError, match=r"'d1-9'.*The run e1 has d1-1"):
        lab.engine.why("d1-9")
    with pytest.raises(InvalidInput, match="language"):
        lab.engine.timeline(person, language="xx")


def test_nothing_private_is_told_and_notebooks_escape(lab: Lab) -> None:
    person = begun(lab, Journey("a<b", start=on("trial.started"), steps=[ladder("email", "sms")]))
    lab.tell("bounced", person, code="550", reason=f"<ada@example.com> said {SECRET!r} +33639980001")
    for language in ("en", "fr"):
        told = [*lab.why(person, "a<b", language=language), *lab.timeline(person, language=language)]
        for one in told:
            for private in ("ada@example.com", "639980001", "voucher", "K7"):
                assert private not in one.sentence
    shown = lab.why(person, "a<b")
    assert "a&lt;b" in shown._repr_html_()
    assert "a<b" not in shown._repr_html_()
    assert "a&lt;b" in lab.timeline(person)._repr_html_()
    assert "a&lt;b" in shown[0]._repr_html_()


def test_the_timeline_has_a_code_for_every_entry(lab: Lab) -> None:
    person = begun(lab, journey(ladder("email", "sms")))
    lab.advance(hours(4))
    entries = lab.timeline(person)
    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)
    assert all(entry.code for entry in entries)
    french = lab.timeline(person, language="fr")
    assert [entry.code for entry in french] == [entry.code for entry in entries]
    assert "welcome par SMS a été accepté" in [entry.sentence for entry in french]


def test_a_run_is_over_after_its_last_message_that_waited(lab: Lab) -> None:
    """Its end is the planned one, at night: nobody who reads the timeline sees a message go out after the end."""
    person = begun(lab, journey(Wait(hours(15)), Send(message("news", "education"), via="sms", name="news")))
    lab.advance(days(2))
    told = {entry.code: entry.at[:13] for entry in lab.timeline(person)}
    assert (told["deferred"], told["accepted"], told["completed"]) == ("2030-01-08T01", *["2030-01-08T08"] * 2)
    assert list(told)[-1] == "completed"


def test_a_process_that_knows_only_the_engine_reads_every_kind_of_condition() -> None:
    """A worker may read journeys that another wrote; the kinds of conditions were known only where they were used."""
    import subprocess
    import sys

    from unichannel import Branch, when
    from unichannel.conditions import attribute, equals
    from unichannel.core.journey.form.stored import dumps

    text = dumps(journey(Branch(when(attribute("plan", equals("pro")), ladder("email")), otherwise=[])))
    code = "import sys; from unichannel.core.journey.form.stored import loads; loads(sys.stdin.read())"
    done = subprocess.run([sys.executable, "-c", code], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_clock_of_who_asks_changes_nothing_of_what_was_decided(lab: Lab) -> None:
    """A machine that is behind, or the demo's days to come: the channel was refused at its turn, whenever that is."""
    person = begun(lab, journey(ladder("email", "sms")), phone=None)
    lab.advance(hours(4))
    told = lab.why(person, "trial")[0].sentence
    assert "SMS was not possible: no phone number" in told
    lab.use(clock=ManualClock(datetime(2029, 1, 7, 9, 0, tzinfo=UTC)))
    assert lab.why(person, "trial")[0].sentence == told


def test_of_a_journey_that_cannot_be_read_nothing_is_told_but_what_was_kept(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process asks, and does not know a content of the host's: what the send waited for is unknown to it."""
    person = begun(lab, journey(ladder("email", "sms")))
    with monkeypatch.context() as elsewhere:
        elsewhere.delitem(Content.kinds, "push")
        assert lab.why(person, "trial")[0].sentence.startswith(
            "Email, because it comes first of email, then SMS; SMS follows at 14:00 if nothing is heard by then. "
        )
        assert "SMS suit à 14:00 si rien ne vient d'ici là" in lab.why(person, "trial", language="fr")[0].sentence
    lab.opens(person)
    monkeypatch.delitem(Content.kinds, "push")
    assert lab.why(person, "trial")[0].sentence.startswith("Email, because it comes first of email, then SMS. ")


def test_an_event_that_moved_a_run_past_a_step_is_why_it_was_left_out(lab: Lab) -> None:
    from unichannel import Handler

    hurried = Send(message("hurried"), via="email", name="hurried")
    handler = Handler(on("hurry"), to="end", steps=[hurried])
    steps = (Wait(days(1), name="rest"), ladder("email"), Wait(days(1), name="end"), ladder("email", name="last"))
    person = begun(lab, journey(*steps, handlers=[handler]))
    assert [lab.why(person, step=step)[-1].sentence for step in ("hurried", "last")] == [
        (
            "The step hurried was not reached, because hurry did not happen and the journey trial is at rest "
            "until 8 Jan, 10:00."
        ),
        "The step last was not reached, because the journey trial is at rest until 8 Jan, 10:00.",
    ]
    lab.track(person, "hurry")
    assert [lab.why(person, step=step)[-1].sentence for step in ("welcome", "last")] == [
        (
            "The journey trial went another way than by welcome, because hurry moved the run on and the journey trial "
            "is at end until 8 Jan, 10:00."
        ),
        "The step last was not reached, because the journey trial is at end until 8 Jan, 10:00.",
    ]


def test_what_was_waited_for_is_told_though_nobody_wrote_it(lab: Lab) -> None:
    """Delivered, and not opened: that nothing was heard would be false."""
    person = begun(lab, journey(Send(message("welcome"), via=["email", "sms"], name="welcome")))
    lab.advance(hours(1))
    lab.tell("delivered", person)
    lab.advance(hours(3))
    _, sms = lab.why(person)
    assert sms.sentence.startswith("SMS, because the welcome email of 10:00 was not opened within 4 h")
    assert sms.trace["detail"]["success"] == "delivered", "the SMS's own"


def test_a_night_that_a_sunday_follows_is_not_the_reason(lab: Lab) -> None:
    """On Saturday at 21:30: the night ends on Sunday at 8, the law's hours begin on Monday."""
    lab.advance_to(datetime(2030, 1, 12, 20, 30, tzinfo=UTC))
    person = begun(lab, journey(Send(message("tips", "education"), via="sms", name="tips")))
    held = lab.why(person)[0]
    assert "SMS had to wait for the hours that the law allows, on 14 Jan at 08" in held.sentence
    assert held.trace["verdicts"][0][2]["rule"] == "law:F12"


def test_what_a_strategy_left_out_did_not_come_after(lab: Lab) -> None:
    lab.use(strategies={"own": lambda offered, about: ["sms"]})
    (tips, *_) = lab.why(begun(lab, journey(Send(message("tips", "education"), strategy="own", name="tips"))))
    assert tips.sentence.startswith(
        "SMS, because the strategy own puts it first; push was not possible: no device; "
        "email was left out by the strategy."
    )


def test_figures_of_the_rest_are_not_why_a_kind_goes_by_sms(lab: Lab) -> None:
    """``ByCategory``'s SMS is not an experiment, though e-mail is answered better."""
    from unichannel.strategies import Adaptive, ByCategory

    lab.use(strategy=ByCategory({"education": "sms"}, otherwise=Adaptive(explore=0)))
    steps = (ladder("email", name="one"), Wait(days(2)), Send(message("tips", "education"), name="tips"))
    person = begun(lab, journey(*steps))
    lab.opens(person)
    lab.advance(days(2))
    (tips,) = lab.why(person, step="tips")
    assert tips.cause == "ranked"
    assert tips.sentence.startswith("SMS, because the strategy puts it first")


def test_a_stop_by_sms_is_not_why_an_email_address_is_refused(lab: Lab) -> None:
    more = Send(message("tips", "education"), via=["email", "sms"], name="tips")
    person = begun(lab, journey(ladder("email", "sms"), Wait(until=start + days(1)), more))
    lab.advance(hours(5))
    lab.tell("complained", person, channel="email")
    lab.stops(person)
    lab.advance(days(1))
    (tips,) = lab.why(person, step="tips")
    assert "email was not allowed: the welcome email of 7 Jan, 10:00, was complained about" in tips.sentence
    assert "SMS was not allowed: the person wrote STOP on 7 Jan at 15:00" in tips.sentence
    (french,) = lab.why(person, step="tips", language="fr")
    assert "le message welcome par e-mail du 7 janv. à 10:00 a été suivi d'une plainte" in french.sentence


def test_tries_and_doubts_are_told(lab: Lab) -> None:
    lab.transport.plan("time_out", "refuse")
    person = begun(lab, journey(ladder("email")))
    lab.advance(hours(3))
    (email,) = lab.why(person)
    assert re.search(r"It was in doubt at 10:00.* and was accepted at 10:\d\d after 3 tries\.$", email.sentence)


def test_a_send_that_nobody_waits_for_has_not_failed(lab: Lab) -> None:
    """``wait=False``: the SMS is for a failure that has not come."""
    person = begun(lab, journey(ladder("email", "sms", wait=False), Wait(days(3))))
    lab.advance(days(2))
    email = lab.why(person, step="welcome")[0]
    assert "failed after" not in email.sentence


def test_a_failed_sms_is_not_why_a_mailbox_is_dead(lab: Lab) -> None:
    more = Send(message("tips", "education"), via="email", name="tips")
    person = begun(lab, journey(ladder("email", "sms"), Wait(until=start + days(1)), more))
    lab.bounces(person)
    lab.advance(hours(1))
    lab.tell("bounced", person, channel="sms", address_dead=False)
    lab.advance(days(1))
    (tips,) = lab.why(person, step="tips")
    assert "the address is dead since the welcome email of 7 Jan, 10:00, failed" in tips.sentence

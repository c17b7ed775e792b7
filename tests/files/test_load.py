"""Journeys in files: what is written there is what Python would say, from one file, many, folders and patterns."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from runpy import run_path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.definitions.stored.journeys_2 import JOURNEYS
from unichannel import (
    Branch,
    Call,
    Digest,
    Email,
    Emit,
    Exit,
    Handler,
    Journey,
    Message,
    Push,
    Repeat,
    Send,
    Sms,
    Split,
    StartJourney,
    Update,
    Wait,
    days,
    hours,
    load,
    minutes,
    months,
    on,
    opened,
    replied,
    start,
    variant,
    weeks,
    when,
    years,
)
from unichannel.channels import Card, InApp, OpenUrl, Rcs, Reply, WhatsApp, WhatsAppTemplate
from unichannel.conditions import (
    Condition,
    above,
    at_least,
    attribute,
    attribute_date,
    business_hours,
    data,
    data_date,
    exists,
    happened,
    in_order,
    local_hours,
    local_time,
    one_of,
    reached,
    sent,
    silent,
    unanswered,
    weekday,
)
from unichannel.core.calendar.span import Span
from unichannel.core.journey.form.stored import dumps, journey_digest
from unichannel.core.journey.form.wording import span_from
from unichannel.core.words.definition import definition
from unichannel.steps import manual, on_date, recurring
from unichannel.testing import Lab
from unichannel.testing.strategies import conditions, spans

EXAMPLES = Path(__file__).parents[2] / "examples"
hello = Message("hello", Email("Hi", html="<p>Hi</p>"), Sms("Hi"), Push("Hi", "there"), category="onboarding")
MESSAGES = (
    "messages: {hello: {category: onboarding, email: {subject: Hi, html: <p>Hi</p>}, sms: Hi, "
    "push: {title: Hi, body: there}}}"
)


def written(folder: Path, text: str, name: str = "one.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_reference_journey_is_the_same_in_both() -> None:
    python = run_path(str(EXAMPLES / "trial_to_paid.py"))
    loaded = load(EXAMPLES / "trial_to_paid.yaml")
    assert loaded == [python["TRIAL"], python["SET_UP"]]
    digests = [[journey_digest(dumps(one)) for one in many] for many in (loaded, [python["TRIAL"], python["SET_UP"]])]
    assert digests[0] == digests[1]


def test_a_journey_from_a_file_is_lived_through(lab: Lab, tmp_path: Path) -> None:
    text = f"name: hi\nstart: begun\nsteps:\n  - wait: 3 days\n  - send: hello\n    via: sms\n{MESSAGES}"
    lab.add(*load(written(tmp_path, text)))
    ada = lab.profile("ada", phone="+33612345678")
    lab.track(ada, "begun")
    lab.advance(days(3))
    assert lab.messages_sent(ada) == [("hello", "sms")]


STEPS: list[tuple[str, Any]] = [
    ("exit", Exit()),
    ("{exit: because}", Exit("because")),
    ("{exit: {reason: because, name: end}}", Exit("because", name="end")),
    ("{kind: exit, reason: because}", Exit("because")),
    ("{send: hello}", Send(hello)),
    ("{send: hello, via: [email, sms], success: clicked, ttl: 1 day, wait: false}",
     Send(hello, via=["email", "sms"], success="clicked", ttl=days(1), wait=False)),
    ("{send: {message: {name: x, sms: Hi}}}", Send(Message("x", Sms("Hi")))),
    ("{send: {message: {name: x, contents: [{sms: Hi, sender: Acme}]}}}", Send(Message("x", Sms("Hi", sender="Acme")))),
    ("{wait: 90 min}", Wait(minutes(90))),
    ("{wait: {until: start + 3 days}}", Wait(until=start + days(3))),
    ("{wait: {until: data.slot - 3 hours, before: data.slot}}",
     Wait(until=data_date("slot") - hours(3), before=data_date("slot"))),
    ("{wait: {until: profile.renews_at}}", Wait(until=attribute_date("renews_at"))),
    ("{wait: {until: 18:00}}", Wait(until=local_time("18:00"))),
    ("{wait: {until: 'monday, friday 10:30'}}", Wait(until=weekday("monday", "friday", at="10:30"))),
    ("{wait: , until: {event: answered, since: 1 day}, timeout: 2 days, on_timeout: [exit]}",
     Wait(until=on("answered", since=days(1)), timeout=days(2), on_timeout=[Exit()])),
    ("{wait: {until: {opened: email}}}", Wait(until=opened("email"))),
    ("{branch: [{when: {opened: email, of: hello}, steps: [exit]}], otherwise: [{emit: x}]}",
     Branch(when(opened("email", of="hello"), Exit()), otherwise=[Emit("x")])),
    ("{split: [{name: a, weight: 1, steps: []}, {name: b, weight: 2.5, steps: [exit]}], name: ab}",
     Split(variant("a", 1), variant("b", 2.5, Exit()), name="ab")),
    ("{update: {attributes: {plan: pro, n: 1.5}, tags: [vip], lists: {news: false}}}",
     Update({"plan": "pro", "n": 1.5}, tags=["vip"], lists={"news": False})),
    ("{emit: lead.lost, properties: {on: 'yes', deep: {a: [1, null, true]}}}",
     Emit("lead.lost", {"on": "yes", "deep": {"a": [1, None, True]}})),
    ("{call: crm.ask, into: crm, timeout: 2 hours, on_failure: [exit]}",
     Call("crm.ask", into="crm", timeout=hours(2), on_failure=[Exit()])),
    ("{repeat: [{send: hello}], times: 3, every: 7 days, until: paid}",
     Repeat([Send(hello)], times=3, every=days(7), until=on("paid"))),
    ("{repeat: {steps: [{send: hello}], times: 2, every: 1 day, until: opened}}",
     Repeat([Send(hello)], times=2, every=days(1), until=opened())),
    ("{start_journey: other, data: {n: 1}, wait: true, into: x}", StartJourney("other", {"n": 1}, wait=True, into="x")),
    ("{digest: comment, for: 1 hour, into: c}", Digest(on("comment"), hours(1), into="c")),
    ("{digest: [a, {event: b, where: {n: 1}}], until: 18:00}",
     Digest([on("a"), on("b", where={"n": 1})], until=local_time("18:00"))),
]  # fmt: skip


@pytest.mark.parametrize(("text", "step"), STEPS, ids=[text[:40] for text, _ in STEPS])
def test_each_step_is_what_python_says(tmp_path: Path, text: str, step: Any) -> None:
    (journey,) = load(written(tmp_path, f"name: x\nstart: begun\nsteps: [{text}]\n{MESSAGES}"))
    assert journey == Journey("x", start=on("begun"), steps=[step])


CONDITIONS: list[tuple[str, Condition]] = [
    ("{opened: email}", opened("email")),
    ("opened", opened()),
    ("{sent: , of: hello}", sent(of="hello")),
    ("{attribute: plan, test: pro}", attribute("plan", "pro")),
    ("{attribute: {name: plan, test: {one_of: [free, pro]}}}", attribute("plan", one_of("free", "pro"))),
    ("{data: total, test: {above: 100}}", data("total", above(100))),
    ("{attribute: company, test: {exists: }}", attribute("company", exists())),
    ("{happened: visit}", happened("visit")),
    ("{happened: visit, where: {page: /, n: {above: 1}}, times: 3, within: 1 week}",
     happened("visit", where={"page": "/", "n": above(1)}, times=3, within=weeks(1))),
    ("{happened: {event: visit, any_entity: true, times: 2}}", happened(on("visit", any_entity=True), times=2)),
    ("{in_order: [a, b], within: 2 hours}", in_order("a", "b", within=hours(2))),
    ("{all: [{opened: email}, {not: {replied: sms}}]}", opened("email") & ~replied("sms")),
    ("{any: [opened, business_hours]}", opened() | business_hours()),
    ("{business_hours: profile}", business_hours("profile")),
    ("{hours: {opens: 09:00, closes: 18:00, days: [monday, tuesday]}}",
     local_hours("09:00", "18:00", days=("monday", "tuesday"))),
    ("{reached: profile.renews_at - 3 days}", reached(attribute_date("renews_at") - days(3))),
    ("{silent: opened, for: 3 weeks}", silent(opened, for_=weeks(3))),
    ("{silent: visit, for: 2 months}", silent("visit", for_=months(2))),
    ("{silent: {opened: email}, for: 1 year}", silent(opened("email"), for_=years(1))),
    ("{unanswered: quote.sent, by: {event: quote.signed}, within: 3 days}",
     unanswered("quote.sent", by="quote.signed", within=days(3))),
]  # fmt: skip


@pytest.mark.parametrize(("text", "condition"), CONDITIONS, ids=[text for text, _ in CONDITIONS])
def test_each_condition_is_what_python_says(tmp_path: Path, text: str, condition: Condition) -> None:
    (journey,) = load(written(tmp_path, f"name: x\nstart: begun\nsteps: [exit]\nentry: {text}"))
    assert journey.entry == condition


STARTS: list[tuple[str, Any]] = [
    ("begun", on("begun")),
    ("{event: begun, entity: order, where: {total: {at_least: 10}}}",
     on("begun", entity="order", where={"total": at_least(10)})),
    ("[a, b]", [on("a"), on("b")]),
    ("manual", manual()),
    ("{manual: order}", manual(entity="order")),
    ("{date: profile.birthday - 1 day, at: 09:00, yearly: true}",
     on_date(attribute_date("birthday") - days(1), at="09:00", yearly=True)),
    ("{recurring: FREQ=WEEKLY;BYDAY=MO, at: 10:30, since: 2030-01-07}",
     recurring("FREQ=WEEKLY;BYDAY=MO", at="10:30", since=date(2030, 1, 7))),
]  # fmt: skip


@pytest.mark.parametrize(("text", "begins"), STARTS, ids=[text[:40] for text, _ in STARTS])
def test_each_start_is_what_python_says(tmp_path: Path, text: str, begins: Any) -> None:
    (journey,) = load(written(tmp_path, f"name: x\nstart: {text}\nsteps: [exit]"))
    assert journey == Journey("x", start=begins, steps=[Exit()])


def test_everything_beside_the_steps(tmp_path: Path) -> None:
    text = (
        "name: x\nversion: 3\nstart: begun\ngoal: [paid, {event: bought, any_entity: true}]\nexits: left\n"
        "re_entry: 1 month\naccept_late: 2 hours\npriority: 5\nrefresh: changed\nsteps: [exit]\n"
        "handlers:\n  - on: done\n    to: exit\n    steps: [{emit: seen}]\n    again: true\n"
    )
    handler = Handler(on("done"), to="exit", steps=[Emit("seen")], again=True)
    assert load(written(tmp_path, text)) == [
        Journey(
            "x", version=3, start=on("begun"), goal=[on("paid"), on("bought", any_entity=True)], exits=on("left"),
            re_entry=months(1), accept_late=hours(2), priority=5, refresh=on("changed"), steps=[Exit()],
            handlers=[handler],
        )
    ]  # fmt: skip


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda one: one.name)
@pytest.mark.parametrize("ending", ["json", "yaml"])
def test_the_stored_form_is_read_as_it_is(tmp_path: Path, journey: Journey, ending: str) -> None:
    assert load(written(tmp_path, dumps(journey), f"one.{ending}")) == [journey]


@settings(deadline=None, max_examples=50)
@given(condition=conditions())
def test_every_stored_condition_is_read_as_it_is(
    condition: Condition, tmp_path_factory: pytest.TempPathFactory
) -> None:
    journey = Journey("x", start=on("begun"), steps=[Exit()], entry=condition)
    assert load(written(tmp_path_factory.mktemp("one"), dumps(journey))) == [journey]


def test_a_kind_that_a_host_adds_later_is_read_too(tmp_path: Path) -> None:
    load(written(tmp_path, "name: x\nstart: begun\nsteps: [exit]\n"))

    @definition
    class Weather(Condition, kind="weather"):
        sky: str

    try:
        journey = Journey("x", start=on("begun"), steps=[Exit()], entry=Weather("fair"))
        assert load(written(tmp_path, dumps(journey), "one.json")) == [journey]
    finally:
        del Condition.kinds["weather"]


@given(spans() | st.builds(Span, months=st.integers(0, 30), days=st.integers(0, 99), seconds=st.integers(0, 9**6)))
def test_a_span_is_read_as_it_is_shown(span: Span) -> None:
    assert span_from(str(span)) == span


# several files


def test_folders_patterns_and_several_documents_in_a_file(tmp_path: Path) -> None:
    one = "start: begun\nsteps: [exit]\n"
    (tmp_path / "deep").mkdir()
    written(tmp_path, f"name: b\n{one}---\nname: c\n{one}---\n", "b.yaml")
    written(tmp_path, f"name: a\n{one}", "a.yml")
    written(tmp_path, json.dumps({"name": "d", "start": "begun", "steps": ["exit"]}), "deep/d.json")
    written(tmp_path, "no journey", "read.me")
    assert [each.name for each in load(tmp_path)] == ["a", "b", "c", "d"]
    assert [each.name for each in load(tmp_path / "*.yaml")] == ["b", "c"]
    assert [each.name for each in load(str(tmp_path / "**" / "*.json"), tmp_path / "a.yml")] == ["d", "a"]
    assert [each.name for each in load(tmp_path / "a.yml", tmp_path / "*.yml")] == ["a"]


def test_messages_are_shared_and_a_document_has_its_own(tmp_path: Path) -> None:
    written(tmp_path, MESSAGES, "words.yaml")
    step = "start: begun\nsteps: [{send: hello}, {send: own}]\n"
    written(tmp_path, f"name: a\n{step}messages: {{own: {{sms: A}}}}", "a.yaml")
    written(tmp_path, f"name: b\n{step}messages: {{own: {{sms: B}}}}", "b.yaml")
    a, b = load(tmp_path)
    assert a.messages() == [hello, Message("own", Sms("A"))]
    assert b.messages() == [hello, Message("own", Sms("B"))]


def test_a_byte_order_mark_and_windows_lines_are_read(tmp_path: Path) -> None:
    path = tmp_path / "one.yaml"
    path.write_bytes("\ufeffname: é\r\nstart: begun\r\nsteps: [exit]\r\n".encode())
    assert load(path)[0].name == "é"


def test_every_content_is_written_as_it_is_in_python(tmp_path: Path) -> None:
    path = tmp_path / "j.yaml"
    path.write_text(
        """
name: j
start: shipped
messages:
  shipped:
    rcs:
      cards:
        - {title: Order, suggestions: [{open_url: {label: Track, url: "{{ data.url | link }}"}}, {reply: Thanks}]}
    push: {title: Shipped, body: Soon, data: {id: 3}, ttl: 4 hours}
    in_app: {title: Shipped, text: Soon, action: {label: Track, url: app://o}, keep: 7 days}
    whatsapp: {template: {name: shipped, language: en, parameters: ["{{ data.order }}"]}}
    derive: [sms, chat]
steps:
  - send: shipped
""",
        encoding="utf-8",
    )
    (journey,) = load(path)
    card = Card("Order", suggestions=[OpenUrl("Track", "{{ data.url | link }}"), Reply("Thanks")])
    message = Message(
        "shipped",
        Rcs(cards=[card]),
        Push("Shipped", "Soon", data={"id": 3}, ttl=hours(4)),
        InApp("Shipped", "Soon", action=OpenUrl("Track", "app://o"), keep=days(7)),
        WhatsApp(template=WhatsAppTemplate("shipped", "en", parameters=["{{ data.order }}"])),
        derive=["sms", "chat"],
    )
    assert journey.messages() == [message]

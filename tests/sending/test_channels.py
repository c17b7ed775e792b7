"""Every channel in the lab: sent, derived, refused by a route, inside WhatsApp's day, and told why (I, A8)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from unichannel import (
    Category,
    Email,
    Engine,
    Journey,
    Message,
    Profile,
    Push,
    Send,
    Sms,
    days,
    hours,
    minutes,
    on,
)
from unichannel.channels import (
    BUILT_IN,
    Card,
    Chat,
    InApp,
    Media,
    Mms,
    OpenUrl,
    Rcs,
    Reply,
    Voice,
    WebPush,
    WhatsApp,
    WhatsAppTemplate,
)
from unichannel.errors import DefinitionError, InvalidInput
from unichannel.stores.memory import MemoryStore
from unichannel.testing import Lab, RecordingTransport

PHONE = "+33612345678"
SUBSCRIPTION = {
    "endpoint": "https://push.example/send/abc",
    "expirationTime": None,
    "keys": {
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    },
}
"""The keys of RFC 8291, 5."""

EVERYTHING: dict[str, Any] = {
    "email": Email("Hi {{ profile.id }}", text="t"),
    "sms": Sms("Hi {{ profile.id }}"),
    "mms": Mms("Hi {{ profile.id }}", media=[Media("https://x/{{ profile.id }}.png")]),
    "rcs": Rcs(cards=[Card("Hi {{ profile.id }}", suggestions=[Reply("Yes")])]),
    "whatsapp": WhatsApp(template=WhatsAppTemplate("hi", "en", parameters=["{{ profile.id }}"])),
    "push": Push("Hi", "{{ profile.id }}", data={"who": "{{ profile.id }}"}),
    "web_push": WebPush("Hi", "{{ profile.id }}"),
    "voice": Voice("Hi {{ profile.id }}", language="en-GB"),
    "chat": Chat("Hi {{ profile.id }}", blocks=[{"text": "{{ profile.id }}"}]),
    "in_app": InApp("Hi {{ profile.id }}", action=OpenUrl("Go", "app://x")),
}


def ada(lab: Lab, **more: Any) -> str:
    addresses = {"web_push": SUBSCRIPTION, "chat": "U024BE7LH"}
    fields = {"email": "ada@example.com", "phone": PHONE, "push": "token-1", "addresses": addresses}
    return lab.profile("ada", **{**fields, **more})


@pytest.mark.parametrize("channel", BUILT_IN)
def test_every_channel_carries_its_content_rendered(lab: Lab, channel: str) -> None:
    lab.send(ada(lab), Message("hi", EVERYTHING[channel], category="transactional"), via=channel)
    (sent,) = lab.sent("ada")
    assert (sent.channel, type(sent.content)) == (channel, type(EVERYTHING[channel]))
    assert "{{" not in repr(sent.content)
    assert "ada" in repr(sent.content)


def test_phone_channels_share_one_number_and_an_app_needs_none(lab: Lab) -> None:
    person = lab.profile("ada", phone="+33 6 12 34 56 78")
    for channel in ("sms", "mms", "rcs", "whatsapp", "voice", "in_app"):
        lab.send(person, Message(channel, EVERYTHING[channel], category="transactional"), via=channel)
    assert [(one.channel, one.address) for one in lab.sent("ada")] == [
        *((channel, PHONE) for channel in ("sms", "mms", "rcs", "whatsapp", "voice")),
        ("in_app", "ada"),
    ]


@pytest.mark.parametrize("channel", sorted(BUILT_IN))
def test_at_night_marketing_waits_on_what_may_wake_somebody(lab: Lab, channel: str) -> None:
    person = ada(lab, timezone="UTC")
    lab.advance(hours(14))  # 23:00
    lab.send(person, Message("hi", EVERYTHING[channel]), via=channel)
    assert bool(lab.sent("ada")) is (channel in ("email", "in_app"))
    lab.advance(hours(12))  # and calls to France begin at 10:00 only
    assert len(lab.sent("ada")) == 1


# addresses, at identify


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("push", "a token"),
        ("push", "x" * 4_097),
        ("web_push", "https://push.example"),
        ("web_push", {"endpoint": "https://push.example"}),
        ("web_push", {**SUBSCRIPTION, "endpoint": "http://push.example"}),
        ("web_push", {**SUBSCRIPTION, "keys": {**SUBSCRIPTION["keys"], "auth": "BTBZMqHH6r4Tts7J"}}),  # type: ignore[dict-item]
        ("web_push", {**SUBSCRIPTION, "keys": {**SUBSCRIPTION["keys"], "p256dh": "not base64!"}}),  # type: ignore[dict-item]
        ("chat", ""),
        ("chat", "a\nb"),
        ("phone", "12"),
    ],
)
def test_what_is_no_address_is_refused_when_it_is_told(kind: str, value: Any) -> None:
    with pytest.raises(InvalidInput, match=kind.replace("_", " ")) as caught:
        Profile("ada", addresses={kind: value})
    assert "push.example" not in str(caught.value)


def test_a_subscription_is_one_address_however_it_is_written() -> None:
    told = [SUBSCRIPTION, json.dumps(SUBSCRIPTION), {**SUBSCRIPTION, "expirationTime": 3}]
    forms = [Profile("ada", addresses={"web_push": one}).changes["addresses"]["web_push"] for one in told]
    assert forms[0] == forms[1] == forms[2]
    assert json.loads(forms[0][0]).keys() == {"endpoint", "keys"}
    both = Profile("ada", add={"web_push": [SUBSCRIPTION, {**SUBSCRIPTION, "endpoint": "https://b.example/"}]})
    assert len(both.changes["add"]["web_push"]) == 2


def test_a_chat_may_be_a_number() -> None:
    assert Profile("ada", addresses={"chat": 1234}).changes["addresses"] == {"chat": ["1234"]}


# derived


WELCOME = Email("Welcome", text="Hi {{ profile.id }}: {{ 'https://shop.example' | link }}", html="<p>Hi</p>")


def test_a8_the_sms_is_in_the_words_of_the_email_and_the_trace_says_so(lab: Lab) -> None:
    message = Message("welcome", WELCOME, category="transactional", derive="sms")
    journey = Journey("j", start=on("x"), steps=[Send(message, via=["email", "sms"])])
    lab.transport.plan("reject")
    lab.enroll(journey, ada(lab))
    assert lab.channels_sent("ada") == ["sms"]
    assert lab.sent("ada")[0].content == Sms("Hi ada: https://shop.example")
    (_, why) = lab.why("ada", journey)
    assert why.trace["detail"]["derived"] == "email"
    assert "it uses the words of the email" in why.sentence


def test_what_is_derived_is_ranked_like_what_is_written(lab: Lab) -> None:
    message = Message("hi", InApp("News", "There are some"), derive=["push", "chat"])
    person = lab.profile("ada", push="t1", preferences={"*": "push"})
    lab.send(person, message)
    assert lab.sent("ada")[0].content == Push("News", "There are some")


@pytest.mark.parametrize(
    ("contents", "channel"),
    [
        ([Email("s", html="<p>only this</p>")], "sms"),
        ([Email("s", text="t " * 200)], "sms"),
        ([Email("s", text="see {{ u | link }}")], "push"),
        ([Sms("no title")], "push"),
        ([Rcs(cards=[Card("a"), Card("b")])], "sms"),
        ([WhatsApp(template=WhatsAppTemplate("a", "en"))], "sms"),
        ([Sms("x")], "voice"),
        ([Sms("x")], "sms"),
        ([Sms("x")], "fax"),
    ],
    ids=repr,
)
def test_what_cannot_honestly_be_derived_is_refused(contents: list[Any], channel: str) -> None:
    with pytest.raises(DefinitionError, match=channel):
        Message("m", *contents, derive=channel)


def test_a_card_becomes_lines() -> None:
    card = Card("Your order", "It is there", suggestions=[OpenUrl("Track", "{{ u | link }}"), Reply("Thanks")])
    message = Message("m", Rcs(cards=[card]), derive="sms")
    assert message.content("sms") == Sms("Your order\nIt is there\nTrack: {{ u | link }}")


# what routes take


def test_rcs_becomes_an_sms_where_the_route_takes_no_cards(lab: Lab) -> None:
    plain = RecordingTransport("plain", ["rcs"])
    plain.abilities = type(plain.abilities)(plain.abilities.reports, takes=frozenset({"text"}))
    lab.use(routes={"rcs": plain, "sms": lab.transport})
    message = Message("m", Rcs(cards=[Card("Hi", suggestions=[Reply("Yes")])]), category="transactional", derive="sms")
    lab.send(lab.profile("ada", phone=PHONE, preferences={"*": "rcs"}), message)
    assert lab.channels_sent("ada") == ["sms"]
    assert lab.why("ada", "send:m")[0].codes == {"rcs": "not_taken", "sms": "reserved"}


@pytest.mark.parametrize(("kind", "content"), [("rcs", EVERYTHING["rcs"]), ("mms", EVERYTHING["mms"])])
def test_rcs_and_mms_become_an_sms_where_the_number_cannot_show_them(lab: Lab, kind: str, content: Any) -> None:
    message = Message("m", content, Sms("plain"), category="transactional")
    lab.transport.plan("reject")
    lab.enroll(Journey("j", start=on("x"), steps=[Send(message, via=[kind, "sms"])]), lab.profile("ada", phone=PHONE))
    assert lab.channels_sent("ada") == ["sms"]


def test_a_written_rung_whose_route_does_not_take_its_content_is_refused_when_the_engine_is_made() -> None:
    plain = RecordingTransport("plain", ["rcs"])
    plain.abilities = type(plain.abilities)(plain.abilities.reports, takes=frozenset({"text"}))
    step = Send(Message("m", EVERYTHING["rcs"], category="transactional"), via="rcs")
    with pytest.raises(DefinitionError, match="does not take a card"):
        Engine(store=MemoryStore(), journeys=[Journey("j", start=on("x"), steps=[step])], routes={"rcs": plain})


# WhatsApp's day


def wrote(lab: Lab, text: str = "hello") -> None:
    lab._post({"kind": "inbound", "channel": "whatsapp", "address": PHONE, "text": text, "id": f"in-{lab.now}"})


@pytest.mark.parametrize(
    ("later", "goes"), [(minutes(1), True), (hours(23), True), (hours(24), False), (days(3), False)]
)
def test_free_form_goes_out_within_a_day_of_what_the_person_wrote(lab: Lab, later: Any, goes: bool) -> None:
    answer = Message("answer", WhatsApp("With pleasure"), category="transactional")
    lab.add(Journey("j", start=on("asked"), steps=[Send(answer, via="whatsapp")]))
    person = lab.profile("ada", phone=PHONE)
    wrote(lab)
    lab.advance(later)
    lab.track(person, "asked")
    assert bool(lab.sent("ada")) is goes
    assert lab.why("ada", "j")[0].codes == {"whatsapp": "reserved" if goes else "no_conversation"}


def test_an_sms_opens_no_whatsapp_conversation(lab: Lab) -> None:
    answer = Message("answer", WhatsApp("With pleasure"), category="transactional")
    lab.add(Journey("j", start=on("asked"), steps=[Send(answer, via="whatsapp")]))
    person = lab.profile("ada", phone=PHONE)
    lab._post({"kind": "inbound", "channel": "sms", "address": PHONE, "text": "hello", "id": "1"})
    lab.track(person, "asked")
    assert lab.sent("ada") == []


def test_a_template_goes_out_at_any_time(lab: Lab) -> None:
    lab.send(lab.profile("ada", phone=PHONE), Message("m", EVERYTHING["whatsapp"], category="transactional"))
    assert lab.channels_sent("ada") == ["whatsapp"]


# what a rendered content is too long for


def test_what_only_a_value_makes_too_long_fails_and_the_ladder_goes_on(lab: Lab) -> None:
    message = Message("m", Push("t", "{{ data.v }}"), Sms("short"), category="transactional")
    person = lab.profile("ada", phone=PHONE, push="t1")
    journey = Journey("j", start=on("x"), steps=[Send(message, via=["push", "sms"])])
    lab.enroll(journey, person, {"v": "secret" * 10_000})
    assert lab.channels_sent("ada") == ["sms"]
    failed = next(one for one in lab.history("ada").deliveries if one.channel == "push")  # type: ignore[union-attr]
    assert failed.status == "failed"
    assert "4,096 are the most" in failed.reason
    assert "secret" not in failed.reason


# findings


def test_a_missing_call_to_action_is_a_finding() -> None:
    dull = Message("dull", Sms("We are here"), Push("We", "are here"))
    receipt = Message("receipt", Sms("Paid"), category="transactional")
    journey = Journey("j", start=on("x"), steps=[Send(dull), Send(receipt)])
    engine = Engine(store=MemoryStore(), journeys=[journey], categories=[Category("x")])
    assert [text for text in engine.findings if "call to action" in text] == [
        "'j': 'dull' by sms has no call to action: no link, button or number"
    ]


def test_headers_of_the_content_and_ours_reach_the_transport(lab: Lab) -> None:
    seen: list[Any] = []
    lab.transport._fail = seen.append
    content = Email("s", text="t", headers={"X-Campaign": "{{ profile.id }}"})
    lab.send(ada(lab), Message("m", content, category="transactional"))
    assert ("X-Campaign", "ada") in seen[0].headers
    assert seen[0].expires > seen[0].reserved

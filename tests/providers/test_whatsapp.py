"""WhatsApp's codec against Meta's documentation (stored copies read on 2026-11-22; pages in the codec's docstring)."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from tests.providers.suite import KEY, one, received
from tests.providers.talk import (
    TalkConformance,
    asked,
    asked_json,
    delivery,
    kinds,
    outcomes,
    receipts,
    reports_what_it_hears,
    sent,
    unfit,
)
from unichannel.core.messaging.content import Content, Media, OpenUrl, Reply, WhatsApp, WhatsAppTemplate
from unichannel.core.words.instant import SECOND
from unichannel.errors import BadSignature, ConfigurationError, MalformedWebhook
from unichannel.ports import Outbound, Request
from unichannel.providers.whatsapp import ERRORS, STATUSES, WhatsAppCloud

TO = "+16505551234"
NUMBER = "106540352242922"
WAMID = "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQUFERjg0NDEzNDdFODU3MUMxMAA="
HOOK = "https://app.example.com/hooks/whatsapp"
PICTURE = Media("https://www.luckyshrub.com/assets/banner.png")


def whatsapp(**settings: Any) -> WhatsAppCloud:
    given = {"app_secret": "the-secret", "verify_token": "vibecoding", **settings}
    return WhatsAppCloud(NUMBER, "the-token", **given)


def to_ada(content: Content | None = None) -> Outbound:
    return delivery(content or WhatsApp("Hello"), TO, "whatsapp")


def signed(call: Any) -> Request:
    body = json.dumps(call).encode()
    return Request(
        "POST", HOOK, {"X-Hub-Signature-256": "sha256=" + hmac.digest(b"the-secret", body, "sha256").hex()}, body
    )


def call(field: str = "messages", number: str = NUMBER, **value: Any) -> Request:
    metadata = {"display_phone_number": "15550783881", "phone_number_id": number}
    change = {"value": {"messaging_product": "whatsapp", "metadata": metadata, **value}, "field": field}
    entry = {"id": "102290129340398", "changes": [change]}
    return signed({"object": "whatsapp_business_account", "entry": [entry]})


def status(kind: str, **more: Any) -> Request:
    event = {"id": WAMID, "status": kind, "timestamp": "1750030073", "recipient_id": "16505551234"}
    return call(statuses=[{**event, "biz_opaque_callback_data": KEY, **more}])


def failed(code: int) -> Request:
    title = "This message was not delivered to maintain healthy ecosystem engagement."
    return status("failed", errors=[{"code": code, "title": title, "message": title, "error_data": {"details": "…"}}])


def message(sort: str, **more: Any) -> Request:
    id = f"wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ0RgA={sort}"
    event = {"from": "16505551234", "id": id, "timestamp": "1749416383", "type": sort, **more}
    return call(contacts=[{"profile": {"name": "Sheena Nelson"}, "wa_id": "16505551234"}], messages=[event])


def preference(value: str) -> Request:
    event = {"wa_id": "16505551234", "category": "marketing_messages", "value": value, "timestamp": 1731705721}
    return call("user_preferences", user_preferences=[{**event, "detail": "User requested …"}])


def refusal(code: int, http: int = 400) -> httpx.Response:
    error = {"message": f"(#{code}) {TO}", "type": "OAuthException", "code": code, "fbtrace_id": "Az8"}
    return httpx.Response(http, json={"error": {**error, "error_data": {"messaging_product": "whatsapp"}}})


class TestConformance(TalkConformance):
    make = staticmethod(whatsapp)
    turned = ("app_secret", "the-secret", "new")
    signature_headers = ("X-Hub-Signature-256",)

    @pytest.fixture
    def outbound(self) -> Outbound:
        return to_ada()

    @pytest.fixture
    def accepting(self) -> httpx.Response:
        contacts = [{"input": TO, "wa_id": "16505551234"}]
        answer = {"messaging_product": "whatsapp", "contacts": contacts, "messages": [{"id": WAMID}]}
        return httpx.Response(200, json=answer)

    @pytest.fixture
    def refusing(self) -> httpx.Response:
        return refusal(131047)

    @pytest.fixture
    def webhooks(self) -> Sequence[tuple[Request, Sequence[str]]]:
        return (
            (status("sent", pricing={"billable": True, "pricing_model": "PMP", "type": "regular"}), ["sent"]),
            (status("delivered"), ["delivered"]),
            (status("read"), ["opened"]),
            (failed(131049), ["failed"]),
            (failed(131050), ["failed", "unsubscribed"]),
            (status("warned"), ["unknown"]),
            (message("text", text={"body": "Does it come in another color?"}), ["inbound"]),
            (message("button", button={"payload": "Unsubscribe", "text": "Stop"}), ["unsubscribed", "inbound"]),
            (message("system", system={"type": "user_changed_number", "wa_id": "1650"}), ["unknown"]),
            (preference("stop"), ["unsubscribed"]),
            (preference("resume"), ["subscribed"]),
            (call("message_template_status_update", event="APPROVED"), ["unknown"]),
        )


class TestRequest:
    def test_a_text_is_the_documented_one(self) -> None:
        (request,) = asked(whatsapp(), to_ada())
        assert (request.method, str(request.url)) == ("POST", f"https://graph.facebook.com/v25.0/{NUMBER}/messages")
        assert request.headers["Authorization"] == "Bearer the-token"
        assert json.loads(request.content) == {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": TO,
            "biz_opaque_callback_data": KEY,
            "type": "text",
            "text": {"body": "Hello", "preview_url": True},
        }
        assert "safe" not in request.extensions, "a repeated message is a second message"

    def test_a_link_below_a_picture_is_the_documented_one(self) -> None:
        content = WhatsApp(
            "Tap the button below to see available dates.",
            media=PICTURE,
            footer="Dates subject to change.",
            buttons=[OpenUrl("See Dates", "https://www.luckyshrub.com?clickID=k")],
        )
        assert asked_json(whatsapp(), to_ada(content))["interactive"] == {
            "type": "cta_url",
            "header": {"type": "image", "image": {"link": PICTURE.url}},
            "body": {"text": "Tap the button below to see available dates."},
            "action": {
                "name": "cta_url",
                "parameters": {"display_text": "See Dates", "url": "https://www.luckyshrub.com?clickID=k"},
            },
            "footer": {"text": "Dates subject to change."},
        }

    def test_replies_carry_what_comes_back(self) -> None:
        content = WhatsApp("Coming?", header="Tonight", buttons=[Reply("Yes", postback="yes-7"), Reply("No")])
        shown = asked_json(whatsapp(), to_ada(content))["interactive"]
        assert shown["type"] == "button"
        assert shown["header"] == {"type": "text", "text": "Tonight"}
        assert shown["action"]["buttons"] == [
            {"type": "reply", "reply": {"id": "yes-7", "title": "Yes"}},
            {"type": "reply", "reply": {"id": "No", "title": "No"}},
        ]

    def test_a_template_fills_each_of_its_places(self) -> None:
        template = WhatsAppTemplate(
            "order_7", "en_US", parameters=["Ada", "7"], media=PICTURE, buttons=["", "track/7", "SAVE20"]
        )
        provider = whatsapp(buttons={"order_7": ["quick_reply", "url", "copy_code"]})
        assert asked_json(provider, to_ada(WhatsApp(template=template)))["template"] == {
            "name": "order_7",
            "language": {"code": "en_US", "policy": "deterministic"},
            "components": [
                {"type": "header", "parameters": [{"type": "image", "image": {"link": PICTURE.url}}]},
                {"type": "body", "parameters": [{"type": "text", "text": "Ada"}, {"type": "text", "text": "7"}]},
                {
                    "type": "button",
                    "sub_type": "url",
                    "index": "1",
                    "parameters": [{"type": "text", "text": "track/7"}],
                },
                {
                    "type": "button",
                    "sub_type": "copy_code",
                    "index": "2",
                    "parameters": [{"type": "coupon_code", "coupon_code": "SAVE20"}],
                },
            ],
        }

    def test_a_template_s_places_may_have_names(self) -> None:
        template = WhatsAppTemplate("hi", "fr", named={"first_name": "Ada"}, header="Tonight", buttons=["x"])
        components = asked_json(whatsapp(), to_ada(WhatsApp(template=template)))["template"]["components"]
        assert components[0] == {"type": "header", "parameters": [{"type": "text", "text": "Tonight"}]}
        assert components[1]["parameters"] == [{"type": "text", "parameter_name": "first_name", "text": "Ada"}]
        assert components[2]["sub_type"] == "url"
        bare = asked_json(whatsapp(), to_ada(WhatsApp(template=WhatsAppTemplate("hello_world", "en_US"))))
        assert "components" not in bare["template"]

    def test_a_file_has_its_words_below_it(self) -> None:
        bill = Media("https://x.org/bill.pdf?v=2", caption="Your bill")
        assert asked_json(whatsapp(), to_ada(WhatsApp("Hello", media=bill)))["document"] == {
            "link": bill.url,
            "caption": "Hello\n\nYour bill",
            "filename": "bill.pdf",
        }
        assert asked_json(whatsapp(), to_ada(WhatsApp(media=Media("https://x.org/a.mp3"))))["audio"] == {
            "link": "https://x.org/a.mp3"
        }
        assert asked_json(whatsapp(), to_ada(WhatsApp("b", header="a", footer="c")))["text"]["body"] == "a\n\nb\n\nc"

    def test_what_whatsapp_cannot_show_is_refused_before_anything_is_asked(self) -> None:
        sound, nothing = Media("https://x.org/a.mp3"), Media("https://x.org/a")
        unfit(
            whatsapp(),
            to_ada(WhatsApp("Listen", media=sound)),
            to_ada(WhatsApp("Listen", media=sound, buttons=[Reply("Yes")])),
            to_ada(WhatsApp(media=nothing)),
        )


def test_refusals_mean_what_the_table_says() -> None:
    outcomes(
        whatsapp(),
        to_ada(),
        {
            "token": (refusal(190, 401), "retry", ""),
            "permission": (refusal(200, 403), "retry", ""),
            "a template that is not approved": (refusal(132001, 404), "retry", ""),
            "busy": (refusal(130429), "retry", ""),
            "too late for free form": (refusal(131047), "failed", ""),
            "stopped marketing": (refusal(131050), "failed", ""),
            "not whatsapp": (refusal(131026), "failed", ""),
            "unheard of": (refusal(999999), "failed", ""),
            "broken": (refusal(1, 500), "in_doubt", ""),
            "no name": (httpx.Response(200, json={"messages": []}), "in_doubt", ""),
        },
    )
    wrong = sent(whatsapp(), to_ada(), refusal(190, 401))
    assert (wrong.code, ERRORS[wrong.code].meaning) == ("190", "configuration")


@pytest.mark.parametrize("name", STATUSES)
def test_a_status_says_which_when_and_whom(name: str) -> None:
    receipt = one(whatsapp(), status(name))
    assert (receipt.kind, receipt.key, receipt.provider_id) == (STATUSES[name], KEY, WAMID)
    assert (receipt.address, receipt.channel, receipt.occurred) == (TO, "whatsapp", 1_750_030_073 * SECOND)
    assert receipt.id == f"{WAMID}:{name}"


def test_a_number_without_whatsapp_bounces_and_stopping_marketing_stops_nothing_else() -> None:
    bounce = one(whatsapp(), failed(131026))
    assert (bounce.kind, bounce.code, bounce.address_dead) == ("bounced", "131026", False)
    told, wish = receipts(whatsapp(), failed(131050))
    assert (told.kind, wish.kind, wish.address, told.refused or wish.refused) == ("failed", "unsubscribed", TO, False)


def test_what_meta_does_not_bill_costs_nothing_where_a_currency_is_known() -> None:
    free = status("sent", pricing={"billable": False, "type": "free_customer_service", "category": "service"})
    paid = status("sent", pricing={"billable": True, "type": "regular", "category": "marketing"})
    assert [one(whatsapp(currency="EUR"), call).cost for call in (free, paid)] == ["0 EUR", ""]
    assert one(whatsapp(), free).cost == ""
    assert one(whatsapp(), paid).raw["pricing"]["category"] == "marketing"


def test_what_a_person_says_by_text_tap_caption_or_sign() -> None:
    reply = {"type": "button_reply", "button_reply": {"id": "yes-7", "title": "Yes"}}
    said = {
        "text": message("text", text={"body": "Hello"}),
        "button": message("button", button={"payload": "p", "text": "Hello"}),
        "tap": message(
            "interactive", interactive={"type": "button_reply", "button_reply": {"id": "x", "title": "Hello"}}
        ),
        "picture": message("image", image={"id": "1", "caption": "Hello"}),
        "sign": message("reaction", reaction={"message_id": WAMID, "emoji": "Hello"}),
    }
    for name, request in said.items():
        assert (one(whatsapp(), request).text, one(whatsapp(), request).address) == ("Hello", TO), name
    assert one(whatsapp(), message("audio", audio={"id": "1"})).kind == "inbound"
    answer = one(whatsapp(), message("interactive", interactive=reply, context={"from": "1555", "id": WAMID}))
    assert answer.provider_id == WAMID, "it answers that message"


def test_opt_out_words_count_and_the_host_s_too() -> None:
    request = message("text", text={"body": "Genug"})
    assert kinds(whatsapp(), request) == ["inbound"]
    assert kinds(whatsapp(keywords={"stop": ["genug"]}), request) == ["unsubscribed", "inbound"]
    with pytest.raises(ConfigurationError):
        whatsapp(keywords={"halt": ["genug"]})


def test_an_answer_is_no_wish() -> None:
    """Yes answers a question here, and a button of ours that says Cancel cancels what it stands below."""
    for request in (
        message("text", text={"body": "Yes"}),
        message("button", button={"payload": "no", "text": "Cancel"}),
        message("button", button={"payload": "go", "text": "Start"}),
    ):
        assert (one(whatsapp(), request).kind, one(whatsapp(), request).code) == ("inbound", "")
    assert kinds(whatsapp(), message("text", text={"body": "cancel"})) == ["unsubscribed", "inbound"]


def test_another_number_of_the_app_is_not_this_one() -> None:
    """P46: the signature says that it is Meta's, not that it is for us."""
    event = {"from": "16505551234", "id": "wamid.x", "timestamp": "1", "type": "text", "text": {"body": "STOP"}}
    assert kinds(whatsapp(), call(number="7", messages=[event])) == ["unknown"]


def test_a_person_without_a_number_has_no_address_here() -> None:
    """Users with a name may be known by an id only."""
    event = {"from_user_id": "US.13491208655302741918", "id": "wamid.x", "type": "text", "text": {"body": "Hi"}}
    assert one(whatsapp(), call(messages=[event])).address == ""


def test_the_handshake_gives_the_challenge_back_to_who_knows_the_token() -> None:
    url = f"{HOOK}?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token="
    answer = received(whatsapp(verify_token=["new", "vibecoding"]), Request("GET", url + "vibecoding")).answer
    assert (answer.status, answer.body) == (200, b"1158201444")  # type: ignore[union-attr]
    for provider in (whatsapp(verify_token=()), whatsapp(verify_token="other")):
        with pytest.raises(BadSignature):
            received(provider, Request("GET", url + "vibecoding"))
    with pytest.raises(BadSignature):
        received(whatsapp(), Request("GET", url))


@pytest.mark.parametrize("body", [{}, [], {"entry": 7}, "x", None])
def test_what_is_no_call_is_malformed(body: Any) -> None:
    with pytest.raises(MalformedWebhook):
        received(whatsapp(), signed(body))


def test_settings_that_cannot_work_are_errors_at_once() -> None:
    reports_what_it_hears(whatsapp, "app_secret")
    with pytest.raises(ConfigurationError):
        WhatsAppCloud("+33612345678", "the-token")
    with pytest.raises(ConfigurationError):
        WhatsAppCloud(NUMBER, "")


def test_the_signature_is_an_hmac_of_the_raw_body() -> None:
    """P46: over the bytes as they came, not as JSON would be written again."""
    body = json.dumps(json.loads(status("sent").body), indent=4).encode()
    mark = hmac.new(b"the-secret", body, hashlib.sha256).hexdigest()
    assert kinds(whatsapp(), Request("POST", HOOK, {"x-hub-signature-256": f"sha256={mark}"}, body)) == ["sent"]

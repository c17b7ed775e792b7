"""The codec of OneSignal against its documentation (pages in its docstring)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.providers.mail import basic, posted
from tests.providers.phone import PUSH, Bench, PhoneConformance, by_push
from tests.providers.suite import KEY, one
from unichannel.errors import BadSignature, ConfigurationError
from unichannel.ports import Outbound, Request
from unichannel.providers import OneSignal
from unichannel.providers.onesignal import BODY

APP = "867e880f-d486-482e-b7d8-d174db39f322"
DEVICE = "1dd608f2-c6a1-11e3-851d-000c2940e62c"
ID = "b98881cc-1e94-4366-bbd9-db8f3429292b"
BENCH = Bench(by_push(DEVICE))


def onesignal(**settings: Any) -> OneSignal:
    return OneSignal(APP, "the-secret", **{"logins": "hook:old", **settings})


def call(kind: str, **more: Any) -> Request:
    told = {"id": f"event-{kind}", "kind": kind, "timestamp": "1788999000", "subscription": DEVICE, "message": ID}
    return posted({**told, **more}, Authorization=basic("hook:old"))


def answer(status: int = 200, **body: Any) -> httpx.Response:
    return httpx.Response(status, json=body)


class TestConformance(PhoneConformance):
    make = staticmethod(onesignal)
    turned = ("logins", "hook:old", "hook:new")
    signature_headers = ("Authorization",)
    signs_body = False
    hidden = ("the-secret", "hook:old")

    @pytest.fixture
    def outbound(self) -> Outbound:
        return BENCH.outbound

    @pytest.fixture
    def accepting(self) -> httpx.Response:
        return answer(id=ID, external_id=None)

    @pytest.fixture
    def refusing(self) -> httpx.Response:
        return answer(id="", errors=["All included players are not subscribed"])

    @pytest.fixture
    def webhooks(self) -> Sequence[tuple[Request, Sequence[str]]]:
        return (
            (call("message.push.sent"), ["sent"]),
            (call("message.push.received"), ["delivered"]),
            (call("message.push.clicked"), ["clicked"]),
            (call("message.push.failed"), ["failed"]),
            (call("message.push.unsubscribed"), ["unsubscribed"]),
            (call("message.iam.displayed"), ["unknown"]),
        )


def test_the_request_is_the_documented_one() -> None:
    (request,) = BENCH.requests(onesignal())
    assert (request.method, str(request.url)) == ("POST", "https://api.onesignal.com/notifications?c=push")
    assert request.headers["Authorization"] == "Key the-secret"
    body = json.loads(request.content)
    key = body.pop("idempotency_key")
    assert str(UUID(key)) == key
    picture = "https://example.com/shoe.png"
    assert body == {
        "app_id": APP,
        "target_channel": "push",
        "include_subscription_ids": [DEVICE],
        "headings": {"en": "Héllo"},
        "contents": {"en": "Your order is on its way"},
        "ios_attachments": {"id": picture},
        "big_picture": picture,
        "huawei_big_picture": picture,
        "adm_big_picture": picture,
        "chrome_web_image": picture,
        "app_url": "app://orders/12",
        "ios_sound": "ding",
        "ios_badgeType": "SetTo",
        "ios_badgeCount": 3,
        "collapse_id": "order-12",
        "ttl": 86_400,
        "data": {"unichannel_key": KEY, "url": "app://orders/12", "order": 12, "note": "", "tags": ["a"]},
    }


def test_the_key_is_the_same_for_every_attempt_and_no_other_delivery() -> None:
    keys = [BENCH.asked_json(onesignal(), key=key)["idempotency_key"] for key in (KEY, KEY, "another")]
    assert (keys[0] == keys[1], keys[0] == keys[2]) == (True, False)


def test_a_web_address_opens_the_browser() -> None:
    told = BENCH.asked_json(onesignal(), content=replace(PUSH, url="https://example.com/orders/12"))
    assert (told["url"], "app_url" in told) == ("https://example.com/orders/12", False)


def test_refusals_mean_what_the_table_says() -> None:
    format_ = "Incorrect subscription_id format in include_subscription_ids (not a valid UUID): x"
    denied = "Access denied.  Please include an 'Authorization: ...' header with a valid API key (https://…)."
    BENCH.outcomes(
        onesignal(),
        {
            "nobody": (answer(id="", errors=["All included players are not subscribed"]), "failed", ""),
            "unsubscribed": (answer(id=ID, errors={"invalid_player_ids": [DEVICE]}), "failed", ""),
            "no id, no error": (answer(id=""), "in_doubt", ""),
            "no subscription": (answer(400, errors=[format_]), "failed", "dead"),
            "content": (answer(400, errors=["Message Notifications must have English language content"]), "failed", ""),
            "key": (answer(403, errors=[denied]), "mend", ""),
            "app": (answer(400, errors=["Invalid app_id format"]), "mend", ""),
            "often": (answer(429, errors=["API rate limit exceeded"]), "retry", ""),
            "away": (answer(503, errors=["Service temporarily unavailable"]), "retry", ""),
            "broken": (answer(500), "in_doubt", ""),
        },
    )
    assert "api_key" in BENCH.sent(onesignal(), answer(403, errors=[denied])).reason
    assert BENCH.sent(onesignal(), answer(), address="no-uuid").code == "no_subscription"


def test_a_host_may_take_a_subscription_that_is_off_for_refused() -> None:
    own = onesignal(errors={"not_subscribed": ("opted_out", "it is switched off.")})
    assert BENCH.sent(own, answer(id="", errors=["All included players are not subscribed"])).address == "opted_out"


def test_receipts_say_which_when_and_whom() -> None:
    found = one(onesignal(), call("message.push.clicked"))
    assert (found.kind, found.provider_id, found.address) == ("clicked", ID, DEVICE)
    assert (found.id, found.channel, found.occurred) == (
        "event-message.push.clicked",
        "push",
        1_788_999_000_000_000,
    )
    assert one(onesignal(), call("message.push.sent", id="", timestamp="")).id


def test_the_body_to_paste_is_json_with_what_is_read() -> None:
    read = set(json.loads(BODY))
    assert read == set(json.loads(call("x").body))


def test_it_reports_what_is_set_up() -> None:
    assert onesignal().abilities.reports == {"opened", "clicked"}
    assert onesignal(reports=["delivered"]).abilities.reports == {"delivered"}
    assert onesignal(logins=()).abilities.reports == set()
    with pytest.raises(BadSignature):
        one(onesignal(logins=()), call("message.push.sent"))
    for wrong in ({"reports": ["replied"]}, {"logins": [""]}):
        with pytest.raises(ConfigurationError):
            onesignal(**wrong)
    with pytest.raises(ConfigurationError):
        OneSignal("no-app", "k")
    with pytest.raises(ConfigurationError):
        OneSignal(APP, "")

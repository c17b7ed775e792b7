"""SparkPost's codec against what is known of its documentation (sources in the codec's docstring)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from tests.providers.mail import (
    SENDER,
    TO,
    MailConformance,
    asked_json,
    basic,
    no_sender_is_kept,
    outcomes,
    posted,
    reports_what_is_set_up,
    requested,
)
from tests.providers.suite import KEY, one, received
from unichannel.ports import Request
from unichannel.providers.sparkpost import CLASSES, EVENTS, SparkPost

LOGIN = "hook:the-secret"
ID = "65832150921904138"


def sparkpost(**settings: Any) -> SparkPost:
    return SparkPost("the-secret", **{"sender": SENDER, "logins": LOGIN, **settings})


def event(sort: str, **more: Any) -> dict[str, Any]:
    # From SparkPost's sample events, shortened to what is read.
    told = {
        "type": sort,
        "event_id": f"92356927693813856-{sort}-{more}",
        "message_id": "000443ee14578172be22",
        "raw_rcpt_to": TO,
        "rcpt_to": TO,
        "rcpt_meta": {"unichannel_key": KEY},
        "timestamp": "1788999000",
        "transmission_id": ID,
    }
    return {"msys": {"message_event": {**told, **more}}}


def call(*events: Any) -> Request:
    return posted(list(events), Authorization=basic(LOGIN))


INBOUND = {
    "msys": {
        "relay_message": {
            "friendly_from": TO,
            "msg_from": TO,
            "rcpt_to": "hello@example.org",
            "content": {"subject": "Re: Hello", "text": "Yes", "headers": [{"Subject": "Re: Hello"}, {"To": "x"}]},
        }
    }
}


class TestConformance(MailConformance):
    make = staticmethod(sparkpost)
    turned = ("logins", LOGIN, "hook:new")
    signature_headers = ("Authorization",)
    signs_body = False

    @pytest.fixture
    def accepting(self) -> httpx.Response:
        results = {"total_rejected_recipients": 0, "total_accepted_recipients": 1, "id": ID}
        return httpx.Response(200, json={"results": results})

    @pytest.fixture
    def refusing(self) -> httpx.Response:
        return refusal(422, "1300", "required field is missing")

    @pytest.fixture
    def webhooks(self) -> Sequence[tuple[Request, Sequence[str]]]:
        known = call(*(event(name) for name in EVENTS))
        return ((known, list(EVENTS.values())), (call({"msys": {}}, event("x"), INBOUND), ["unknown", "inbound"]))


def refusal(status: int, code: str, message: str) -> httpx.Response:
    return httpx.Response(status, json={"errors": [{"message": message, "description": "", "code": code}]})


def test_the_request_is_the_documented_one() -> None:
    request = requested(sparkpost())
    assert (request.method, str(request.url)) == ("POST", "https://api.sparkpost.com/api/v1/transmissions")
    assert request.headers["Authorization"] == "the-secret"
    assert asked_json(sparkpost()) == {
        "recipients": [{"address": {"email": TO}}],
        "content": {
            "from": {"email": "news@example.org", "name": "Café"},
            "subject": "Hello",
            "text": "Good day",
            "html": "<p>Good day</p>",
            "headers": {
                "List-Unsubscribe": "<https://app.example.com/u/token>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
        },
        "metadata": {"unichannel_key": KEY},
    }


def test_refusals_mean_what_the_table_says() -> None:
    none = {"total_rejected_recipients": 1, "total_accepted_recipients": 0, "id": ID}
    outcomes(
        sparkpost(),
        {
            "key": (httpx.Response(401, json={"errors": [{"message": "Unauthorized."}]}), "retry", ""),
            "domain": (refusal(400, "7001", "Unconfigured or unverified sending domain."), "retry", ""),
            "list": (
                refusal(400, "1902", "recipient address suppressed due to customer policy"),
                "failed",
                "opted_out",
            ),
            "limit": (httpx.Response(420, json={"errors": [{"message": "Exceed Sending Limit"}]}), "retry", ""),
            "address": (httpx.Response(200, json={"results": none}), "failed", "dead"),
            "field": (refusal(422, "1400", "required field is missing"), "failed", ""),
            "broken": (httpx.Response(500), "in_doubt", ""),
        },
    )
    no_sender_is_kept(sparkpost)


@pytest.mark.parametrize("sort", CLASSES)
def test_a_bounce_s_class_says_what_it_is(sort: str) -> None:
    found = one(sparkpost(), call(event("bounce", bounce_class=sort)))
    assert (found.kind, found.reason, found.address_dead) == ("bounced", *CLASSES[sort])
    assert (found.key, found.provider_id, found.occurred) == (KEY, ID, 1_788_999_000_000_000)


def test_an_automatic_answer_is_no_bounce_and_a_suppression_is_a_refusal() -> None:
    assert one(sparkpost(), call(event("bounce", bounce_class="60"))).kind == "unknown"
    reason = "554 5.7.1 recipient address suppressed due to customer policy"
    found = one(sparkpost(), call(event("bounce", bounce_class="25", raw_reason=reason)))
    assert (found.kind, found.refused, found.address_dead) == ("bounced", True, False)
    assert received(sparkpost(), call({"msys": {}})).receipts == ()


def test_it_reports_what_is_set_up() -> None:
    reports_what_is_set_up(sparkpost, logins=())
    on = asked_json(sparkpost(reports=["opened", "clicked"]))
    assert on == asked_json(sparkpost()) | {"options": {"open_tracking": True, "click_tracking": True}}

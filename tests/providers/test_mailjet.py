"""Mailjet's codec against what is known of its documentation (sources in the codec's docstring)."""

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
from unichannel.providers.mailjet import BOUNCES, Mailjet

LOGIN = "hook:the-secret"


def mailjet(**settings: Any) -> Mailjet:
    return Mailjet("the-key", "the-secret", **{"sender": SENDER, "logins": LOGIN, **settings})


def event(name: str, **more: Any) -> dict[str, Any]:
    return {"event": name, "time": 1788999000, "MessageID": 19421777835146490, "email": TO, "CustomID": KEY, **more}


def call(*events: Any) -> Request:
    return posted(list(events), Authorization=basic(LOGIN))


BOUNCE = event(
    "bounce", blocked=False, hard_bounce=True, error_related_to="recipient", error="user unknown", comment="550"
)


class TestConformance(MailConformance):
    make = staticmethod(mailjet)
    turned = ("logins", LOGIN, "hook:new")
    signature_headers = ("Authorization",)
    signs_body = False

    @pytest.fixture
    def accepting(self) -> httpx.Response:
        to = [{"Email": TO, "MessageUUID": "123", "MessageID": 20547681647433000, "MessageHref": "https://x"}]
        return httpx.Response(200, json={"Messages": [{"Status": "success", "CustomID": KEY, "To": to}]})

    @pytest.fixture
    def refusing(self) -> httpx.Response:
        return refusal("mj-0013", "To[0].Email")

    @pytest.fixture
    def webhooks(self) -> Sequence[tuple[Request, Sequence[str]]]:
        click = event("click", url="https://mailjet.com", ip="127.0.0.1", agent="Mozilla/5.0 (X11)")
        return (
            (
                call(event("sent", smtp_reply="sent (250 2.0.0 OK)"), event("open"), click),
                ["delivered", "opened", "clicked"],
            ),
            (call(BOUNCE), ["bounced"]),
            (call(event("blocked", error_related_to="recipient", error="preblocked")), ["rejected"]),
            (call(event("bounce", hard_bounce=False, error="greylisted")), ["deferred"]),
            (
                call(event("spam", source="JMRPP"), event("unsub"), event("x")),
                ["complained", "unsubscribed", "unknown"],
            ),
        )


def refusal(code: str, about: str, status: int = 400) -> httpx.Response:
    error = {"ErrorIdentifier": "f987008f", "ErrorCode": code, "StatusCode": status, "ErrorMessage": f"{TO} is invalid"}
    return httpx.Response(
        status, json={"Messages": [{"Status": "error", "Errors": [{**error, "ErrorRelatedTo": [about]}]}]}
    )


def test_the_request_is_the_documented_one() -> None:
    request = requested(mailjet())
    assert (request.method, str(request.url)) == ("POST", "https://api.mailjet.com/v3.1/send")
    assert request.headers["Authorization"] == basic("the-key:the-secret")
    assert asked_json(mailjet()) == {
        "Messages": [
            {
                "From": {"Email": "news@example.org", "Name": "Café"},
                "To": [{"Email": TO}],
                "Subject": "Hello",
                "TextPart": "Good day",
                "HTMLPart": "<p>Good day</p>",
                "Headers": {
                    "List-Unsubscribe": "<https://app.example.com/u/token>",
                    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                },
                "CustomID": KEY,
            }
        ]
    }


def test_refusals_mean_what_the_table_says() -> None:
    outcomes(
        mailjet(),
        {
            "keys": (httpx.Response(401, json={"ErrorCode": "mj-0002", "StatusCode": 401}), "retry", ""),
            "address": (refusal("mj-0013", "To[0].Email"), "failed", "dead"),
            "our own address": (refusal("mj-0013", "From.Email"), "failed", ""),
            "sender": (refusal("send-0008", "From", 403), "retry", ""),
            "busy": (httpx.Response(429), "retry", ""),
            "broken": (httpx.Response(500), "in_doubt", ""),
        },
    )
    no_sender_is_kept(mailjet)


@pytest.mark.parametrize("error", BOUNCES)
def test_an_error_says_what_it_is_of_the_address(error: str) -> None:
    found = one(mailjet(), call(event("bounce", hard_bounce=True, error=error)))
    reason, more = BOUNCES[error]
    assert (found.kind, found.reason, found.code) == ("bounced", reason, error)
    assert (found.address_dead, found.refused) == (more.get("address_dead", False), more.get("refused", False))


def test_a_single_event_needs_no_list() -> None:
    found = one(mailjet(), posted(event("sent"), Authorization=basic(LOGIN)))
    assert (found.key, found.provider_id, found.occurred) == (KEY, "19421777835146490", 1_788_999_000_000_000)
    assert received(mailjet(), call()).answer.status == 200  # any other is brought again for a day


def test_it_reports_what_is_set_up() -> None:
    reports_what_is_set_up(mailjet, logins=())
    on = asked_json(mailjet(reports=["opened", "clicked"]))["Messages"][0]
    assert on == asked_json(mailjet())["Messages"][0] | {"TrackOpens": "enabled", "TrackClicks": "enabled"}

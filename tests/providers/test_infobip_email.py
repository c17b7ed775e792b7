"""Infobip's e-mail codec against its OpenAPI (stored copies read on 2026-11-22; sources in the codec's docstring)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from tests.providers.mail import (
    SENDER,
    TO,
    UNSUBSCRIBE,
    MailConformance,
    asked_json,
    delivery,
    no_sender_is_kept,
    outcomes,
    posted,
    reports_what_is_set_up,
    requested,
    sent,
)
from tests.providers.suite import KEY, NOW, context, one
from unichannel.core.messaging.content import Email
from unichannel.errors import BadSignature, ConfigurationError
from unichannel.ports import Outcome, Request
from unichannel.providers._shared.infobip import KEPT, SETTLING
from unichannel.providers._shared.signing import basic_login
from unichannel.providers.infobip_email import BOUNCED, DROPPED, ERRORS, InfobipEmail
from unichannel.testing.conformance.provider import converse

BASE = "https://xxxxx.api.infobip.com"
ID = f"{KEY}-1"


def infobip(**settings: Any) -> InfobipEmail:
    given = {"sender": SENDER, "logins": "hook:the-secret", **settings}
    return InfobipEmail(given.pop("base_url", BASE), "the-key", **given)


def state(group: str, name: str) -> Mapping[str, Any]:
    return {"groupId": 1, "groupName": group, "id": 7, "name": name, "description": f"about {TO}"}


def answer(group: str = "PENDING", name: str = "PENDING_ENROUTE") -> httpx.Response:
    """EmailResponse."""
    told = {"messageId": ID, "status": state(group, name), "destination": TO}
    return httpx.Response(200, json={"bulkId": "a28dd97c-2222-4fcf-99f1-0b557ed381da", "messages": [told]})


def refusal(status: int) -> httpx.Response:
    """ApiError."""
    return httpx.Response(status, json={"errorCode": f"E{status}", "description": f"about {TO}", "violations": []})


def call(body: Any, login: str = "hook:the-secret") -> Request:
    return posted(body, Authorization=basic_login(*login.split(":")))


def report(group: str, name: str, error: str = "NO_ERROR", **more: Any) -> Request:
    """WebhookDLRPayload."""
    told = {
        "bulkId": "aszzmbhu62l7bxkhmyrj",
        "price": {"pricePerMessage": 0, "currency": "UNKNOWN"},
        "status": state(group, name),
        "error": {"id": 0, "name": error, "description": f"about {TO}", "groupId": 0, "permanent": False},
        "messageId": ID,
        "doneAt": "2020-09-08T05:27:59.256+0000",
        "smsCount": 1,
        "sentAt": "2020-09-08T05:27:57.628+0000",
        "callbackData": KEY,
        "to": TO,
        **more,
    }
    return call({"results": [told]})


def undelivered(error: str) -> Request:
    return report("UNDELIVERABLE", "UNDELIVERABLE_REJECTED_OPERATOR", error)


def tracked(kind: str, **more: Any) -> Request:
    """WebhookTrackingPayload."""
    told = {
        "notificationType": kind,
        "eventId": f"8d2f8781-{kind}",
        "domain": "some-domain.com",
        "recipient": TO,
        "sendDateTime": 1704106800000,
        "messageId": ID,
        "bulkId": "ikzzmbhu6223bxkhmyrj",
        "callbackData": KEY,
        "recipientInfo": {"deviceType": "Phone", "os": "iOS 12", "deviceName": "Apple"},
    }
    return call({**told, **more})


class TestConformance(MailConformance):
    make = staticmethod(infobip)
    turned = ("logins", "hook:the-secret", "hook:new")
    hidden = ("the-secret", "the-key")
    signature_headers = ("Authorization",)
    signs_body = False

    @pytest.fixture
    def accepting(self) -> httpx.Response:
        return answer()

    @pytest.fixture
    def refusing(self) -> httpx.Response:
        return refusal(400)

    @pytest.fixture
    def finding(self) -> httpx.Response | None:
        return logs({"messageId": ID, "status": state("PENDING", "PENDING_ENROUTE")})

    @pytest.fixture
    def webhooks(self) -> Sequence[tuple[Request, Sequence[str]]]:
        return (
            (report("PENDING", "PENDING_ACCEPTED"), ["queued"]),
            (report("PENDING", "PENDING_ENROUTE"), ["sent"]),
            (report("DELIVERED", "DELIVERED_TO_HANDSET"), ["delivered"]),
            (undelivered("EC_HARD_BOUNCE"), ["bounced"]),
            (undelivered("EC_UNSUBSCRIBED_EMAIL_ADDRESS"), ["rejected"]),
            (report("REJECTED", "REJECTED_VALIDATION_FAILED"), ["rejected"]),
            (report("EXPIRED", "EXPIRED_EXPIRED"), ["failed"]),
            (report("TELEPORTED", "TELEPORTED_HOME"), ["unknown"]),
            (tracked("OPENED"), ["opened"]),
            (tracked("CLICKED"), ["clicked"]),
            (tracked("COMPLAINED"), ["complained"]),
            (tracked("UNSUBSCRIBED"), ["unsubscribed"]),
            (tracked("LATE_BOUNCE"), ["bounced"]),
            (call({"eventId": "550e", "eventDetails": {"type": "HIGH_BOUNCE_RATE_WARNING"}}), ["unknown"]),
        )


def test_the_request_is_the_documented_one() -> None:
    request = requested(infobip(), attempt=2)
    assert (request.method, str(request.url)) == ("POST", f"{BASE}/email/4/messages")
    assert request.headers["Authorization"] == "App the-key"
    body = json.loads(request.content)
    headers = json.loads(body["messages"][0]["content"].pop("headers"))
    assert headers == dict(UNSUBSCRIBE)
    assert body == {
        "messages": [
            {
                "sender": "Café <news@example.org>",
                "destinations": [{"to": [{"destination": TO, "messageId": f"{KEY}-2"}]}],
                "content": {"subject": "Hello", "text": "Good day", "html": "<p>Good day</p>"},
                "webhooks": {"callbackData": KEY},
            }
        ],
        "options": {"tracking": {"track": False, "trackOpens": False, "trackClicks": False}},
    }
    replied = asked_json(infobip(), headers=(), content=Email("x", text="t", reply_to="Re <re@x.org>"))["messages"][0]
    assert (replied["destinations"][0]["replyTo"], "headers" in replied["content"]) == ("re@x.org", False)


def test_refusals_mean_what_the_table_says() -> None:
    outcomes(
        infobip(),
        {
            "accepted": (answer(), "accepted", ""),
            "key": (refusal(401), "retry", ""),
            "scope": (refusal(403), "retry", ""),
            "wrong": (refusal(400), "failed", ""),
            "busy": (refusal(429), "retry", ""),
            "broken": (refusal(500), "in_doubt", ""),
            "no id": (httpx.Response(200, json={"messages": []}), "in_doubt", ""),
            "trial": (answer("REJECTED", "REJECTED_FREE_TRIAL_EXCEEDED"), "retry", ""),
            "address": (answer("REJECTED", "REJECTED_DESTINATION"), "failed", "dead"),
            "blocklist": (answer("REJECTED", "REJECTED_DESTINATION_BLOCKLISTED"), "failed", "opted_out"),
            "header": (answer("REJECTED", "REJECTED_VALIDATION_FAILED"), "failed", ""),
            "again": (answer("REJECTED", "REJECTED_DUPLICATE_MESSAGE_ID"), "in_doubt", ""),
            "new": (answer("REJECTED", "REJECTED_BY_A_NEW_RULE"), "failed", ""),
        },
    )
    assert sent(infobip(), answer()).provider_id == ID
    assert all(sent(infobip(), refusal(status)).misconfigured for status in (401, 403))
    assert sent(infobip(), answer("REJECTED", "REJECTED_NOT_ENOUGH_CREDITS")).misconfigured
    own = {"REJECTED_VALIDATION_FAILED": ("opted_out", "the person's list."), "E400": ("dead", "no mailbox.")}
    assert sent(infobip(errors=own), answer("REJECTED", "REJECTED_VALIDATION_FAILED")).address == "opted_out"
    assert sent(infobip(errors=own), refusal(400)).address == "dead"
    no_sender_is_kept(infobip)
    with pytest.raises(ConfigurationError):
        infobip(base_url="http://xxxxx.api.infobip.com")


def test_a_bounce_says_what_it_is() -> None:
    found = one(infobip(), undelivered("EC_HARD_BOUNCE"))
    assert (found.key, found.provider_id, found.address, found.code) == (KEY, ID, TO, "EC_HARD_BOUNCE")
    assert (found.kind, found.address_dead, found.occurred) == ("bounced", True, 1_599_542_879_256_000)
    unknown = one(infobip(), undelivered("EC_OF_A_NEW_KIND"))
    assert (unknown.kind, unknown.code, unknown.address_dead) == ("bounced", "UNDELIVERABLE_REJECTED_OPERATOR", False)
    delivered = one(infobip(), report("DELIVERED", "DELIVERED_TO_HANDSET"))
    assert (delivered.code, delivered.reason) == ("", "")
    own = infobip(errors={"EC_HARD_BOUNCE": ("permanent", "try again.")})
    assert not one(own, undelivered("EC_HARD_BOUNCE")).address_dead


@pytest.mark.parametrize("error", [*DROPPED, *BOUNCED])
def test_each_error_blames_as_its_table_says(error: str) -> None:
    """What Infobip did not send is no bounce, whatever its status."""
    found = one(infobip(), undelivered(error))
    meaning = ERRORS[error].meaning
    assert found.kind == ("rejected" if error in DROPPED else "bounced")
    assert (found.address_dead, found.refused) == (meaning == "dead", meaning == "opted_out")
    assert (found.code, found.reason) == (error, ERRORS[error].reason)


def test_tracked_events_carry_our_key() -> None:
    """Of an event only the instant of its sending is told, so it counts from its arrival."""
    found = one(infobip(), tracked("CLICKED", url="https://www.somelink.com"))
    assert (found.key, found.provider_id, found.address) == (KEY, ID, TO)
    assert (found.url, found.id, found.occurred) == ("https://www.somelink.com", "8d2f8781-CLICKED", NOW)
    late = one(infobip(), tracked("LATE_BOUNCE"))
    assert (late.reason, late.address_dead) == ("it bounced after it had been accepted", False)
    with pytest.raises(BadSignature):
        one(infobip(logins=()), tracked("OPENED"))


def test_it_reports_what_is_set_up() -> None:
    """Infobip tracks by default: what nobody asked for is switched off."""
    reports_what_is_set_up(infobip, logins=())
    opens = asked_json(infobip(reports=["opened"]))["options"]["tracking"]
    assert opens == {"track": True, "trackOpens": True, "trackClicks": False}


def logs(*entries: Mapping[str, Any]) -> httpx.Response:
    return httpx.Response(200, json={"results": entries, "cursor": {"limit": 50}})


def looked(answered: httpx.Response, since: int = SETTLING, attempt: int = 1) -> Outcome | None:
    outbound = delivery(since=context().now - since, attempt=attempt)
    return converse(infobip().look_up(outbound, context()), lambda _: answered)[0]


def test_a_doubtful_send_is_looked_up_by_the_ids_of_its_attempts() -> None:
    """P33: only a log that is read, at a time when it is whole, proves absence."""
    (request,) = converse(infobip().look_up(delivery(attempt=2), context()), lambda _: logs())[1]
    assert (request.method, request.url.path) == ("GET", "/email/4/logs")
    assert parse_qs(request.url.query.decode()) == {"messageId": [f"{KEY}-1,{KEY}-2"]}
    there = {"messageId": f"{KEY}-2", "status": state("DELIVERED", "DELIVERED_TO_HANDSET")}
    found = looked(logs(there), attempt=2)
    assert found is not None
    assert (found.kind, found.provider_id) == ("accepted", f"{KEY}-2")
    assert looked(logs()) is None
    for doubtful in (looked(logs(), SETTLING - 1), looked(logs(), KEPT + 1), looked(refusal(403))):
        assert doubtful is not None
        assert doubtful.kind == "in_doubt"

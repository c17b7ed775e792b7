"""Sinch's codec against its documentation (stored copies read on 2026-11-22; pages in the codec's docstring)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
import respx

from tests.providers.suite import HOOK, KEY, NOW, STAMP, context, one, received
from tests.providers.texts import (
    BARE,
    PHONE,
    SENDER,
    TEXT,
    TextConformance,
    asked,
    asked_json,
    delivery,
    is_refused,
    kinds,
    outcomes,
    sent,
)
from unichannel.core.messaging.content import Media, Mms, Sms
from unichannel.errors import BadSignature, ConfigurationError
from unichannel.ports import Outcome, Request
from unichannel.providers.sinch import SETTLING, STATUSES, Sinch
from unichannel.testing.conformance.provider import converse

SECRET = "foo_secret1234"
PLAN = "jd63jf88477ll123ab4567cd89012ef3"
BATCH = "01FC66621XXXXX119Z8PMV1QPQ"
AT = "2026-09-10T00:10:00.000Z"
IMAGE = Media("https://example.com/image.jpg")
ACCEPTED = {  # sms/batches, "Send", response
    "id": BATCH,
    "to": [BARE],
    "from": "447700900001",
    "canceled": False,
    "body": TEXT,
    "type": "mt_text",
    "created_at": "2026-09-10T00:09:59.000Z",
    "client_reference": KEY,
}


def sinch(**settings: Any) -> Sinch:
    given = {"sender": SENDER, "secrets": SECRET, **settings}
    return Sinch(PLAN, "the-secret", **given)


def call(event: Any, secret: str = SECRET, stamp: str = STAMP, nonce: str = "01FJA8B4A7BM43YGWSG9GBV067") -> Request:
    body = json.dumps(event).encode()
    signed = body + f".{nonce}.{stamp}".encode()
    headers = {
        "x-sinch-webhook-signature": base64.b64encode(
            hmac.new(secret.encode(), signed, hashlib.sha256).digest()
        ).decode(),
        "x-sinch-webhook-signature-nonce": nonce,
        "x-sinch-webhook-signature-timestamp": stamp,
        "x-sinch-webhook-signature-algorithm": "HmacSHA256",
    }
    return Request("POST", HOOK, headers, body)


def report(status: str, code: int, **more: Any) -> dict[str, Any]:
    """As sinch-sdk-python's tests have a recipient delivery report."""
    told = {"at": AT, "batch_id": BATCH, "client_reference": KEY, "code": code, "recipient": BARE, "status": status}
    return {**told, "operator_status_at": AT, "type": "recipient_delivery_report_sms", **more}


def inbound(text: Any, **more: Any) -> dict[str, Any]:
    told = {"id": "OzQ5UqIOdoY8", "from": BARE, "to": "447700900001", "body": text, "received_at": AT}
    return {**told, "type": "mo_text", "operator_id": "35000", **more}


def looked_up(answer: httpx.Response, now: int = NOW) -> tuple[Outcome | None, list[httpx.Request]]:
    return converse(sinch().look_up(delivery(), context(now=now)), lambda _: answer)


class TestConformance(TextConformance):
    make = staticmethod(sinch)
    turned = ("secrets", SECRET, "new")
    signature_headers = tuple(f"x-sinch-webhook-signature{part}" for part in ("", "-nonce", "-timestamp"))
    window = 90_000

    @pytest.fixture
    def accepting(self) -> httpx.Response:
        return httpx.Response(201, json=ACCEPTED)

    @pytest.fixture
    def refusing(self) -> httpx.Response:
        return httpx.Response(400, json={"code": "syntax_constraint_violation", "text": "The request is wrong"})

    @pytest.fixture
    def finding(self) -> httpx.Response | None:
        return httpx.Response(200, json={"count": 1, "page": 0, "page_size": 10, "batches": [ACCEPTED]})

    @pytest.fixture
    def webhooks(self) -> Sequence[tuple[Request, Sequence[str]]]:
        return (
            (call(report("Queued", 400)), ["queued"]),
            (call(report("Dispatched", 401)), ["sent"]),
            (call(report("Delivered", 0)), ["delivered"]),
            (call(report("Failed", 11)), ["bounced"]),
            (call(report("Teleported", 0)), ["unknown"]),
            (call({"type": "delivery_report_sms", "batch_id": BATCH, "statuses": []}), ["unknown"]),
            (call(inbound("Hello")), ["inbound"]),
            (call(inbound("STOP", id="2")), ["unsubscribed", "inbound"]),
        )


def test_an_sms_is_that_of_the_documentation() -> None:
    request = asked(sinch(validity=3600))
    assert (request.method, str(request.url)) == ("POST", f"https://us.sms.api.sinch.com/xms/v1/{PLAN}/batches")
    assert request.headers["Authorization"] == "Bearer the-secret"
    assert json.loads(request.content) == {
        "from": "447700900001",
        "to": [BARE],
        "type": "mt_text",
        "body": TEXT,
        "delivery_report": "per_recipient",
        "callback_url": HOOK,
        "client_reference": KEY,
        "expire_at": "2026-09-10T01:26:40Z",
    }
    assert str(asked(sinch(region="eu")).url).startswith("https://eu.sms.api.sinch.com/")
    assert asked_json(sinch(), callback_url="")["delivery_report"] == "none"


def test_an_mms_has_one_file() -> None:
    body = asked_json(sinch(extra={"strict_validation": True}), Mms("Here", media=[IMAGE], subject="S"))
    assert (body["type"], body["strict_validation"]) == ("mt_media", True)
    assert body["body"] == {"url": IMAGE.url, "message": "Here", "subject": "S"}
    is_refused(sinch(), Mms("Here", media=[IMAGE, IMAGE]))
    assert asked_json(sinch(), Sms(TEXT, sender="ACME"))["from"] == "ACME"


def test_refusals_mean_what_the_table_says() -> None:
    def refused(status: int, code: str) -> httpx.Response:
        return httpx.Response(status, json={"code": code, "text": f"About {BARE}"})

    outcomes(
        sinch(),
        {
            "accepted": (httpx.Response(201, json=ACCEPTED), "accepted", ""),
            "login": (httpx.Response(401), "mend", ""),
            "blocked": (refused(403, "blocked_account"), "mend", ""),
            "plan": (httpx.Response(404), "mend", ""),
            "number": (refused(403, "illegal_number_type"), "failed", ""),
            "wrong": (refused(400, "syntax_invalid_parameter_format"), "failed", ""),
            "busy": (httpx.Response(429), "retry", ""),
            "no id": (httpx.Response(201, json={}), "in_doubt", ""),
            "broken": (httpx.Response(500), "in_doubt", ""),
        },
    )
    assert "api_token" in sent(sinch(), httpx.Response(401)).reason
    provider = sinch(errors={"syntax_invalid_parameter_format": ("dead", "no number.")})
    assert sent(provider, refused(400, "syntax_invalid_parameter_format")).address == "dead"


@respx.mock
def test_it_drives_over_httpx() -> None:
    route = respx.post(f"https://us.sms.api.sinch.com/xms/v1/{PLAN}/batches")
    route.mock(return_value=httpx.Response(201, json=ACCEPTED))
    conversation = sinch().send(delivery(), context())
    with httpx.Client() as client, pytest.raises(StopIteration) as end:
        conversation.send(client.send(next(conversation)))
    assert end.value.value.provider_id == BATCH


def test_a_doubtful_send_is_looked_up_by_our_key() -> None:
    found, requests = looked_up(httpx.Response(200, json={"batches": [ACCEPTED]}))
    assert found is not None
    assert (found.kind, found.provider_id) == ("accepted", BATCH)
    asked_for = parse_qs(requests[0].url.query.decode())
    assert asked_for["client_reference"] == [KEY]
    assert asked_for["start_date"] == ["2026-09-10T00:21:10Z"]
    other = httpx.Response(200, json={"batches": [{**ACCEPTED, "client_reference": "another"}]})
    assert looked_up(other)[0] is None
    assert looked_up(httpx.Response(200, json={"batches": []}))[0] is None
    for answer, now in (
        (httpx.Response(200, json={"batches": []}), delivery().since + SETTLING - 1),
        (httpx.Response(401, json={"batches": []}), NOW),
        (httpx.Response(200, json={"batches": None}), NOW),
    ):
        outcome = looked_up(answer, now)[0]
        assert outcome is not None
        assert outcome.kind == "in_doubt"


@pytest.mark.parametrize(("status", "kind"), [*STATUSES.items(), ("new", "unknown")])
def test_a_report_finds_its_delivery(status: str, kind: str) -> None:
    for written in (status, status.upper(), status.title()):
        found = one(sinch(), call(report(written, 0)))
        assert (found.kind, found.key, found.provider_id, found.id) == (kind, KEY, BATCH, f"{BATCH}:{status}")
        assert (found.channel, found.address, found.occurred) == ("sms", PHONE, NOW - 1_000_000_000)


def test_a_report_s_code_is_told_and_the_host_knows_better() -> None:
    found = one(sinch(), call(report("Aborted", 406, type="recipient_delivery_report_mms")))
    assert (found.channel, found.code, found.address_dead) == ("mms", "406", False)
    assert "validity" in found.reason
    assert one(sinch(errors={"11": ("dead", "none.")}), call(report("Failed", 11))).address_dead
    assert not one(sinch(errors={"0": ("dead", "none.")}), call(report("Delivered", 0))).address_dead
    without = {name: value for name, value in report("Delivered", 0).items() if name != "client_reference"}
    assert one(sinch(), call(without)).key == KEY, "the URL has it too"


def test_what_a_person_says() -> None:
    found = one(sinch(), call(inbound("Thanks 😀")))
    assert (found.text, found.address, found.channel, found.key) == ("Thanks 😀", PHONE, "sms", "")
    media = {"message": "Look", "media": [{"url": IMAGE.url, "content_type": "image/jpeg", "status": "Uploaded"}]}
    picture = one(sinch(), call(inbound(media, type="mo_media")))
    assert (picture.text, picture.channel) == ("Look", "mms")
    assert one(sinch(), call(inbound("AA==", type="mo_binary"))).kind == "unknown"
    assert kinds(received(sinch(keywords={"stop": ["basta cosi"]}), call(inbound("basta cosi")))) == [
        "unsubscribed",
        "inbound",
    ]


def test_the_signature_is_that_of_sinchs_own_clients() -> None:
    """The vector of sinch-sdk-dotnet's tests (Conversation, WebhooksTests, ValidateRequest)."""
    body = (
        b'{"app_id":"","accepted_time":"2021-10-18T17:49:13.813615Z","project_id":"e2df3a34-a71b-4448-9db5-a8d2baad28e4",'
        b'"contact_create_notification":{"contact":{"id":"01FJA8B466Y0R2GNXD78MD9SM1","channel_identities":[{"channel":'
        b'"SMS","identity":"48123456789","app_id":""}],"display_name":"New Test Contact","email":'
        b'"new.contact@email.com","external_id":"","metadata":"","language":"EN_US"}},"message_metadata":""}'
    )
    headers = {
        "x-sinch-webhook-signature": "6bpJoRmFoXVjfJIVglMoJzYXxnoxRujzR4k2GOXewOE=",
        "x-sinch-webhook-signature-nonce": "01FJA8B4A7BM43YGWSG9GBV067",
        "x-sinch-webhook-signature-timestamp": "1634579353",
    }
    request = Request("POST", HOOK, headers, body)
    assert kinds(received(sinch(), request, now=1_634_579_353_000_000)) == ["unknown"]


def test_a_login_proves_a_call_where_one_is_set() -> None:
    """P46: without a secret or a login nothing is believed."""
    unsigned = replace(call(report("Delivered", 0)), headers={})
    basic = {"Authorization": "Basic " + base64.b64encode(b"hook:password").decode()}
    provider = sinch(secrets=(), logins=["new:one", "hook:password"])
    assert one(provider, replace(unsigned, headers=basic)).kind == "delivered"
    for request in (unsigned, call(report("Delivered", 0))):
        with pytest.raises(BadSignature):
            received(provider, request)
        with pytest.raises(BadSignature):
            received(sinch(secrets=()), replace(request, headers={**request.headers, **basic}))
    assert sinch(secrets=()).abilities.reports == set()


@pytest.mark.parametrize(
    "settings", [{"validity": 0}, {"validity": 259_201}, {"sender": {"rcs": "x"}}, {"secrets": [""]}, {"logins": ""}]
)
def test_settings_that_cannot_work_are_errors_at_once(settings: Any) -> None:
    with pytest.raises(ConfigurationError):
        sinch(**settings)
    with pytest.raises(ConfigurationError):
        Sinch("", "token")

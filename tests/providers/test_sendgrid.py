"""SendGrid's codec against its documentation (stored copies read on 2026-11-22; pages in the codec's docstring)."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.providers.mail import (
    SENDER,
    TO,
    MailConformance,
    asked_json,
    no_sender_is_kept,
    outcomes,
    reports_what_is_set_up,
    requested,
)
from tests.providers.suite import KEY, STAMP, one, received
from unichannel.errors import BadSignature, ConfigurationError
from unichannel.ports import Request
from unichannel.providers.sendgrid import SendGrid

OURS, OTHER = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
ID = "14c5d75ce93.dfd.64b469"


def public(key: ec.EllipticCurvePrivateKey, encoding: Encoding = Encoding.DER) -> str:
    written = key.public_key().public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(written).decode() if encoding is Encoding.DER else written.decode()


def sendgrid(**settings: Any) -> SendGrid:
    return SendGrid("the-secret", **{"sender": SENDER, "public_key": public(OURS), **settings})


def signed(body: bytes, stamp: str = STAMP) -> Request:
    signature = OURS.sign(stamp.encode() + body, ec.ECDSA(SHA256()))
    headers = {
        "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
        "X-Twilio-Email-Event-Webhook-Timestamp": stamp,
    }
    return Request("POST", "https://app.example.com/hooks/sendgrid", headers, body)


def event(name: str, **more: Any) -> dict[str, Any]:
    # /for-developers/tracking-events/event, the examples.
    return {
        "email": TO,
        "timestamp": 1788999000,
        "smtp-id": "<14c5d75ce93.dfd.64b469@ismtpd-555>",
        "event": name,
        "category": ["cat facts"],
        "sg_event_id": f"id-of-{name}-{len(more)}",
        "sg_message_id": f"{ID}.filter0001.16648.5515E0B88.0",
        "unichannel_key": KEY,
        **more,
    }


def call(*events: Any) -> Request:
    return signed(json.dumps(events).encode())


BATCH = call(
    event("processed"),
    event("deferred", response="400 try again later", attempt="5"),
    event("delivered", response="250 OK"),
    event("open", useragent="Mozilla/4.0 (compatible; MSIE 6.1; Windows XP)", ip="255.255.255.255"),
    event("click", url="http://www.sendgrid.com/", ip="255.255.255.255"),
    event("bounce", reason="500 unknown recipient", status="5.0.0", type="bounce"),
    event("dropped", reason="Bounced Address", status="5.0.0"),
    event("spamreport"),
    event("unsubscribe"),
    event("group_unsubscribe", asm_group_id=10),
    event("group_resubscribe", asm_group_id=10),
    event("account_status_change"),
    "not an event",
)
KINDS = (
    "queued deferred delivered opened clicked bounced rejected complained unsubscribed unsubscribed subscribed unknown"
)


class TestConformance(MailConformance):
    make = staticmethod(sendgrid)
    turned = ("public_key", public(OURS, Encoding.PEM), public(OTHER))
    signature_headers = ("X-Twilio-Email-Event-Webhook-Signature", "X-Twilio-Email-Event-Webhook-Timestamp")
    window = 90_000

    @pytest.fixture
    def accepting(self) -> httpx.Response:
        return httpx.Response(202, headers={"X-Message-Id": ID})

    @pytest.fixture
    def refusing(self) -> httpx.Response:
        return refusal(400, "personalizations.0.to.0.email", "Does not contain a valid address.")

    @pytest.fixture
    def webhooks(self) -> Sequence[tuple[Request, Sequence[str]]]:
        return ((call(event("delivered", response="250 OK")), ["delivered"]), (call(event("open")), ["opened"]))


def refusal(status: int, field: str | None, message: str) -> httpx.Response:
    return httpx.Response(status, json={"errors": [{"message": message, "field": field, "help": None}]})


def test_the_request_is_the_documented_one() -> None:
    request = requested(sendgrid())
    assert (request.method, str(request.url)) == ("POST", "https://api.sendgrid.com/v3/mail/send")
    assert request.headers["Authorization"] == "Bearer the-secret"
    assert asked_json(sendgrid()) == {
        "personalizations": [{"to": [{"email": TO}]}],
        "from": {"email": "news@example.org", "name": "Café"},
        "subject": "Hello",
        "content": [
            {"type": "text/plain", "value": "Good day"},
            {"type": "text/html", "value": "<p>Good day</p>"},
        ],
        "headers": {
            "List-Unsubscribe": "<https://app.example.com/u/token>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
        "custom_args": {"unichannel_key": KEY},
    }


def test_refusals_mean_what_the_table_says() -> None:
    outcomes(
        sendgrid(),
        {
            "key": (refusal(401, None, "The provided authorization grant is invalid"), "retry", ""),
            "credits": (refusal(401, None, "Maximum credits exceeded"), "retry", ""),
            "sender": (refusal(403, "from", "The from address does not match a verified Sender"), "retry", ""),
            "address": (refusal(400, "personalizations.0.to.0.email", f"{TO} is none"), "failed", "dead"),
            "other": (refusal(400, "subject", "The subject is required."), "failed", ""),
            "busy": (refusal(429, None, "too many requests"), "retry", ""),
            "no id": (httpx.Response(202), "in_doubt", ""),
            "broken": (httpx.Response(502), "in_doubt", ""),
        },
    )
    no_sender_is_kept(sendgrid)


def test_a_batch_is_read_one_by_one_and_what_is_new_is_unknown() -> None:
    receipts = received(sendgrid(), BATCH).receipts
    assert [one.kind for one in receipts] == KINDS.split()
    assert {(one.key, one.provider_id, one.address, one.occurred) for one in receipts} == {
        (KEY, ID, TO, 1788999000_000000)
    }
    assert receipts[4].url == "http://www.sendgrid.com/"
    assert receipts[5].address_dead
    assert receipts[6].address_dead
    assert receipts[11].raw["event"] == "account_status_change"


def test_a_block_is_no_dead_address_and_a_suppression_is_a_refusal() -> None:
    block = one(sendgrid(), call(event("bounce", type="blocked", status="5.7.1", reason="550 spam")))
    assert (block.kind, block.address_dead, block.reason) == ("bounced", False, "soft bounce")
    dropped = one(sendgrid(), call(event("dropped", reason="Unsubscribed Address")))
    assert (dropped.kind, dropped.refused, dropped.address_dead) == ("rejected", True, False)


def test_a_machine_s_open_is_no_person_s() -> None:
    """P34: SendGrid marks opens by Apple's proxy."""
    assert one(sendgrid(), call(event("open", sg_machine_open=True))).machine
    assert not one(sendgrid(), call(event("open", sg_machine_open=False))).machine


def test_without_a_public_key_nothing_is_believed() -> None:
    """P46: a call that nobody can verify is not read."""
    with pytest.raises(BadSignature):
        received(sendgrid(public_key=()), BATCH)
    with pytest.raises(ConfigurationError):
        sendgrid(public_key="no key")


def test_it_reports_what_is_set_up() -> None:
    reports_what_is_set_up(sendgrid, public_key=())
    on = asked_json(sendgrid(reports=["opened", "clicked"]))
    tracking = {"open_tracking": {"enable": True}, "click_tracking": {"enable": True}}
    assert on == asked_json(sendgrid()) | {"tracking_settings": tracking}

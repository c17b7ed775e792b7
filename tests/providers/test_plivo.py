"""Plivo's codec against its documentation (stored copies read on 2026-11-22; pages in the codec's docstring)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx
import pytest
import respx

from tests.providers.suite import HOOK, KEY, context, one, received
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
from unichannel.errors import BadSignature, ConfigurationError, MalformedWebhook
from unichannel.ports import Request
from unichannel.providers.plivo import Plivo

UUID = "db3ce55a-7f1d-11e1-8ea7-1231380bc196"
ACCEPTED = {"message": "message(s) queued", "message_uuid": [UUID], "api_id": "db342550-7f1d-11e1-8ea7-1231380bc196"}
TOKEN = "the-secret"
NONCE = "05429567804466091622"
IMAGE = Media("https://example.com/image.jpg")


def plivo(**settings: Any) -> Plivo:
    return Plivo("MAXXXXXX", settings.pop("auth_token", TOKEN), **{"sender": SENDER, **settings})


def sign(url: str, form: Mapping[str, str], nonce: str = NONCE, token: str = TOKEN) -> str:
    """As ``get_signature_v3`` of plivo-python's utils/signature_v3.py."""
    base, _, query = url.partition("?")
    asked = "&".join(f"{name}={value}" for name, value in sorted(parse_qsl(query)))
    signed = base + ("?" if asked or form else "") + asked + ("." if asked and form else "")
    signed += "".join(name + form[name] for name in sorted(form)) + "." + nonce
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha256).digest()).decode()


def call(form: Mapping[str, str], url: str = HOOK, name: str = "X-Plivo-Signature-V3") -> Request:
    headers = {name: sign(url, form), "X-Plivo-Signature-V3-Nonce": NONCE}
    return Request("POST", url, headers, urlencode(form).encode())


def status(kind: str, **more: str) -> dict[str, str]:
    """The parameters of api/message/message-status-callbacks."""
    told = {"MessageUUID": UUID, "To": BARE, "From": "447700900001", "Type": "sms", "Status": kind, "Units": "2"}
    price = {"TotalRate": "0.00650", "TotalAmount": "0.01300", "MessageTime": "2026-09-10 00:00:00.000000"}
    return {**told, **price, **more}


def inbound(text: str, **more: str) -> dict[str, str]:
    """The parameters of xml/request."""
    return {"From": BARE, "To": "447700900001", "Type": "sms", "Text": text, "MessageUUID": "in-1", **more}


class TestConformance(TextConformance):
    make = staticmethod(plivo)
    turned = ("auth_token", TOKEN, "new")
    signature_headers = ("X-Plivo-Signature-V3", "X-Plivo-Signature-V3-Nonce")

    @pytest.fixture
    def accepting(self) -> httpx.Response:
        return httpx.Response(202, json=ACCEPTED)

    @pytest.fixture
    def refusing(self) -> httpx.Response:
        return httpx.Response(400, json={"api_id": "x", "error": "dst is not valid"})

    @pytest.fixture
    def webhooks(self) -> Sequence[tuple[Request, Sequence[str]]]:
        return (
            (call(status("queued")), ["queued"]),
            (call(status("sent", SentTime="2026-09-10 00:10:00.000000")), ["sent"]),
            (call(status("delivered", DeliveryReportTime="2026-09-10 00:10:01.000000")), ["delivered"]),
            (call(status("undelivered", ErrorCode="070")), ["bounced"]),
            (call(status("teleported")), ["unknown"]),
            (call(inbound("See you at 5 & don't stop"), "https://app.example.com/in"), ["inbound"]),
            (call(inbound("STOP", MessageUUID="in-2")), ["unsubscribed", "inbound"]),
        )


def test_an_sms_is_that_of_the_documentation() -> None:
    request = asked(plivo())
    assert (request.method, str(request.url)) == ("POST", "https://api.plivo.com/v1/Account/MAXXXXXX/Message/")
    assert request.headers["Authorization"] == "Basic " + base64.b64encode(b"MAXXXXXX:the-secret").decode()
    assert json.loads(request.content) == {
        "src": "447700900001",
        "dst": BARE,
        "type": "sms",
        "text": TEXT,
        "url": HOOK,
        "method": "POST",
    }


def test_an_mms_a_powerpack_and_extra() -> None:
    body = asked_json(plivo(extra={"message_expiry": 600}), Mms("Here", media=[IMAGE]))
    assert (body["type"], body["text"], body["media_urls"], body["message_expiry"]) == ("mms", "Here", [IMAGE.url], 600)
    pooled = asked_json(plivo(sender="", powerpack="86bbb125"))
    assert pooled["powerpack_uuid"] == "86bbb125"
    assert "src" not in pooled
    named = asked_json(plivo(sender="", powerpack="86bbb125"), Sms(TEXT, sender="ACME"))
    assert named["src"] == "ACME"
    assert "powerpack_uuid" not in named


def test_what_cannot_be_carried_whole_is_refused() -> None:
    is_refused(plivo(), Sms("é€" + "ж" * 736))
    is_refused(plivo(), Mms("x", media=[IMAGE], subject="S"))
    is_refused(plivo(), Mms("x", media=[Media(IMAGE.url, caption="below")]))
    assert asked_json(plivo(), Sms("x" * 1600))["text"] == "x" * 1600


def test_refusals_mean_what_the_table_says() -> None:
    outcomes(
        plivo(),
        {
            "accepted": (httpx.Response(202, json=ACCEPTED), "accepted", ""),
            "login": (httpx.Response(401, text="Could not verify your access level"), "mend", ""),
            "account": (httpx.Response(404, json={"error": "not found"}), "mend", ""),
            "wrong": (httpx.Response(400, json={"error": f"{BARE} is none"}), "failed", ""),
            "busy": (httpx.Response(429), "retry", ""),
            "no id": (httpx.Response(202, json={"message_uuid": []}), "in_doubt", ""),
            "broken": (httpx.Response(500), "in_doubt", ""),
        },
    )
    assert "auth_token" in sent(plivo(), httpx.Response(401)).reason
    assert sent(plivo(sender=""), httpx.Response(202)).misconfigured


@respx.mock
def test_it_drives_over_httpx() -> None:
    route = respx.post("https://api.plivo.com/v1/Account/MAXXXXXX/Message/")
    route.mock(return_value=httpx.Response(202, json=ACCEPTED))
    conversation = plivo().send(delivery(), context())
    with httpx.Client() as client, pytest.raises(StopIteration) as end:
        conversation.send(client.send(next(conversation)))
    assert end.value.value.provider_id == UUID
    assert json.loads(route.calls.last.request.content)["dst"] == BARE


@pytest.mark.parametrize(
    ("code", "dead", "refused"),
    [("050", True, False), ("70", True, False), ("200", False, True), ("999", False, False)],
)
def test_an_error_says_what_of_the_number(code: str, dead: bool, refused: bool) -> None:
    found = one(plivo(), call(status("failed", ErrorCode=code)))
    assert (found.kind, found.address_dead, found.refused) == ("failed", dead, refused)


def test_a_status_has_its_delivery_its_instant_and_its_price() -> None:
    found = one(plivo(currency="EUR"), call(status("delivered", DeliveryReportTime="2026-09-10 00:10:00.500000")))
    assert (found.key, found.provider_id, found.id) == (KEY, UUID, f"{UUID}:delivered")
    assert (found.channel, found.address, found.cost) == ("sms", PHONE, "0.013 EUR")
    assert found.occurred == 1_788_999_000_500_000


def test_a_person_s_message_and_the_hosts_words() -> None:
    found = one(plivo(), call(inbound("50 % + 1 &amp; 😀", Type="mms")))
    assert (found.text, found.address, found.channel, found.key) == ("50 % + 1 &amp; 😀", PHONE, "mms", "")
    provider = plivo(keywords={"stop": ["basta cosi"]})
    assert kinds(received(provider, call(inbound("basta cosi")))) == ["unsubscribed", "inbound"]
    answer: Any = received(plivo(), call(inbound("Hi"))).answer
    assert (answer.status, answer.body.endswith(b"<Response></Response>")) == (200, True)


def test_either_signature_in_either_place_is_believed() -> None:
    """P46: ``Ma-V3`` is the main account's; several stand in one header."""
    main = call(status("sent"), name="X-Plivo-Signature-MA-V3")
    assert one(plivo(), main).kind == "sent"
    first = call(status("sent"))
    both = {**first.headers, "X-Plivo-Signature-V3": "other=, " + first.headers["X-Plivo-Signature-V3"]}
    assert one(plivo(), replace(first, headers=both)).kind == "sent"


def test_the_url_is_signed_and_the_older_signature_is_not_believed() -> None:
    with pytest.raises(BadSignature):
        received(plivo(), replace(call(status("sent")), url=HOOK.replace("kE4", "kE5")))
    base = HOOK.partition("?")[0]
    old = base64.b64encode(hmac.new(TOKEN.encode(), (base + NONCE).encode(), hashlib.sha256).digest()).decode()
    headers = {"X-Plivo-Signature-V2": old, "X-Plivo-Signature-V2-Nonce": NONCE}
    with pytest.raises(BadSignature):
        received(plivo(), Request("POST", HOOK, headers, urlencode(status("sent")).encode()))


def test_what_is_signed_and_unreadable_is_malformed() -> None:
    signed = f"{HOOK}.Body\udcff.{NONCE}".encode("utf-8", "surrogateescape")
    headers = {
        "X-Plivo-Signature-V3": base64.b64encode(hmac.new(TOKEN.encode(), signed, hashlib.sha256).digest()).decode(),
        "X-Plivo-Signature-V3-Nonce": NONCE,
    }
    with pytest.raises(MalformedWebhook):
        received(plivo(), Request("POST", HOOK, headers, b"Body=%FF"))
    with pytest.raises(MalformedWebhook):
        received(plivo(), call({}))
    assert one(plivo(), call({"CallUUID": "x"})).kind == "unknown"


@pytest.mark.parametrize("url", ["https://[/x?key=a", "", "/hooks", "https://u:p@h:99999/"])
def test_odd_urls_do_not_raise_anything_else(url: str) -> None:
    assert one(plivo(), call(status("sent"), url)).kind == "sent"


@pytest.mark.parametrize(
    "settings", [{"auth_token": ""}, {"auth_token": ()}, {"sender": {"rcs": "x"}}, {"keywords": {"halt": ["x"]}}]
)
def test_settings_that_cannot_work_are_errors_at_once(settings: Any) -> None:
    with pytest.raises(ConfigurationError):
        plivo(**settings)

"""360dialog's codec against its documentation (stored copies read on 2026-11-22; pages in the codec's docstring)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import httpx
import pytest

from tests.providers import test_whatsapp as meta
from tests.providers.mail import basic
from tests.providers.suite import one
from tests.providers.talk import TalkConformance, asked, kinds, outcomes, reports_what_it_hears
from unichannel.errors import BadSignature
from unichannel.ports import Outbound, Request
from unichannel.providers.d360 import D360

LOGIN = "hook:the-secret"


def d360(**settings: Any) -> D360:
    return D360("the-token", **{"logins": LOGIN, **settings})


def call(request: Request, login: str = LOGIN) -> Request:
    """A call of Meta's as 360dialog passes it on."""
    return replace(request, headers={"Authorization": basic(login)})


def problem(status: int, said: str) -> httpx.Response:
    # /api/api-error-message-list and its revisions.
    return httpx.Response(status, json={"meta": {"httpCode": status, "developerMessage": said, "success": False}})


class TestConformance(TalkConformance):
    make = staticmethod(d360)
    turned = ("logins", LOGIN, "hook:new")
    signature_headers = ("Authorization",)
    signs_body = False

    @pytest.fixture
    def outbound(self) -> Outbound:
        return meta.to_ada()

    @pytest.fixture
    def accepting(self) -> httpx.Response:
        contacts = [{"input": meta.TO, "wa_id": "16505551234"}]
        said = {"messaging_product": "whatsapp", "contacts": contacts, "messages": [{"id": meta.WAMID}]}
        return httpx.Response(200, json=said)

    @pytest.fixture
    def refusing(self) -> httpx.Response:
        return meta.refusal(131047)

    @pytest.fixture
    def webhooks(self) -> Sequence[tuple[Request, Sequence[str]]]:
        return (
            (call(meta.status("sent")), ["sent"]),
            (call(meta.status("delivered")), ["delivered"]),
            (call(meta.status("read")), ["opened"]),
            (call(meta.failed(131026)), ["bounced"]),
            (call(meta.message("text", text={"body": "STOP"})), ["unsubscribed", "inbound"]),
            (call(meta.call("account_update", event="VERIFIED_ACCOUNT")), ["unknown"]),
        )


def test_the_request_is_meta_s_under_another_url_and_key() -> None:
    (request,) = asked(d360(), meta.to_ada())
    assert (request.method, str(request.url)) == ("POST", "https://waba-v2.360dialog.io/messages")
    assert request.headers["D360-API-KEY"] == "the-token"
    assert json.loads(request.content) == meta.asked_json(meta.whatsapp(), meta.to_ada())


def test_refusals_mean_what_the_table_says() -> None:
    outcomes(
        d360(),
        meta.to_ada(),
        {
            "key": (problem(401, "Invalid api_key"), "retry", ""),
            "disabled": (problem(400, "Your WhatsApp for Business API has been disabled."), "retry", ""),
            "limit": (problem(400, "You have exceeded the limit of 1 request every * seconds."), "retry", ""),
            "payment": (problem(400, "Could not send message due to lack of payment."), "retry", ""),
            "meta's": (meta.refusal(132000), "failed", ""),
            "unheard of": (problem(400, "No."), "failed", ""),
            "broken": (problem(502, "WhatsApp for Business API not available"), "in_doubt", ""),
        },
    )


def test_receipts_are_meta_s() -> None:
    assert one(d360(), call(meta.status("read"))) == one(meta.whatsapp(), meta.status("read"))
    assert kinds(d360(), call(meta.call(number="7", messages=[]))) == ["unknown"]
    with pytest.raises(BadSignature):
        kinds(d360(), call(meta.status("read"), "hook:guess"))
    reports_what_it_hears(d360, "logins")

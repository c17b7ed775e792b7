"""The codec of Firebase Cloud Messaging against its documentation (pages in its docstring)."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
import respx
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.providers.phone import PUSH, Bench, PhoneConformance, by_push
from tests.providers.suite import KEY, NOW
from unichannel.core.calendar.span import minutes
from unichannel.core.words.instant import HOUR, MINUTE, SECOND
from unichannel.errors import BadSignature, ConfigurationError
from unichannel.ports import Context, Outbound, Request
from unichannel.providers import Fcm
from unichannel.testing.conformance.provider import converse
from unichannel.transports.http import HttpTransport

PRIVATE = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
TOKENS = "https://oauth2.googleapis.com/token"
SENDS = "https://fcm.googleapis.com/v1/projects/myproject-b5ae1/messages:send"
NAME = "projects/myproject-b5ae1/messages/0:1500415314455276%31bd1c9631bd1c96"
DEVICE = "bk3RNwTe3H0:CI2k_HHwgIpoDKCIZvvDMExUdFQ3P1"
ACCOUNT = {
    "type": "service_account",
    "project_id": "myproject-b5ae1",
    "private_key_id": "abc123",
    "private_key": PEM,
    "client_email": "sender@myproject-b5ae1.iam.gserviceaccount.com",
    "token_uri": TOKENS,
}
KEY_NAME = "unichannel_key"
BENCH = Bench(by_push(DEVICE))


class Kept(dict[str, tuple[str, int]]):
    """A cache that holds a token whatever is written to it."""

    def get(self, key: Any, default: Any = None) -> Any:
        return ("ya29.token", NOW + HOUR)


FCM = Fcm(ACCOUNT)


def error(code: int, status: str, *details: dict[str, Any], message: str = "about the device") -> httpx.Response:
    told = {"code": code, "message": message, "status": status, "details": list(details)}
    return httpx.Response(code, json={"error": told})


def fcm_error(code: str) -> dict[str, Any]:
    return {"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code}


def about(field: str) -> dict[str, Any]:
    return {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [{"field": field}]}


def sent(answer: httpx.Response) -> Any:
    ctx = Context(NOW, bytes, tokens=Kept())
    return converse(FCM.send(BENCH.outbound, ctx), lambda _: answer)[0]


class TestConformance(PhoneConformance):
    make = staticmethod(lambda: FCM)
    turned = None
    hidden = (PEM, "ya29.token")

    @pytest.fixture
    def outbound(self) -> Outbound:
        return BENCH.outbound

    @pytest.fixture
    def ctx(self) -> Context:
        return Context(NOW, bytes, "https://app.example.com/hooks/fcm", Kept())

    @pytest.fixture
    def accepting(self) -> httpx.Response:
        return httpx.Response(200, json={"name": NAME})

    @pytest.fixture
    def refusing(self) -> httpx.Response:
        return error(404, "NOT_FOUND", fcm_error("UNREGISTERED"))

    @pytest.fixture
    def webhooks(self) -> Sequence[tuple[Request, Sequence[str]]]:
        return ()


def message(content: Any = PUSH, **changes: Any) -> Any:
    outbound = replace(BENCH.outbound, content=content, **changes)
    _, asked = converse(
        FCM.send(outbound, Context(NOW, bytes, tokens=Kept())), lambda _: httpx.Response(200, json={"name": NAME})
    )
    (request,) = asked
    assert (request.method, str(request.url)) == ("POST", SENDS)
    assert request.headers["Authorization"] == "Bearer ya29.token"
    return json.loads(request.content)["message"]


def test_the_request_is_the_documented_one() -> None:
    assert message() == {
        "token": DEVICE,
        "notification": {
            "title": "Héllo",
            "body": "Your order is on its way",
            "image": "https://example.com/shoe.png",
        },
        "data": {KEY_NAME: KEY, "url": "app://orders/12", "order": "12", "note": "", "tags": '["a"]'},
        "android": {
            "collapse_key": "order-12",
            "ttl": "86400s",
            "notification": {"sound": "ding", "tag": "order-12", "notification_count": 3},
        },
        "apns": {
            "headers": {"apns-collapse-id": "order-12", "apns-expiration": str(NOW // SECOND + 86_400)},
            "payload": {"aps": {"sound": "ding", "badge": 3, "mutable-content": 1}},
            "fcm_options": {"image": "https://example.com/shoe.png"},
        },
    }


def test_it_is_kept_no_longer_than_it_is_worth_something() -> None:
    plain = type(PUSH)("Hi", "there")
    assert message(plain) == {
        "token": DEVICE,
        "notification": {"title": "Hi", "body": "there"},
        "data": {KEY_NAME: KEY},
    }
    assert message(plain, expires=NOW + 5 * MINUTE)["android"] == {"ttl": "300s"}
    short = type(PUSH)("Hi", "there", ttl=minutes(1), badge=0)
    told = message(short, expires=NOW + 5 * MINUTE)
    assert told["android"] == {"ttl": "60s", "notification": {"notification_count": 0}}
    late = message(short, expires=NOW - 1)
    assert (late["android"]["ttl"], late["apns"]["headers"]["apns-expiration"]) == ("0s", "0")


def test_refusals_mean_what_the_table_says() -> None:
    """The bodies of error-codes, and of the errors that ErrorCode lists."""
    cases = {
        "gone": (error(404, "NOT_FOUND", fcm_error("UNREGISTERED")), "failed", "dead"),
        "no token by the words": (
            error(
                400,
                "INVALID_ARGUMENT",
                fcm_error("INVALID_ARGUMENT"),
                message="The registration token is not a valid FCM registration token",
            ),
            "failed",
            "dead",
        ),
        "no token by the field": (error(400, "INVALID_ARGUMENT", about("message.token")), "failed", "dead"),
        "a wrong value": (error(400, "INVALID_ARGUMENT", about("message.data[0].value")), "failed", ""),
        "no project": (error(404, "NOT_FOUND"), "mend", ""),
        "another project": (error(403, "PERMISSION_DENIED", fcm_error("SENDER_ID_MISMATCH")), "mend", ""),
        "not let in": (error(401, "UNAUTHENTICATED"), "mend", ""),
        "Apple's key": (error(401, "UNAUTHENTICATED", fcm_error("THIRD_PARTY_AUTH_ERROR")), "mend", ""),
        "too much": (error(429, "RESOURCE_EXHAUSTED", fcm_error("QUOTA_EXCEEDED")), "retry", ""),
        "away": (error(503, "UNAVAILABLE", fcm_error("UNAVAILABLE")), "retry", ""),
        "broken": (error(500, "INTERNAL", fcm_error("INTERNAL")), "in_doubt", ""),
        "yes without a name": (httpx.Response(200, json={}), "in_doubt", ""),
    }
    for name, (answer, kind, address) in cases.items():
        outcome = sent(answer)
        assert ("mend" if outcome.misconfigured else outcome.kind, outcome.address) == (kind, address), name
    apple = sent(error(401, "UNAUTHENTICATED", fcm_error("THIRD_PARTY_AUTH_ERROR")))
    assert "Apple" in apple.reason


def test_a_pause_is_kept() -> None:
    """Of a minute where none is named."""
    answer = error(429, "RESOURCE_EXHAUSTED", fcm_error("QUOTA_EXCEEDED"))
    assert sent(answer).retry_after == 60
    answer.headers["Retry-After"] = "7"
    assert sent(answer).retry_after == 7
    away = error(503, "UNAVAILABLE")
    away.headers["Retry-After"] = "12"
    assert sent(away).retry_after == 12


def test_the_hosts_own_table_goes_first() -> None:
    own = Fcm(ACCOUNT, errors={"SENDER_ID_MISMATCH": ("dead", "tokens of the old project.")})
    answer = error(403, "PERMISSION_DENIED", fcm_error("SENDER_ID_MISMATCH"))
    outcome, _ = converse(own.send(BENCH.outbound, Context(NOW, bytes, tokens=Kept())), lambda _: answer)
    assert (outcome.kind, outcome.address) == ("failed", "dead")


def unpacked(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_the_key_is_exchanged_for_a_token_as_google_says() -> None:
    (request,) = BENCH.requests(FCM)
    form = {name: value for name, (value,) in parse_qs(request.content.decode()).items()}
    assert (request.method, str(request.url), request.extensions["safe"]) == ("POST", TOKENS, True)
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    header, claims, signature = form["assertion"].split(".")
    assert json.loads(unpacked(header)) == {"alg": "RS256", "typ": "JWT", "kid": "abc123"}
    assert json.loads(unpacked(claims)) == {
        "iss": ACCOUNT["client_email"],
        "scope": "https://www.googleapis.com/auth/firebase.messaging",
        "aud": TOKENS,
        "iat": NOW // SECOND,
        "exp": NOW // SECOND + 3600,
    }
    PRIVATE.public_key().verify(unpacked(signature), f"{header}.{claims}".encode(), padding.PKCS1v15(), SHA256())


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (httpx.Response(400, json={"error": "invalid_grant", "error_description": "Invalid JWT"}), "service account"),
        (httpx.Response(401, json={"error": "invalid_client"}), "service account"),
        (httpx.Response(503), "no token now"),
        (httpx.Response(500), "no token now"),
        (httpx.Response(200, json={"id_token": "x"}), "no token now"),
        (httpx.Response(200, content=b"[]"), "no token now"),
    ],
)
def test_without_a_token_nothing_is_sent(answer: httpx.Response, told: str) -> None:
    """It is kept: what can be mended is mended, and nobody is lost by it."""
    outcome = BENCH.sent(FCM, answer)
    assert (outcome.kind, outcome.misconfigured) == ("retry", told == "service account")
    assert told in outcome.reason


@respx.mock
def test_a_token_serves_until_it_ends_or_is_refused() -> None:
    def grant(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"access_token": f"t{next(names)}", "expires_in": 3599})

    names = itertools.count()
    granted = respx.post(TOKENS).mock(side_effect=grant)
    taken = respx.post(SENDS).mock(return_value=httpx.Response(200, json={"name": NAME}))
    carrier = HttpTransport(FCM)

    def carry(now: int) -> str:
        assert carrier.carry(BENCH.outbound, Context(now, bytes)).kind in ("accepted", "retry")
        return str(taken.calls.last.request.headers["Authorization"])

    first = carry(NOW)
    assert carry(NOW + 50 * MINUTE) == first
    assert granted.call_count == 1
    second = carry(NOW + 3599 * SECOND - MINUTE)
    assert (second != first, granted.call_count) == (True, 2)
    taken.mock(return_value=error(401, "UNAUTHENTICATED"))
    carry(NOW + 2 * HOUR)
    taken.mock(return_value=httpx.Response(200, json={"name": NAME}))
    carry(NOW + 2 * HOUR)
    assert granted.call_count == 4
    carrier.close()


@pytest.mark.parametrize(
    "account",
    [
        "no json",
        "[]",
        {},
        {**ACCOUNT, "private_key": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"},
        {**ACCOUNT, "project_id": None},
        {**ACCOUNT, "token_uri": "http://example.com/token"},
    ],
)
def test_an_account_that_is_none_is_an_error_at_once(account: Any) -> None:
    with pytest.raises(ConfigurationError):
        Fcm(account)
    assert Fcm(json.dumps(ACCOUNT)).project == "myproject-b5ae1"


def test_it_is_never_called() -> None:
    with pytest.raises(BadSignature):
        converse(
            FCM.receive(Request("POST", "https://app.example.com/hooks/fcm", {}, b"{}"), Context(NOW, bytes)),
            lambda _: httpx.Response(200),
        )

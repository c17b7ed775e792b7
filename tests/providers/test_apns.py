"""The codec of APNs against its documentation (pages in its docstring), and against a real HTTP/2 server."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.providers.http2 import Http2
from tests.providers.phone import Bench, PhoneConformance, by_push
from tests.providers.suite import KEY, NOW
from unichannel.core.messaging.content import Push
from unichannel.core.words.instant import HOUR, MINUTE, SECOND
from unichannel.errors import ConfigurationError
from unichannel.ports import Context, Outbound, Provider, Request
from unichannel.providers import Apns
from unichannel.testing.conformance.provider import converse
from unichannel.transports.http import HttpTransport

PRIVATE = ec.generate_private_key(ec.SECP256R1())
PEM = PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
DEVICE = "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0"
APNS = Apns(PEM, key_id="ABC123DEFG", team_id="DEF123GHIJ", topic="com.example.MyApp")
BENCH = Bench(by_push(DEVICE))
ID = "eabeae54-14a8-11e5-b60b-1697f925ec7b"


def refused(status: int, reason: str) -> httpx.Response:
    return httpx.Response(status, json={"reason": reason})


class TestConformance(PhoneConformance):
    make = staticmethod(lambda: APNS)
    turned = None
    hidden = (PEM,)

    @pytest.fixture
    def outbound(self) -> Outbound:
        return BENCH.outbound

    @pytest.fixture
    def accepting(self) -> httpx.Response:
        return httpx.Response(200, headers={"apns-id": ID})

    @pytest.fixture
    def refusing(self) -> httpx.Response:
        return refused(400, "BadDeviceToken")

    @pytest.fixture
    def webhooks(self) -> Sequence[tuple[Request, Sequence[str]]]:
        return ()


def test_the_request_is_the_documented_one() -> None:
    (request,) = BENCH.requests(APNS)
    assert (request.method, str(request.url)) == ("POST", f"https://api.push.apple.com/3/device/{DEVICE}")
    assert request.headers["apns-topic"] == "com.example.MyApp"
    assert request.headers["apns-push-type"] == "alert"
    assert request.headers["apns-collapse-id"] == "order-12"
    assert request.headers["apns-expiration"] == str(NOW // SECOND + 86_400)
    assert json.loads(request.content) == {
        "aps": {
            "alert": {"title": "Héllo", "body": "Your order is on its way"},
            "sound": "ding",
            "badge": 3,
            "mutable-content": 1,
        },
        "image": "https://example.com/shoe.png",
        "unichannel_key": KEY,
        "url": "app://orders/12",
        "order": 12,
        "note": "",
        "tags": ["a"],
    }


def test_a_badge_of_none_takes_the_number_away() -> None:
    assert BENCH.asked_json(APNS, content=Push("Hi", "there", badge=0))["aps"]["badge"] == 0


def test_the_id_is_the_same_for_each_attempt() -> None:
    (first,), (second,) = (BENCH.requests(APNS, attempt=number) for number in (1, 2))
    assert first.headers["apns-id"] == second.headers["apns-id"]


def _part(token: str, place: int) -> Any:
    part = token.split(".")[place]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def _asked(ctx: Context) -> httpx.Request:
    return converse(APNS.send(BENCH.outbound, ctx), lambda _: httpx.Response(200, headers={"apns-id": ID}))[1][0]


def test_the_token_is_signed_by_the_key_and_kept_for_less_than_an_hour() -> None:
    ctx = Context(NOW, bytes)
    request = _asked(ctx)
    token = request.headers["Authorization"].removeprefix("bearer ")
    assert _part(token, 0) == {"alg": "ES256", "kid": "ABC123DEFG"}
    assert _part(token, 1) == {"iss": "DEF123GHIJ", "iat": NOW // SECOND}
    signed, _, signature = token.rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    numbers = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    PRIVATE.public_key().verify(encode_dss_signature(*numbers), signed.encode(), ec.ECDSA(SHA256()))
    same, new = (replace(ctx, now=NOW + after) for after in (49 * MINUTE, HOUR))
    assert _asked(same).headers["Authorization"] == request.headers["Authorization"]
    assert _asked(new).headers["Authorization"] != request.headers["Authorization"]


def test_a_token_that_is_too_old_is_made_anew() -> None:
    ctx = Context(NOW, bytes)
    before = _asked(ctx).headers["Authorization"]
    outcome, _ = converse(APNS.send(BENCH.outbound, ctx), lambda _: refused(403, "ExpiredProviderToken"))
    assert (outcome.kind, outcome.misconfigured) == ("retry", False)
    assert _asked(ctx).headers["Authorization"] != before


def test_refusals_mean_what_the_reason_says() -> None:
    BENCH.outcomes(
        APNS,
        {
            "gone": (refused(410, "Unregistered"), "failed", "dead"),
            "expired": (refused(410, "ExpiredToken"), "failed", "dead"),
            "perhaps of the other environment": (refused(400, "BadDeviceToken"), "failed", ""),
            "too large": (refused(413, "PayloadTooLarge"), "failed", ""),
            "too much": (refused(429, "TooManyRequests"), "retry", ""),
            "new tokens too soon": (refused(429, "TooManyProviderTokenUpdates"), "retry", ""),
            "going down": (refused(503, "Shutdown"), "retry", ""),
            "broken": (refused(500, "InternalServerError"), "in_doubt", ""),
        },
    )
    for reason in ("InvalidProviderToken", "TopicDisallowed", "DeviceTokenNotForTopic", "BadTopic"):
        assert BENCH.sent(APNS, refused(403, reason)).misconfigured, reason


def test_what_grows_too_large_with_our_key_asks_nothing() -> None:
    content = Push("Hi", "x" * 4_045)
    assert BENCH.requests(APNS, content=content) == []
    assert BENCH.sent(APNS, httpx.Response(200), content=content).code == "PayloadTooLarge"


@pytest.mark.parametrize("change", [{"key": "none"}, {"key_id": ""}, {"team_id": ""}, {"topic": ""}])
def test_settings_that_cannot_work_are_errors_at_once(change: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError):
        Apns(**{"key": PEM, "key_id": "A", "team_id": "B", "topic": "c", **change})


def test_the_sandbox_has_a_host_of_its_own() -> None:
    codec = Apns(PEM, key_id="A", team_id="B", topic="c", sandbox=True)
    assert BENCH.requests(codec)[0].url.host == "api.sandbox.push.apple.com"


def test_it_goes_by_http2_to_a_real_server(http2: Http2) -> None:
    """Both faces, our own clients: one connection, two streams."""
    codec = Apns(PEM, key_id="A", team_id="B", topic="c", base_url=http2.url)
    transport = HttpTransport(codec)
    http2.answers = [(200, {"apns-id": ID}, b""), (410, {}, b'{"reason":"Unregistered","timestamp":1789000000000}')]
    accepted = transport.carry(BENCH.outbound, Context(NOW, bytes))
    gone = transport.carry(BENCH.outbound, Context(NOW, bytes))
    transport.close()
    assert (accepted.kind, accepted.provider_id) == ("accepted", ID)
    assert (gone.kind, gone.address) == ("failed", "dead")
    assert http2.versions == ["2", "2"]


async def _carried(codec: Provider) -> Any:
    transport = HttpTransport(codec)
    outcome = await transport.carry_async(BENCH.outbound, Context(NOW, bytes))
    await transport.close_async()
    return outcome


def test_it_goes_by_http2_when_awaited(http2: Http2) -> None:
    import asyncio

    http2.answers = [(200, {"apns-id": ID}, b"")]
    codec = Apns(PEM, key_id="A", team_id="B", topic="c", base_url=http2.url)
    assert asyncio.run(_carried(codec)).kind == "accepted"
    assert http2.versions == ["2"]

"""Web push against its RFCs: the example of RFC 8291, and a browser's half that decrypts what it is pushed."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import http_ece  # type: ignore[import-untyped]
import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tests.providers.phone import Bench, PhoneConformance
from tests.providers.suite import KEY, NOW
from unichannel.core.calendar.span import hours
from unichannel.core.messaging.content import Content, Email, WebPush
from unichannel.core.words.address import normalize_subscription
from unichannel.core.words.instant import DAY, HOUR, SECOND
from unichannel.errors import ConfigurationError
from unichannel.ports import Context, Outbound, Provider, Request
from unichannel.providers import BrowserPush
from unichannel.providers._shared.jws import base64url, from_base64url
from unichannel.providers._shared.sealing import sealed
from unichannel.testing.conformance.conversing import AWKWARD, converse

PRIVATE = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
BROWSER = ec.generate_private_key(ec.SECP256R1())
AUTH = b"a secret of 16 b"
ENDPOINT = "https://fcm.googleapis.com/fcm/send/f1LsxkKphfQ:APA91bFUx7ja4BK4JVrNgVjpg1cs9lGSGI6IMNL4mQ3Xe6mDGxvt_C"
SUBSCRIPTION = normalize_subscription(
    {
        "endpoint": ENDPOINT,
        "keys": {
            "p256dh": base64url(BROWSER.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)),
            "auth": base64url(AUTH),
        },
    }
)
CONTENT = WebPush("Héllo", "Your order is on its way", url="https://example.com/o", collapse_key="order-12")
PUSHING = BrowserPush(PRIVATE, subject="mailto:push@example.com")
BENCH = Bench(Outbound(KEY, "web_push", SUBSCRIPTION, CONTENT, "hello", "news"))


def opened(request: httpx.Request) -> Any:
    """What the browser's service worker is given."""
    return json.loads(
        http_ece.decrypt(request.content, private_key=BROWSER, auth_secret=AUTH, version="aes128gcm").decode()
    )


class TestConformance(PhoneConformance):
    make = staticmethod(lambda: PUSHING)
    turned = None
    hidden = (PRIVATE,)

    @pytest.fixture
    def outbound(self) -> Outbound:
        return BENCH.outbound

    @pytest.fixture
    def accepting(self) -> httpx.Response:
        return httpx.Response(201, headers={"Location": "https://fcm.googleapis.com/0:1510239521%e609af1cf9fd7ecd"})

    @pytest.fixture
    def refusing(self) -> httpx.Response:
        return httpx.Response(410)

    @pytest.fixture
    def webhooks(self) -> Sequence[tuple[Request, Sequence[str]]]:
        return ()

    def test_what_cannot_be_sent_asks_nothing(self, provider: Provider, outbound: Outbound, ctx: Context) -> None:
        broken: tuple[Content, ...] = (Email("x", text="y"), WebPush("half", "half \ud83d"))
        for content in broken:
            outcome, asked = converse(
                provider.send(replace(outbound, content=content), ctx), lambda _: httpx.Response(400)
            )
            assert (outcome.kind, asked) == ("failed", [])

    def test_every_text_arrives_as_it_is(self, provider: Provider, outbound: Outbound, ctx: Context) -> None:
        (request,) = BENCH.requests(PUSHING, content=WebPush(AWKWARD, AWKWARD))
        assert (opened(request)["title"], opened(request)["body"]) == (AWKWARD, AWKWARD)


def test_the_encryption_is_that_of_the_rfc() -> None:
    """RFC 8291, 5 and appendix A: the same keys and salt give the same bytes."""
    keys = {
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    }
    private = int.from_bytes(from_base64url(PRIVATE), "big")
    chance: Mapping[int, bytes] = {16: from_base64url("DGv6ra1nlYgDCS1FRnbzlw"), 40: (private - 1).to_bytes(40, "big")}
    body = sealed(b"When I grow up, I want to be a watermelon", keys, Context(NOW, lambda size: chance[size]))
    assert base64url(body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A"
        "_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_the_browser_reads_what_it_is_pushed() -> None:
    (request,) = BENCH.requests(PUSHING)
    assert (request.method, str(request.url)) == ("POST", ENDPOINT)
    assert (request.headers["Content-Encoding"], request.headers["Topic"]) == ("aes128gcm", "order-12")
    assert opened(request) == {
        "title": "Héllo",
        "body": "Your order is on its way",
        "url": "https://example.com/o",
        "data": {"unichannel_key": KEY},
    }
    assert b"order" not in request.content


def test_it_is_kept_for_as_long_as_it_is_worth_something() -> None:
    assert BENCH.requests(PUSHING)[0].headers["TTL"] == str(28 * 86_400)
    soon = replace(CONTENT, ttl=hours(1))
    assert BENCH.requests(PUSHING, content=soon)[0].headers["TTL"] == "3600"
    assert BENCH.requests(PUSHING, content=soon, expires=NOW + 60 * SECOND)[0].headers["TTL"] == "60"


def _token(ctx: Context) -> tuple[str, str]:
    request = converse(PUSHING.send(BENCH.outbound, ctx), lambda _: httpx.Response(201))[1][0]
    scheme, _, said = request.headers["Authorization"].partition(" ")
    parts = dict(one.strip().split("=", 1) for one in said.split(","))
    assert scheme == "vapid"
    return parts["t"], parts["k"]


def test_it_says_who_sends() -> None:
    """RFC 8292: for this push service, for less than 24 hours, signed by the key that the page subscribed with."""
    ctx = Context(NOW, lambda size: b"x" * size)
    token, key = _token(ctx)
    header, claims, signature = (from_base64url(part) for part in token.split("."))
    assert json.loads(header) == {"typ": "JWT", "alg": "ES256"}
    ends = (NOW + 12 * HOUR) // SECOND
    assert json.loads(claims) == {"aud": "https://fcm.googleapis.com", "exp": ends, "sub": "mailto:push@example.com"}
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), from_base64url(key))
    numbers = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    public.verify(encode_dss_signature(*numbers), token.rpartition(".")[0].encode(), ec.ECDSA(SHA256()))
    assert key == PUSHING.public_key
    assert _token(replace(ctx, now=NOW + 10 * HOUR))[0] == token
    assert _token(replace(ctx, now=NOW + DAY))[0] != token


def test_refusals_mean_what_the_status_says() -> None:
    BENCH.outcomes(
        PUSHING,
        {
            "gone": (httpx.Response(410), "failed", "dead"),
            "unknown": (httpx.Response(404), "failed", "dead"),
            "too large": (httpx.Response(413), "failed", ""),
            "too much": (httpx.Response(429, headers={"Retry-After": "60"}), "retry", ""),
            "broken": (httpx.Response(500), "in_doubt", ""),
            "accepted without a name": (httpx.Response(201), "accepted", ""),
        },
    )
    assert BENCH.sent(PUSHING, httpx.Response(403)).misconfigured
    assert BENCH.sent(PUSHING, httpx.Response(429, headers={"Retry-After": "60"})).retry_after == 60


@pytest.mark.parametrize(
    ("endpoint", "goes"),
    [
        ("https://updates.push.services.mozilla.com/wpush/v2/x", True),
        ("https://wns2-par02p.notify.windows.com/w/?token=x", True),
        ("https://metadata.internal/latest", False),
        ("https://evilpush.services.mozilla.com.example.net/x", False),
        ("https://push.services.mozilla.com@127.0.0.1/x", False),
    ],
)
def test_a_subscription_leads_to_push_services_only(endpoint: str, goes: bool) -> None:
    """It comes from a browser, or from anybody who says to be one."""
    address = json.dumps({**json.loads(SUBSCRIPTION), "endpoint": endpoint})
    assert bool(BENCH.requests(PUSHING, address=address)) is goes
    anywhere = BrowserPush(PRIVATE, subject="https://example.com", services=None)
    assert BENCH.requests(anywhere, address=address)


def test_keys_are_taken_in_both_forms() -> None:
    number = int.from_bytes(from_base64url(PRIVATE), "big")
    key = ec.derive_private_key(number, ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    assert BrowserPush(pem, subject="https://example.com").public_key == PUSHING.public_key
    assert base64.urlsafe_b64decode(PUSHING.public_key + "=")[0] == 4


@pytest.mark.parametrize(
    ("key", "subject"),
    [("", "mailto:a@b.c"), ("AAAA", "mailto:a@b.c"), ("%" * 43, "mailto:a@b.c"), (PRIVATE, "a@b.c"), (PRIVATE, "")],
)
def test_settings_that_cannot_work_are_errors_at_once(key: str, subject: str) -> None:
    with pytest.raises(ConfigurationError):
        BrowserPush(key, subject=subject)

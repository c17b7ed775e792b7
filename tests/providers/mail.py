"""What the tests of e-mail services share: one delivery, its calls, and the suite with that filled in."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import httpx
import pytest

from tests.providers.suite import KEY, CodecConformance, context
from unichannel.core.messaging.content import Email, Sms
from unichannel.errors import ConfigurationError
from unichannel.ports import Context, Outbound, Outcome, Provider, Request
from unichannel.testing.conformance.provider import converse

TO = "ada@example.com"
SENDER = "Café <news@example.org>"
UNSUBSCRIBE = (
    ("List-Unsubscribe", "<https://app.example.com/u/token>"),
    ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
)
CONTENT = Email("Hello", text="Good day", html="<p>Good day</p>")


def delivery(**changes: Any) -> Outbound:
    return replace(Outbound(KEY, "email", TO, CONTENT, "hello", "news", headers=UNSUBSCRIBE), **changes)


def requested(provider: Provider, **changes: Any) -> httpx.Request:
    """What it asks for to send the delivery."""
    return converse(provider.send(delivery(**changes), context()), lambda _: httpx.Response(400))[1][0]


def sent(provider: Provider, answer: httpx.Response, **changes: Any) -> Outcome:
    """What becomes of the delivery by this answer."""
    return converse(provider.send(delivery(**changes), context()), lambda _: answer)[0]


def asked_json(provider: Provider, **changes: Any) -> Any:
    return json.loads(requested(provider, **changes).content)


def basic(login: str) -> str:
    return "Basic " + base64.b64encode(login.encode()).decode()


def posted(body: Any, **headers: str) -> Request:
    """A POST of JSON."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("POST", "https://app.example.com/hooks/x", named, json.dumps(body).encode())


class MailConformance(CodecConformance):
    """The suite with the delivery and context of this module."""

    @pytest.fixture
    def outbound(self) -> Outbound:
        return delivery()

    def test_it_passes_on_what_an_e_mail_has(
        self, provider: Provider, outbound: Outbound, ctx: Context, accepting: httpx.Response
    ) -> None:
        """The key comes back with receipts, and one-click unsubscribing stays whole (RFC 8058)."""
        content = Email("Grüße", text="t", html="<p>h</p>", sender='"Doe, Ada" <a@x.org>', reply_to="re@x.org")
        _, asked = converse(provider.send(replace(outbound, content=content), ctx), lambda _: accepting)
        written = json.dumps(read(asked[-1]), ensure_ascii=False)
        told = (outbound.key, outbound.address, "Grüße", "<p>h</p>", "a@x.org", "Doe, Ada", "re@x.org")
        for part in (*told, UNSUBSCRIBE[0][1], UNSUBSCRIBE[1][1]):
            assert part in written, part

    def test_a_header_cannot_begin_another(self, provider: Provider, outbound: Outbound, ctx: Context) -> None:
        content = Email("Hi", text="t", sender="A <a@x.org>")
        object.__setattr__(content, "subject", "Hi\r\nBcc: eve@example.net")  # past the content's own checks
        object.__setattr__(content, "sender", "A\r\nB <a@x.org>")
        headers = (("X-Note", "1\r\nBcc: eve@example.net"),)
        _, asked = converse(
            provider.send(replace(outbound, content=content, headers=headers), ctx), lambda _: httpx.Response(400)
        )
        assert "\\n" not in json.dumps(read(asked[-1]))
        broken = replace(outbound, headers=(("X Note:", "1"),))
        assert converse(provider.send(broken, ctx), lambda _: httpx.Response(400))[0].kind == "failed"

    def test_what_cannot_be_sent_asks_nothing(self, provider: Provider, outbound: Outbound, ctx: Context) -> None:
        for content in (Sms("hello"), Email("x", text="half \ud83d")):
            outcome, asked = converse(
                provider.send(replace(outbound, content=content), ctx), lambda _: httpx.Response(400)
            )
            assert (outcome.kind, asked) == ("failed", [])


def read(request: httpx.Request) -> Any:
    """The body of a request as a value, a form as the pairs of it."""
    from urllib.parse import parse_qsl

    if request.headers["Content-Type"].startswith("application/json"):
        return json.loads(request.content)
    return parse_qsl(request.content.decode())


def no_sender_is_kept(make: Callable[..., Provider]) -> None:
    """Without a sender it is kept until one is given; one that is no mailbox is an error at once."""
    provider = make(sender="")
    assert sent(provider, httpx.Response(200)).kind == "retry"
    with pytest.raises(ConfigurationError):
        make(sender="nobody")


def reports_what_is_set_up(make: Callable[..., Provider], **hearing: Any) -> None:
    """What is not heard is no evidence: a ladder would wait for it, and then write to everybody again."""
    every = {"delivered", "bounced", "complained"}
    assert make().abilities.reports == every
    assert make(reports=["opened", "clicked"]).abilities.reports == every | {"opened", "clicked"}
    assert make(reports=["opened"], **dict.fromkeys(hearing, ())).abilities.reports == set()
    with pytest.raises(ConfigurationError):
        make(reports=["converted"])


def outcomes(provider: Provider, answers: Mapping[str, tuple[httpx.Response, str, str]]) -> None:
    """Each answer gives its kind of outcome and what it says of the address."""
    for name, (answer, kind, address) in answers.items():
        outcome = sent(provider, answer)
        assert (outcome.kind, outcome.address) == (kind, address), name
        assert TO not in outcome.reason + outcome.code

"""What the tests of chat services share: one delivery, its calls, and the suite with that filled in."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

import httpx
import pytest

from tests.providers.suite import KEY, CodecConformance, context, received
from unichannel.core.messaging.content import Chat, Content, Push
from unichannel.errors import ConfigurationError
from unichannel.ports import Context, Outbound, Outcome, Provider, Receipt, Request
from unichannel.testing.conformance.provider import converse


def delivery(content: Content | None = None, address: str = "ada-7", channel: str = "chat", **changes: Any) -> Outbound:
    return replace(Outbound(KEY, channel, address, content or Chat("Hello"), "hello", "news"), **changes)


def asked(provider: Provider, outbound: Outbound, **changes: Any) -> list[httpx.Request]:
    """What it asks for to send the delivery."""
    return converse(provider.send(outbound, context(**changes)), lambda _: httpx.Response(400))[1]


def asked_json(provider: Provider, outbound: Outbound) -> Any:
    """The JSON of its only request."""
    (request,) = asked(provider, outbound)
    return json.loads(request.content)


def sent(provider: Provider, outbound: Outbound, answer: httpx.Response) -> Outcome:
    """What becomes of the delivery by this answer."""
    return converse(provider.send(outbound, context()), lambda _: answer)[0]


def unfit(provider: Provider, *outbounds: Outbound) -> None:
    """Each is refused before anything is asked."""
    for outbound in outbounds:
        outcome, requests = converse(provider.send(outbound, context()), lambda _: httpx.Response(200))
        assert (outcome.kind, outcome.code, requests) == ("failed", "unsupported_content", []), outbound.content


def kinds(provider: Provider, request: Request) -> list[str]:
    return [receipt.kind for receipt in received(provider, request).receipts]


def receipts(provider: Provider, request: Request) -> tuple[Receipt, ...]:
    return received(provider, request).receipts


def outcomes(provider: Provider, outbound: Outbound, answers: Mapping[str, tuple[httpx.Response, str, str]]) -> None:
    """Each answer gives its kind of outcome and what it says of the address; the first is what the host has to mend."""
    for place, (name, (answer, kind, address)) in enumerate(answers.items()):
        outcome = sent(provider, outbound, answer)
        assert (outcome.kind, outcome.address) == (kind, address), name
        assert outcome.misconfigured or place, name
        assert outbound.address not in outcome.reason + outcome.code


def reports_what_it_hears(make: Callable[..., Provider], *secrets: str) -> None:
    """What is not heard is no evidence: a ladder would wait for it, and then write to everybody again."""
    assert make().abilities.reports
    deaf = make(**dict.fromkeys(secrets, ())).abilities
    assert (deaf.reports, deaf.inbound) == (frozenset(), False)
    with pytest.raises(ConfigurationError):
        make(base_url="http://example.com")
    with pytest.raises(ConfigurationError):
        make(**{secrets[0]: ["", "the-secret"]})


class TalkConformance(CodecConformance):
    """The suite with the delivery and context of this module."""

    hidden: ClassVar[tuple[str, ...]] = ("the-secret", "the-token")

    @pytest.fixture
    def outbound(self) -> Outbound:
        return delivery()

    def test_what_cannot_be_sent_asks_nothing(self, provider: Provider, outbound: Outbound, ctx: Context) -> None:
        half = type(outbound.content)("half \ud83d")  # type: ignore[call-arg]
        for content in (Push("t", "b"), half):
            outcome, requests = converse(
                provider.send(replace(outbound, content=content), ctx), lambda _: httpx.Response(400)
            )
            assert (outcome.kind, requests) == ("failed", [])

    def test_a_look_is_answered(self, provider: Provider, ctx: Context) -> None:
        for method in ("GET", "HEAD"):
            answer = self.received(provider, Request(method, "https://app.example.com/hooks/x"), ctx)
            assert answer.receipts == ()

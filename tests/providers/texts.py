"""What the tests of services for texts share: one delivery, its calls, and the suite with that filled in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx
import pytest

from tests.providers.suite import KEY, NOW, CodecConformance, context
from unichannel.core.messaging.content import Content, Email, Sms
from unichannel.core.words.instant import SECOND
from unichannel.ports import Outbound, Outcome, Provider, Received
from unichannel.testing.conformance.provider import converse

PHONE = "+447700900000"
BARE = "447700900000"
SENDER = "+447700900001"
TEXT = "This is an SMS."


def delivery(content: Content | None = None, channel: str = "", **changes: Any) -> Outbound:
    shown = content or Sms(TEXT)
    since = NOW - 300 * SECOND
    one = Outbound(KEY, channel or shown.channel, PHONE, shown, "hello", "news", since=since, reserved=since)
    return replace(one, **changes)


def asked(provider: Provider, content: Content | None = None, **changes: Any) -> httpx.Request:
    """What it asks for to send the delivery."""
    outbound = delivery(content)
    return converse(provider.send(outbound, context(**changes)), lambda _: httpx.Response(400))[1][0]


def asked_json(provider: Provider, content: Content | None = None, **changes: Any) -> Any:
    return json.loads(asked(provider, content, **changes).content)


def sent(provider: Provider, answer: httpx.Response, content: Content | None = None) -> Outcome:
    """What becomes of the delivery by this answer."""
    return converse(provider.send(delivery(content), context()), lambda _: answer)[0]


def outcomes(provider: Provider, answers: Mapping[str, tuple[httpx.Response, str, str]]) -> None:
    """Each answer gives its kind of outcome, "mend" for settings to mend, and what it says of the address."""
    for name, (answer, kind, address) in answers.items():
        outcome = sent(provider, answer)
        assert ("mend" if outcome.misconfigured else outcome.kind, outcome.address) == (kind, address), name
        assert BARE not in outcome.reason + outcome.code + str(outcome.raw), name


def is_refused(provider: Provider, content: Content, code: str = "unsupported_content") -> None:
    """What cannot be carried whole asks nothing, and blames no address."""
    outcome, requests = converse(provider.send(delivery(content), context()), lambda _: httpx.Response(200))
    assert (outcome.kind, outcome.code, outcome.address, requests) == ("failed", code, "", [])
    assert outcome.reason


def kinds(received: Received) -> list[str]:
    return [receipt.kind for receipt in received.receipts]


class TextConformance(CodecConformance):
    """The suite with the delivery and context of this module."""

    @pytest.fixture
    def outbound(self) -> Outbound:
        return delivery()

    def test_what_cannot_be_sent_asks_nothing(self, provider: Provider) -> None:
        is_refused(provider, Email("subject", text=TEXT))
        is_refused(provider, Sms("half \ud83d"), "content")

    def test_a_repeated_request_is_not_safe(self, provider: Provider, accepting: httpx.Response) -> None:
        """A repeated text is a second text (P33)."""
        _, requests = converse(provider.send(delivery(), context()), lambda _: httpx.Response(500))
        assert "safe" not in requests[-1].extensions

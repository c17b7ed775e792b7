"""What the tests of services for phones share: one delivery by push or SMS, and the suite with that filled in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

from tests.providers.suite import KEY, CodecConformance, context
from unichannel.core.calendar.span import days
from unichannel.core.messaging.content import Content, Email, Mms, Push, Sms
from unichannel.core.messaging.content.pieces import Media
from unichannel.ports import Context, Outbound, Outcome, Provider
from unichannel.testing.conformance.conversing import AWKWARD, converse, texts

TO = "+33612345678"
PUSH = Push(
    "Héllo",
    "Your order is on its way",
    image="https://example.com/shoe.png",
    url="app://orders/12",
    data={"order": 12, "note": "", "tags": ["a"]},
    collapse_key="order-12",
    ttl=days(1),
    badge=3,
    sound="ding",
)
MMS = Mms("Here it is", media=[Media("https://example.com/shoe.jpg")], subject="Shoes")


@dataclass(frozen=True)
class Bench:
    """A delivery, and what codecs do with it."""

    outbound: Outbound

    def requests(self, provider: Provider, **changes: Any) -> list[httpx.Request]:
        """All that it asks for to send the delivery."""
        answer = httpx.Response(400)
        return converse(provider.send(replace(self.outbound, **changes), context()), lambda _: answer)[1]

    def asked_json(self, provider: Provider, **changes: Any) -> Any:
        return json.loads(self.requests(provider, **changes)[-1].content)

    def sent(self, provider: Provider, answer: httpx.Response, **changes: Any) -> Outcome:
        """What becomes of the delivery by this answer."""
        return converse(provider.send(replace(self.outbound, **changes), context()), lambda _: answer)[0]

    def outcomes(self, provider: Provider, answers: Mapping[str, tuple[httpx.Response, str, str]]) -> None:
        """Each answer gives its kind of outcome, "mend" for settings to mend, and what it says of the address."""
        for name, (answer, kind, address) in answers.items():
            outcome = self.sent(provider, answer)
            assert ("mend" if outcome.misconfigured else outcome.kind, outcome.address) == (kind, address), name
            assert self.outbound.address not in outcome.reason + outcome.code


def by_sms(content: Content | None = None, **changes: Any) -> Outbound:
    content = content or Sms("Good day, Ada")
    return replace(Outbound(KEY, content.channel, TO, content, "hello", "news"), **changes)


def by_push(address: str, **changes: Any) -> Outbound:
    return replace(Outbound(KEY, "push", address, PUSH, "hello", "news"), **changes)


class PhoneConformance(CodecConformance):
    """The suite with the context of ``mail``, and what is true of every codec of one request."""

    @pytest.fixture
    def outbound(self) -> Outbound:
        return by_sms()

    def test_what_cannot_be_sent_asks_nothing(self, provider: Provider, outbound: Outbound, ctx: Context) -> None:
        broken = Push("half", "half \ud83d") if outbound.channel == "push" else Sms("half \ud83d")
        for content in (Email("x", text="y"), broken):
            outcome, asked = converse(
                provider.send(replace(outbound, content=content), ctx), lambda _: httpx.Response(400)
            )
            assert (outcome.kind, asked) == ("failed", [])

    def test_every_text_arrives_as_it_is(self, provider: Provider, outbound: Outbound, ctx: Context) -> None:
        content = Push(AWKWARD, AWKWARD) if outbound.channel == "push" else Sms(AWKWARD)
        outbound = replace(outbound, content=content)
        _, asked = converse(provider.send(outbound, ctx), lambda _: httpx.Response(400))
        assert AWKWARD in written(asked[-1])


def written(request: httpx.Request) -> str:
    """All texts of a request's body, one after another."""
    return "\n".join(texts(request))


__all__ = ["MMS", "PUSH", "TO", "Bench", "PhoneConformance", "by_push", "by_sms", "written"]

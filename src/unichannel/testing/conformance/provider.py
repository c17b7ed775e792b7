"""What every provider keeps: a pytest mix-in that a codec's tests subclass.

    class TestMine(ProviderConformance):
        signature_headers = ("X-Mine-Signature",)

        @pytest.fixture
        def provider(self): return Mine("account", "secret")
        ...

No request leaves the process: each conversation is answered from here.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

import httpx
import pytest

from unichannel.core.messaging.delivery import RECEIPT_KINDS
from unichannel.errors import BadSignature, UnavailableError, WebhookError
from unichannel.ports import Context, Outbound, Outcome, Provider, Received, Request
from unichannel.testing.conformance.conversing import (
    AWKWARD,
    GARBAGE,
    answering,
    answers,
    by_delivery,
    changes,
    converse,
    copied,
    may_be_accepted,
    orders,
    state_of,
    texts,
    with_text,
)

__all__ = ["GARBAGE", "ProviderConformance", "converse"]


class ProviderConformance:
    """Subclass it and give the fixtures that raise NotImplementedError.

    ``signature_headers`` are the headers without which a webhook is refused, () where what proves it
    stands in the body; ``signs_body`` says whether the signature covers each byte of the body (not so
    for basic authentication). ``window``: seconds that a signed time stamp may lie from now, None
    where none is signed anew with each attempt. A codec that hears nothing gives no webhooks.
    """

    signature_headers: ClassVar[tuple[str, ...]] = ()
    signs_body: ClassVar[bool] = True
    window: ClassVar[int | None] = None

    @pytest.fixture
    def provider(self) -> Provider:
        """The codec, with credentials that the other fixtures fit."""
        raise NotImplementedError

    @pytest.fixture
    def outbound(self) -> Outbound:
        """A delivery for one of its channels."""
        raise NotImplementedError

    @pytest.fixture
    def ctx(self) -> Context:
        """A context with a callback URL."""
        raise NotImplementedError

    @pytest.fixture
    def accepting(self) -> httpx.Response:
        """The documented answer to a message that is accepted."""
        raise NotImplementedError

    @pytest.fixture
    def refusing(self) -> httpx.Response:
        """The documented answer to a message that is refused."""
        raise NotImplementedError

    @pytest.fixture
    def webhooks(self) -> Sequence[tuple[Request, Sequence[str]]]:
        """Signed calls of the provider with the kinds of receipts that each brings; several of one delivery."""
        raise NotImplementedError

    @pytest.fixture
    def secrets(self) -> Sequence[str]:
        """What no repr may show."""
        raise NotImplementedError

    @pytest.fixture
    def rotated(self) -> Provider:
        """The codec amid a rotation: with a new secret, and the one that signed the webhooks."""
        raise NotImplementedError

    @pytest.fixture
    def replaced(self) -> Provider:
        """The codec after a rotation: with a new secret only."""
        raise NotImplementedError

    def answer(self, request: httpx.Request) -> httpx.Response:
        """What a request that ``receive`` makes is answered with, such as one for a certificate."""
        return httpx.Response(200)

    @pytest.fixture
    def finding(self) -> httpx.Response | None:
        """The answer to a look-up that finds ``outbound`` accepted; None for a provider without look-up."""
        return None

    def received(self, provider: Provider, request: Request, ctx: Context) -> Received:
        """What the codec makes of a call."""
        return converse(provider.receive(request, ctx), self.answer)[0]

    def test_it_is_a_provider(self, provider: Provider, outbound: Outbound) -> None:
        assert isinstance(provider, Provider)
        assert provider.name
        assert outbound.channel in provider.channels
        assert provider.abilities.reports <= {"delivered", "opened", "clicked", "replied", "bounced", "complained"}

    def test_it_tells_acceptance_from_refusal(
        self, provider: Provider, outbound: Outbound, ctx: Context, accepting: httpx.Response, refusing: httpx.Response
    ) -> None:
        accepted, _ = converse(provider.send(outbound, ctx), lambda _: copied(accepting))
        refused, _ = converse(provider.send(outbound, ctx), lambda _: copied(refusing))
        assert accepted.kind == "accepted"
        assert accepted.provider_id
        assert refused.kind in ("failed", "retry")
        assert refused.code
        assert refused.reason

    def test_no_answer_makes_it_raise_or_guess(
        self, provider: Provider, outbound: Outbound, ctx: Context, accepting: httpx.Response, refusing: httpx.Response
    ) -> None:
        """Whatever comes back is an Outcome, and none claims more than the answer proves (law 5)."""
        for status, body in answers((*GARBAGE, accepting.content, refusing.content)):
            outcome, asked = converse(provider.send(outbound, ctx), answering(status, body))
            assert isinstance(outcome, Outcome), f"{status} {body[:40]!r} gave {outcome!r}"
            if status >= 300:
                assert outcome.kind != "accepted", f"{status} {body[:40]!r} is no acceptance"
            if may_be_accepted(asked) and (status < 300 and body in GARBAGE):
                assert outcome.kind in ("accepted", "in_doubt"), f"{status} {body[:40]!r} may be an acceptance"
            if may_be_accepted(asked) and status in (500, 502, 504) and provider.abilities.takes_key is None:
                assert outcome.kind == "in_doubt", f"{status} does not prove that nothing was sent"

    def test_requests_are_encoded_strictly(
        self, provider: Provider, outbound: Outbound, ctx: Context, accepting: httpx.Response
    ) -> None:
        awkward = with_text(outbound, AWKWARD)
        _, asked = converse(provider.send(awkward, ctx), lambda _: copied(accepting))
        assert asked, "send asked for nothing"
        for request in asked:
            assert request.url.scheme == "https"
            assert request.url.host
        if awkward is not outbound:
            read = [text for request in asked for text in texts(request)]
            assert any(AWKWARD in text for text in read), "the text does not come back out of the request"

    def test_no_repr_shows_a_secret_or_a_person(
        self,
        provider: Provider,
        outbound: Outbound,
        ctx: Context,
        refusing: httpx.Response,
        secrets: Sequence[str],
        webhooks: Sequence[tuple[Request, Sequence[str]]],
    ) -> None:
        outcome, asked = converse(provider.send(outbound, ctx), lambda _: copied(refusing))
        receipts = [receipt for request, _ in webhooks for receipt in self.received(provider, request, ctx).receipts]
        shown = repr([provider, outcome, receipts, outbound, [repr(request) for request in asked]]) + str(
            outcome.reason
        )
        for hidden in (*secrets, outbound.address, *(r.address for r in receipts), *(r.text for r in receipts)):
            assert not hidden or hidden not in shown, "a repr shows what it must not"

    def test_look_up_is_declared_if_it_works(
        self, provider: Provider, outbound: Outbound, ctx: Context, finding: httpx.Response | None
    ) -> None:
        if not provider.abilities.looks_up:
            assert finding is None, "a look-up that works is to be declared"
            return
        assert finding is not None, "a declared look-up needs the fixture `finding`"
        outcome, asked = converse(provider.look_up(outbound, ctx), lambda _: copied(finding))
        assert outcome is not None
        assert outcome.kind == "accepted"
        assert all(request.extensions.get("safe") for request in asked), "a look-up may be repeated: mark it safe"

    def test_a_look_up_that_fails_proves_nothing(self, provider: Provider, outbound: Outbound, ctx: Context) -> None:
        """None means that the provider does not have it, so that it is sent again: only a real answer says so."""
        if not provider.abilities.looks_up:
            return
        for status, body in answers(GARBAGE):
            outcome, _ = converse(provider.look_up(outbound, ctx), answering(status, body))
            assert status == 404 or outcome is not None, f"{status} {body[:40]!r} does not prove absence"
            assert outcome is None or outcome.kind == "in_doubt"

    def test_webhooks_are_read(
        self, provider: Provider, ctx: Context, webhooks: Sequence[tuple[Request, Sequence[str]]]
    ) -> None:
        for request, kinds in webhooks:
            received = self.received(provider, request, ctx)
            assert isinstance(received, Received)
            assert [receipt.kind for receipt in received.receipts] == list(kinds)
            assert {receipt.kind for receipt in received.receipts} <= set(RECEIPT_KINDS)
            assert all(receipt.id for receipt in received.receipts), "a receipt without id cannot be known twice"
            assert self.received(provider, request, ctx).receipts == received.receipts, "a second copy reads otherwise"

    def test_different_receipts_have_different_ids(
        self, provider: Provider, ctx: Context, webhooks: Sequence[tuple[Request, Sequence[str]]]
    ) -> None:
        """Deduplicating by a message's id would drop its later statuses (PITFALLS P48)."""
        receipts = [receipt for request, _ in webhooks for receipt in self.received(provider, request, ctx).receipts]
        by_id: dict[str, set[tuple[str, str, str]]] = {}
        for receipt in receipts:
            by_id.setdefault(receipt.id, set()).add((receipt.kind, receipt.key, receipt.provider_id))
        assert all(len(one) == 1 for one in by_id.values())

    def test_a_changed_webhook_is_refused(
        self, provider: Provider, ctx: Context, webhooks: Sequence[tuple[Request, Sequence[str]]]
    ) -> None:
        for request, _ in webhooks:
            for changed in changes(request, self.signature_headers, self.signs_body):
                with pytest.raises(WebhookError):
                    self.received(provider, changed, ctx)

    def test_an_unsigned_webhook_is_refused(
        self, provider: Provider, ctx: Context, webhooks: Sequence[tuple[Request, Sequence[str]]]
    ) -> None:
        """Naming the right account is no signature (PITFALLS P46)."""
        unsigned = {name.lower() for name in self.signature_headers}
        for request, _ in webhooks if unsigned else ():
            headers = {name: value for name, value in request.headers.items() if name.lower() not in unsigned}
            with pytest.raises(BadSignature):
                self.received(provider, replace(request, headers=headers), ctx)

    def test_a_rotation_of_secrets_loses_nothing(
        self, rotated: Provider, replaced: Provider, ctx: Context, webhooks: Sequence[tuple[Request, Sequence[str]]]
    ) -> None:
        for request, kinds in webhooks:
            assert [receipt.kind for receipt in self.received(rotated, request, ctx).receipts] == list(kinds)
            with pytest.raises(BadSignature):
                self.received(replaced, request, ctx)

    def test_an_old_signature_is_refused(
        self, provider: Provider, ctx: Context, webhooks: Sequence[tuple[Request, Sequence[str]]]
    ) -> None:
        """What was signed long ago, or is to be, is somebody's copy."""
        for (request, _), way in itertools.product(webhooks if self.window else (), (1, -1)):
            elsewhen = replace(ctx, now=ctx.now + way * 2_000_000 * (self.window or 0))
            with pytest.raises(BadSignature):
                self.received(provider, request, elsewhen)

    def test_no_call_makes_it_break(
        self, provider: Provider, ctx: Context, webhooks: Sequence[tuple[Request, Sequence[str]]]
    ) -> None:
        """Whatever is posted is refused or read, never a failure of ours; a body of 50 MB too."""
        bodies = (*GARBAGE, b"x" * 50_000_000, b"[" * 1_000_000, b"9" * 100_000, b'{"a":' * 100_000)
        for request, body in itertools.product([one for one, _ in webhooks[:1]], bodies):
            for method in ("POST", "GET", "HEAD", "PUT"):
                try:
                    received = self.received(provider, replace(request, method=method, body=body), ctx)
                except (WebhookError, UnavailableError):
                    continue
                assert all(receipt.kind == "unknown" for receipt in received.receipts)

    def test_receipts_merge_to_one_state_in_any_order(
        self, provider: Provider, ctx: Context, webhooks: Sequence[tuple[Request, Sequence[str]]]
    ) -> None:
        """Statuses come out of order and twice (PITFALLS P48); each arrives here twice, the second time later."""
        receipts = [
            receipt
            for turn, (request, _) in enumerate((*webhooks, *webhooks))
            for receipt in self.received(provider, request, replace(ctx, now=ctx.now + turn * 1_000_000)).receipts
        ]
        for told in by_delivery(receipts):
            states = {state_of(order) for order in orders(told)}
            assert len(states) == 1, f"the order of receipts decides: {sorted(states)[:2]}"

"""What every transport keeps: subclass ``TransportConformance`` and give it yours.

class TestFax(TransportConformance):
    @pytest.fixture
    def transport(self): ...

    @pytest.fixture
    def outbound(self): ...
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from unichannel.core.messaging.content import Content, said
from unichannel.core.words.channel import EVIDENCE
from unichannel.ports import Abilities, Context, Outbound, Outcome, Transport

__all__ = ["TransportConformance"]

_KINDS = {"accepted", "failed", "retry", "in_doubt"}
_TOLD = {*EVIDENCE, "bounced"}


class TransportConformance:
    """Checks for a transport whose far end accepts ``outbound``.

    Override ``transport`` and ``outbound``; ``secrets`` with texts that no repr may show;
    ``keys`` with a function that gives the delivery keys that the far end saw, in order.
    """

    @pytest.fixture
    def transport(self) -> Transport:
        """The transport to check; close what it leaves open after the ``yield``."""
        raise NotImplementedError("override the fixture `transport`")

    @pytest.fixture
    def outbound(self) -> Outbound:
        """A delivery that the far end accepts."""
        raise NotImplementedError("override the fixture `outbound`")

    @pytest.fixture
    def context(self) -> Context:
        """What the transport is told besides the delivery."""
        return Context(now=1_894_179_600_000_000, entropy=bytes)

    @pytest.fixture
    def secrets(self) -> Sequence[str]:
        """Texts that no repr may show: passwords, tokens."""
        return ()

    @pytest.fixture
    def keys(self) -> Callable[[], Sequence[str]] | None:
        """The delivery keys that the far end saw; None where it cannot see them."""
        return None

    def test_is_a_transport(self, transport: Transport) -> None:
        assert isinstance(transport, Transport)
        assert isinstance(transport.blocking, bool)

    def test_has_a_name(self, transport: Transport) -> None:
        assert isinstance(transport.name, str)
        assert transport.name.strip() == transport.name != ""

    def test_serves_channels(self, transport: Transport, outbound: Outbound) -> None:
        assert isinstance(transport.channels, frozenset)
        assert all(isinstance(channel, str) and channel for channel in transport.channels)
        assert outbound.channel in transport.channels

    def test_declares_abilities(self, transport: Transport) -> None:
        abilities = transport.abilities
        assert isinstance(abilities, Abilities)
        assert isinstance(abilities.looks_up, bool)
        assert abilities.reports <= _TOLD, f"unknown evidence: {abilities.reports - _TOLD}"
        assert abilities.takes_key is None or abilities.takes_key > 0

    def test_accepts(self, transport: Transport, outbound: Outbound, context: Context) -> None:
        outcome = transport.carry(outbound, context)
        _is_outcome(outcome)
        assert outcome.kind == "accepted", outcome

    def test_sync_and_async_agree(self, transport: Transport, outbound: Outbound, context: Context) -> None:
        one, other = transport.carry(outbound, context), _carried(transport, outbound, context)
        _is_outcome(other)
        assert (one.kind, one.code, one.address) == (other.kind, other.code, other.address)

    def test_keeps_the_key(
        self, transport: Transport, outbound: Outbound, context: Context, keys: Callable[[], Sequence[str]] | None
    ) -> None:
        first, second = (transport.carry(outbound, context) for _ in range(2))
        assert first.kind == second.kind
        if keys is not None:
            assert list(keys()) == [outbound.key] * 2

    def test_works_after_close(self, transport: Transport, outbound: Outbound, context: Context) -> None:
        transport.close()
        assert transport.carry(outbound, context).kind == "accepted"
        transport.close()
        transport.close()
        assert _carried(transport, outbound, context).kind == "accepted"
        assert transport.carry(outbound, context).kind == "accepted"

    def test_looks_up(self, transport: Transport, outbound: Outbound, context: Context) -> None:
        found = transport.look_up(outbound, context)
        assert found is None or isinstance(found, Outcome)
        if not transport.abilities.looks_up:
            assert found is not None, "what cannot look up cannot say that nothing was accepted"
            assert found.kind == "in_doubt"

    def test_a_foreign_content_is_an_outcome(self, transport: Transport, outbound: Outbound, context: Context) -> None:
        _is_outcome(transport.carry(_foreign(outbound), context))

    def test_shows_no_secrets(
        self, transport: Transport, outbound: Outbound, context: Context, secrets: Sequence[str]
    ) -> None:
        outcome = transport.carry(outbound, context)
        shown = f"{transport!r} {outcome!r} {outbound!r} {context!r}"
        for secret in (outbound.address, *_texts(outbound), *secrets):
            assert secret not in shown


def _is_outcome(outcome: Outcome) -> None:
    assert isinstance(outcome, Outcome)
    assert outcome.kind in _KINDS
    assert outcome.address in {"", "dead", "opted_out"}
    assert outcome.retry_after is None or outcome.retry_after >= 0


def _carried(transport: Transport, outbound: Outbound, context: Context) -> Outcome:
    async def carry() -> Outcome:
        try:
            return await transport.carry_async(outbound, context)
        finally:
            await transport.close_async()

    return asyncio.run(carry())


def _texts(outbound: Outbound) -> list[str]:
    return [text for _, text in said(outbound.content)]


def _foreign(outbound: Outbound) -> Outbound:
    """The same delivery with a content that no transport knows."""
    return replace(outbound, content=Content())

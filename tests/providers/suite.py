"""What the tests of all codecs share: the instant, the calls, and the suite for a codec whose secret is turned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import httpx
import pytest

from unichannel.core.words.instant import SECOND
from unichannel.ports import Context, Provider, Receipt, Received, Request
from unichannel.testing.conformance.provider import ProviderConformance, converse

KEY = "kE4_-abcdefghijklmnopqrs"
NOW = 1_789_000_000 * SECOND
STAMP = str(NOW // SECOND)
HOOK = f"https://app.example.com/hooks/x?key={KEY}"


def context(**changes: Any) -> Context:
    return replace(Context(NOW, lambda size: b"x" * size, HOOK), **changes)


def received(provider: Provider, request: Request, **changes: Any) -> Received:
    return converse(provider.receive(request, context(**changes)), lambda _: httpx.Response(200))[0]


def one(provider: Provider, request: Request) -> Receipt:
    """The only receipt of a call."""
    (receipt,) = received(provider, request).receipts
    return receipt


class CodecConformance(ProviderConformance):
    """The suite for a codec that a function of settings makes.

    ``turned``: the setting whose secret proves its calls, that secret, and the new one of a rotation; None
    where nothing calls. ``hidden``: what no repr may show.
    """

    make: ClassVar[Callable[..., Provider]]
    turned: ClassVar[tuple[str, Any, Any] | None]
    hidden: ClassVar[tuple[str, ...]] = ("the-secret",)

    @pytest.fixture
    def provider(self) -> Provider:
        return self.make()

    @pytest.fixture
    def rotated(self) -> Provider:
        return self._turned_to(lambda old, new: [new, old])

    @pytest.fixture
    def replaced(self) -> Provider:
        return self._turned_to(lambda old, new: new)

    def _turned_to(self, choose: Callable[[Any, Any], Any]) -> Provider:
        if self.turned is None:
            return self.make()
        setting, old, new = self.turned
        return self.make(**{setting: choose(old, new)})

    @pytest.fixture
    def ctx(self) -> Context:
        return context()

    @pytest.fixture
    def secrets(self) -> Sequence[str]:
        return self.hidden

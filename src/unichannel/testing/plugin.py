"""The pytest plugin: the fixtures ``lab`` and ``block_real_sends``. Nothing is imported until one is used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from unichannel.testing.lab import Lab

__all__ = ["block_real_sends", "lab"]


@pytest.fixture
def lab() -> Iterator[Lab]:
    """Journeys in virtual time; see ``unichannel.testing.Lab``."""
    from unichannel.testing.lab import Lab

    made = Lab()
    yield made
    made.close()


@pytest.fixture
def block_real_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every transport that reaches the network refuse, so that a test cannot really send (P52).

    Use it for all tests by ``@pytest.fixture(autouse=True) def _no_sends(block_real_sends): ...``.
    """
    from unichannel.transports.http import HttpTransport
    from unichannel.transports.smtp import Smtp

    def refuse(self: Any, *_: Any) -> Any:
        # No Exception: what a transport raises is a doubt to the engine, which goes on.
        pytest.fail(f"a test tried to really send by {self.name!r}. Route the channel to a RecordingTransport.")

    for transport in (HttpTransport, Smtp):
        for method in ("carry", "carry_async", "look_up", "look_up_async"):
            monkeypatch.setattr(transport, method, refuse)

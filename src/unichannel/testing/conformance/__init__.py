"""Conformance suites: what every transport, provider, strategy and store keeps, as mix-ins for pytest.

Each is in a module of its own: ``unichannel.testing.conformance.transport`` and so on.
"""

from __future__ import annotations

import pytest

_SUITES = (
    "conversing",
    "provider",
    "store",
    "store_allowing",
    "store_deciding",
    "store_delivering",
    "store_guarding",
    "store_handing",
    "store_machine",
    "store_merging",
    "store_proving",
    "store_purging",
    "strategy",
    "transport",
)

pytest.register_assert_rewrite(*(f"unichannel.testing.conformance.{suite}" for suite in _SUITES))

"""Conformance suites: what every transport, provider and store keeps, as mix-ins for pytest.

Each is in a module of its own: ``unichannel.testing.conformance.transport`` and so on.
"""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("unichannel.testing.conformance.transport")

"""What holds for all tests: no test says how fast a machine has to be; and a build tries what it tried before.

Where ``CI`` is set hypothesis tries the same examples in each run, so that a change is judged by what it changed.
Everywhere else each run tries others: a counter-example found there is kept as an ``@example``.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "unhurried",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("unhurried")

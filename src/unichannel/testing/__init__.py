"""Testing journeys: a clock that stands still, a lab, a transport that only records, conformance suites.

Public and shipped: a host tests its own journeys, stores, transports and providers with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unichannel._lazy import lazy

if TYPE_CHECKING:
    from unichannel.testing.clock import ManualClock, SeededEntropy
    from unichannel.testing.crash import Crash, CrashReport, crash_sweep
    from unichannel.testing.lab import Lab
    from unichannel.testing.recording import Chaos, RecordingTransport, Sent

__all__ = [
    "Chaos",
    "Crash",
    "CrashReport",
    "Lab",
    "ManualClock",
    "RecordingTransport",
    "SeededEntropy",
    "Sent",
    "crash_sweep",
]

_WHERE = {
    "Chaos": "unichannel.testing.recording",
    "Crash": "unichannel.testing.crash",
    "CrashReport": "unichannel.testing.crash",
    "Lab": "unichannel.testing.lab",
    "ManualClock": "unichannel.testing.clock",
    "RecordingTransport": "unichannel.testing.recording",
    "SeededEntropy": "unichannel.testing.clock",
    "Sent": "unichannel.testing.recording",
    "crash_sweep": "unichannel.testing.crash",
}


def __getattr__(name: str) -> Any:
    return lazy(__name__, _WHERE, name)

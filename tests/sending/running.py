"""How the tests of sending begin a run."""

from __future__ import annotations

from typing import Any

from unichannel import Journey, on
from unichannel.testing import Lab


def run(lab: Lab, profile: str, *steps: Any, **more: Any) -> Journey:
    """Begin a journey of these steps, with the event it is named for."""
    journey = Journey("sends", start=on("begun"), steps=steps, **more)
    lab.add(journey)
    lab.track(profile, "begun")
    return journey

"""How the tests of recipes import them and read what went out."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from unichannel.testing import Lab

EXAMPLES = Path(__file__).parents[2] / "examples"
PARIS = ZoneInfo("Europe/Paris")


def recipe(name: str) -> ModuleType:
    """A recipe as a host imports it."""
    spec = importlib.util.spec_from_file_location(f"recipe_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Play:
    """A recipe in a lab: people in Paris, and when what reached them on their clock."""

    def __init__(self, lab: Lab, name: str, **settings: Any) -> None:
        self.lab, self.recipe = lab, recipe(name)
        lab.use(categories=self.recipe.CATEGORIES, **getattr(self.recipe, "SETTINGS", {}), **settings)
        journeys = getattr(self.recipe, "journeys", None) or [self.recipe.journey]
        lab.add(*journeys)

    def meet(self, name: str = "ada", **fields: Any) -> str:
        """Somebody with a mailbox, a phone and a device; None for what they have not."""
        last = sum(map(ord, name)) % 1000
        known = {"email": f"{name}@example.com", "phone": f"+33612345{last:03}", "push": f"device-{name}", **fields}
        return self.lab.profile(name, **{"timezone": "Europe/Paris", "first_name": name.title(), **known})

    def at(self, text: str) -> None:
        """Let time pass until the clock in Paris shows this; nothing is left out on the way."""
        self.lab.advance_to(datetime.fromisoformat(text).replace(tzinfo=PARIS))

    def sleep(self, text: str) -> None:
        """The engine is down until then: nobody calls it in between."""
        self.lab.clock.set(round(datetime.fromisoformat(text).replace(tzinfo=PARIS).timestamp()) * 1_000_000)

    def told(self, name: str = "ada", zone: str = "Europe/Paris") -> list[str]:
        """When what reached somebody, by which channel."""
        found = []
        for one in self.lab.sent(name):
            wall = datetime.fromtimestamp(one.at / 1e6, UTC).astimezone(ZoneInfo(zone))
            found.append(f"{wall:%m-%d %H:%M} {one.message} {one.channel}")
        return found

    def said(self, name: str = "ada") -> list[Any]:
        """What was said, in order."""
        return [one.content for one in self.lab.sent(name)]


@pytest.fixture
def play(lab: Lab) -> Callable[..., Play]:
    """Put a recipe into the lab."""
    return lambda name, **settings: Play(lab, name, **settings)

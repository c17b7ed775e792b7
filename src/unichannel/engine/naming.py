"""Naming: channels and categories that the host's settings name, which the engine has to know.

A cap, a budget or a price for what there is not would hold for nothing, and nobody would hear of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from unichannel.core.audience.engagement import Used
from unichannel.core.policy.setting import Setting
from unichannel.core.words.saying import meant
from unichannel.errors import ConfigurationError

__all__ = ["check_names"]

_Named: TypeAlias = Iterator[tuple[str, Iterable[str]]]
"""What names something, and what it names."""


def check_names(setting: Setting) -> None:
    """Raise ConfigurationError for a setting that names a channel or category that the engine does not know."""
    _check("channel", "channels", _channels(setting), setting.channels)
    _check("category", "categories", _categories(setting), setting.categories)


def _channels(setting: Setting) -> _Named:
    for cap in setting.caps:
        yield f"a {cap.code}", cap.channel
    for budget in setting.budgets:
        yield f"the budget {budget.name!r}", [budget.channel] if budget.channel is not None else []
    for category in setting.categories.values():
        yield f"the category {category.name!r}", [category.channel] if category.channel is not None else []
    for event, shown in setting.learning.events.items():
        yield f"the event {event!r} of learning=", shown.channels.values() if isinstance(shown, Used) else []
    yield "the table of prices", setting.prices.channels if setting.prices is not None else []


def _categories(setting: Setting) -> _Named:
    for cap in setting.caps:
        yield f"a {cap.code}", cap.category


def _check(kind: str, argument: str, named: _Named, known: Mapping[str, object]) -> None:
    for what, names in named:
        for name in names:
            if name not in known:
                raise ConfigurationError(
                    f"{what} names the {kind} {name!r}, which this engine does not know.",
                    thing=name,
                    mend=f"{meant(name, known)} Give yours to Engine({argument}=[…]).",
                )

"""Choosing: the strategies that a host hands to an engine, by name, and what is wrong with them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from unichannel.core.journey.language.journey import Journey, walk
from unichannel.core.journey.language.step import Send
from unichannel.core.policy.adaptive import Adaptive
from unichannel.core.policy.setting import DEFAULT, Setting
from unichannel.core.policy.strategy import ByCategory, Function, Ordered, Own, Preferred, Strategy
from unichannel.errors import ConfigurationError

__all__ = ["StrategyLike", "check_choices", "read_strategies"]

StrategyLike: TypeAlias = "Strategy | Function | str"
"""A strategy, a host's function, or the name of one."""


def read_strategies(given: StrategyLike | None, named: Mapping[str, StrategyLike]) -> dict[str, Strategy]:
    """Every strategy by its name; the engine's own is "default", and the built-in ones have theirs.

    Raises ConfigurationError for what is no strategy, and for a name that stands for none.
    """
    built_in: dict[str, Strategy] = {"adaptive": Adaptive(), "ordered": Ordered(), "preferred": Preferred()}
    known = {**built_in, **{name: _strategy(name, one, built_in) for name, one in named.items()}}
    known[DEFAULT] = _strategy("strategy", given, known) if given is not None else known.get(DEFAULT, Preferred())
    return known


def _strategy(name: str, given: Any, known: Mapping[str, Strategy]) -> Strategy:
    if isinstance(given, Strategy):
        return given
    if isinstance(given, str) and given in known:
        return known[given]
    if callable(given) and _takes_two(given):
        return Own(given)
    raise ConfigurationError(
        f"{given!r} is no strategy.",
        thing=name,
        mend=f"Give a function f(offered, about), Adaptive(…), or a name: {', '.join(sorted(known))}.",
    )


def _takes_two(function: Callable[..., Any]) -> bool:
    try:
        inspect.signature(function).bind([], {})
    except (TypeError, ValueError):
        return False
    return True


def check_choices(setting: Setting, journeys: Sequence[Journey]) -> list[str]:
    """Raise ConfigurationError for a strategy that nobody gave, and one that cannot rank here; gives findings.

    It cannot where it names a channel or category that is unknown, or needs prices that are not there.
    """
    for thing, name in _asked(setting, journeys):
        if name not in setting.strategies:
            raise ConfigurationError(
                f"{thing!r} asks for the strategy {name!r}, which this engine was not given.",
                thing=name,
                mend=f"Engine(strategies={{{name!r}: …}}); known are {', '.join(sorted(setting.strategies))}.",
            )
    for name, strategy in setting.strategies.items():
        _check_strategy(name, strategy, setting)
    return [finding for name, strategy in setting.strategies.items() for finding in _unpriced(name, strategy, setting)]


def _asked(setting: Setting, journeys: Sequence[Journey]) -> Iterator[tuple[str, str]]:
    for category in setting.categories.values():
        if category.strategy is not None:
            yield category.name, category.strategy
    for journey in journeys:
        for step in walk(journey):
            if isinstance(step, Send) and step.strategy is not None:
                yield journey.name, step.strategy


def _check_strategy(name: str, strategy: Strategy, setting: Setting) -> None:
    unknown = [channel for channel in strategy.channels() if channel not in setting.reports]
    if unknown:
        raise ConfigurationError(
            f"the strategy {name!r} names the channel {unknown[0]!r}, which no route serves.",
            thing=unknown[0],
            mend=f"Give Engine(routes={{{unknown[0]!r}: …}}), or leave it out.",
        )
    if strategy.currency:
        _check_prices(name, strategy.currency, setting)
    if isinstance(strategy, ByCategory):
        _check_categories(name, strategy, setting)
    for part in strategy.parts():
        _check_strategy(name, part, setting)


def _check_prices(name: str, currency: str, setting: Setting) -> None:
    if setting.prices is None:
        raise ConfigurationError(
            f"the strategy {name!r} weighs costs, and this engine has no prices.",
            thing=name,
            mend="Give Engine(prices=Prices({…})).",
        )
    if setting.currency != currency:
        raise ConfigurationError(
            f"the strategy {name!r} reckons in {currency}, the prices are in {setting.currency}.",
            thing=name,
            mend="Give worth= in the currency of the prices.",
        )


def _unpriced(name: str, strategy: Strategy, setting: Setting) -> Iterator[str]:
    """What comes last everywhere, as its cost is never known."""
    for channel in sorted(setting.reports) if strategy.currency else ():
        if setting.prices is not None and channel not in setting.prices:
            yield f"the strategy {name!r} weighs costs, and {channel} has no price: it comes last"
    for part in strategy.parts():
        yield from _unpriced(name, part, setting)


def _check_categories(name: str, strategy: ByCategory, setting: Setting) -> None:
    categories = setting.categories.values()
    known = {one for category in categories for one in (category.name, category.topic, category.urgency) if one}
    unknown = sorted(set(strategy.by) - known - {"normal", "urgent", "otp"})
    if unknown:
        raise ConfigurationError(
            f"the strategy {name!r} is for {unknown[0]!r}, which is no category, topic or urgency.",
            thing=unknown[0],
            mend=f"Known are {', '.join(sorted(known))}.",
        )

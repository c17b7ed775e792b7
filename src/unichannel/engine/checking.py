"""Checking: what is wrong in the journeys that an engine is given, found before anything runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

from unichannel.core.condition.condition import Not
from unichannel.core.condition.known import AddressStale
from unichannel.core.condition.leaves import Evidence
from unichannel.core.journey.language.action import Call, Emit, StartJourney, Update
from unichannel.core.journey.language.journey import Journey, walk
from unichannel.core.journey.language.step import Send, Step, Wait, step_name
from unichannel.core.messaging.content.base import FEATURES
from unichannel.core.messaging.evaluate import check_values
from unichannel.core.messaging.message import Message
from unichannel.core.messaging.render import check
from unichannel.core.policy.setting import Setting
from unichannel.core.words.saying import joined
from unichannel.errors import ConfigurationError, DefinitionError

__all__ = ["check_budgets", "check_calls", "check_definition", "check_journey"]

T = TypeVar("T")


def check_journey(journey: Journey, setting: Setting) -> list[str]:
    """Check a journey against the engine's categories and routes.

    Raises DefinitionError for what cannot work; gives findings, which stop nothing.
    """
    findings = check_definition(journey)
    for step in walk(journey):
        if isinstance(step, Send):
            _check_send(journey, step, setting)
        findings += _check_evidence(journey, step, setting)
    for message in journey.messages():
        findings += _check_action(journey, message, setting)
    _check_ages(journey, setting)
    return findings


def check_definition(journey: Journey) -> list[str]:
    """Check what can be checked of a journey by itself, without routes and categories.

    Raises DefinitionError for a template that cannot be read; gives findings.
    """
    findings = []
    for message in journey.messages():
        check_values(message.about)
        for channel in message.channels:
            content = message.content(channel)
            assert content is not None  # noqa: S101 - they are its channels
            check(content)
    for step in walk(journey):
        check_values(_values(step))
        if isinstance(step, Wait) and isinstance(step.until, Not):
            findings.append(
                f"{journey.name!r} waits until something is not so ({step_name(step)}), "
                "which mostly holds at once: for absence over time use silent() or unanswered()"
            )
    return findings


def check_calls(journeys: Sequence[Journey], functions: Mapping[str, object]) -> None:
    """Raise ConfigurationError for a call of a function, or a start of a journey, that nobody gave."""
    known = {journey.name for journey in journeys}
    for journey in journeys:
        for step in walk(journey):
            if isinstance(step, Call) and step.function not in functions:
                raise ConfigurationError(
                    f"{journey.name!r} calls the function {step.function!r}, which this engine was not given.",
                    thing=step.function,
                    mend=f"Engine(functions={{{step.function!r}: …}}), or None where other workers have it.",
                )
            if isinstance(step, StartJourney) and step.journey not in known:
                raise ConfigurationError(
                    f"{journey.name!r} starts the journey {step.journey!r}, which this engine was not given.",
                    thing=step.journey,
                    mend="Give it to Engine(journeys=[…]).",
                )


def check_budgets(setting: Setting, journeys: Sequence[Journey]) -> list[str]:
    """Raise ConfigurationError for a budget without prices, or in another currency.

    Findings are a channel that has no price, and a journey that this process does not have.
    """
    for budget in setting.budgets:
        if setting.prices is None:
            raise ConfigurationError(
                f"the budget {budget.name!r} needs prices.", thing=budget.name, mend="Give Engine(prices=Prices({…}))."
            )
        if budget.limit.currency != setting.currency:
            raise ConfigurationError(
                f"the budget {budget.name!r} is in {budget.limit.currency}, the prices are in {setting.currency}.",
                thing=budget.name,
                mend="Convert one of them first: only you know at which rate.",
            )
    known = {one.name for one in journeys}
    strange = [
        f"the budget {one.name!r} is for the journey {one.journey!r}, which this engine was not given"
        for one in setting.budgets
        if one.journey is not None and one.journey not in known and not one.journey.startswith("send:")
    ]
    return strange + [
        f"the budget {budget.name!r} covers {channel}, which has no price: nothing that it covers goes out there"
        for budget in setting.budgets
        for channel in sorted(setting.reports)
        if budget.channel in (None, channel) and setting.prices is not None and channel not in setting.prices
    ]


def _values(step: Step) -> list[Mapping[str, Any]]:
    """The values of a step, whose texts are templates."""
    if isinstance(step, Update):
        return [step.attributes, step.data]
    if isinstance(step, Emit):
        return [step.properties]
    if isinstance(step, Call):
        return [step.arguments]
    return [step.data] if isinstance(step, StartJourney) else []


def _check_send(journey: Journey, step: Send, setting: Setting) -> None:
    setting.category(step.message.category)
    rungs = list(step.via or ())
    for channel in rungs:
        if channel not in setting.reports:
            raise DefinitionError(
                f"{journey.name!r} sends {step.message.name!r} by {channel}, which no route serves.",
                thing=channel,
                mend=f"Give Engine(routes={{{channel!r}: …}}), or leave the rung out.",
            )
        _check_taken(journey, step, channel, setting)
    for channel in rungs[:-1]:
        _check_success(journey, step, channel, setting)


def _check_taken(journey: Journey, step: Send, channel: str, setting: Setting) -> None:
    content = step.message.content(channel)
    lacks = setting.lacks(channel, content) if content is not None else ()
    if lacks:
        raise DefinitionError(
            f"{journey.name!r} sends {step.message.name!r} by {channel}, whose route does not take "
            f"{joined(FEATURES.get(one, one) for one in sorted(lacks))}.",
            thing=step.message.name,
            mend="Give the channel another route, or the message a plainer content.",
        )


def _check_action(journey: Journey, message: Message, setting: Setting) -> list[str]:
    """A marketing message that gives nothing to do is a finding."""
    if not setting.category(message.category).is_marketing:
        return []
    return [
        f"{journey.name!r}: {message.name!r} by {content.channel} has no call to action: no link, button or number"
        for content in message.contents
        if not content.acts()
    ]


def _check_success(journey: Journey, step: Send, channel: str, setting: Setting) -> None:
    """A rung that is not the last must be able to show the success that is asked of it."""
    success, content = step.success, step.message.content(channel)
    if success in (None, "accepted") or success == "converted":
        return
    if success not in setting.reports[channel]:
        raise DefinitionError(
            f"{journey.name!r} waits for {step.message.name!r} to be {success} by {channel}, "
            "which no route of that channel reports.",
            thing=step.message.name,
            mend="Give the engine tracking=, a provider that reports it, or another success=.",
        )
    if content is not None and success is not None and not content.shows(success):
        raise DefinitionError(
            f"{journey.name!r} waits for {step.message.name!r} to be {success} by {channel}, "
            "which its content cannot show.",
            thing=step.message.name,
            mend="Give the e-mail an html body, or another success=.",
        )


def _check_evidence(journey: Journey, step: object, setting: Setting) -> list[str]:
    """Conditions on evidence that no route reports can never hold; without a channel that is a finding."""
    findings = []
    for leaf in _leaves(step, Evidence):
        if leaf.evidence not in ("opened", "clicked"):
            continue
        channels = [leaf.channel] if leaf.channel is not None else list(setting.reports)
        if any(leaf.evidence in setting.reports.get(channel, ()) for channel in channels):
            continue
        text = f"{journey.name!r} asks whether something was {leaf.evidence}, which no route reports"
        if leaf.channel is not None:
            raise DefinitionError(
                f"{text} for {leaf.channel}.",
                thing=leaf.label(),
                mend="Give the engine tracking=, or a provider that reports it.",
            )
        findings.append(text)
    return findings


def _check_ages(journey: Journey, setting: Setting) -> None:
    """Where no address ages, none is ever stale."""
    for part in (journey, *walk(journey)):
        for leaf in _leaves(part, AddressStale):
            if leaf.channel not in setting.ageing:
                raise DefinitionError(
                    f"{journey.name!r} asks whether the address for {leaf.channel} is stale, where none ages.",
                    thing=leaf.label(),
                    mend=f"Give Engine(ageing={{{leaf.channel!r}: AddressAge(…)}}).",
                )


def _leaves(value: object, kind: type[T]) -> Iterator[T]:
    """Every condition of a kind inside a definition, but not in the steps inside it."""
    if isinstance(value, kind):
        yield value
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            inner = getattr(value, field.name)
            if field.name not in ("steps", "otherwise", "on_timeout", "on_failure", "message"):
                yield from _leaves(inner, kind)
    elif isinstance(value, tuple | list):
        for inner in value:
            yield from _leaves(inner, kind)

"""Difference: what changed between two versions of a journey, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

from unichannel.core.condition.condition import Condition
from unichannel.core.condition.moment import Moment
from unichannel.core.condition.pattern import On
from unichannel.core.journey.language.choice import Arm, Variant
from unichannel.core.journey.language.journey import Journey, walk
from unichannel.core.journey.language.step import Step, step_name
from unichannel.core.messaging.message import Message

__all__ = ["diff"]


def diff(old: Journey, new: Journey) -> list[str]:
    """What changed between two versions, one line each, steps by name."""
    return [*_settings(old, new), *_steps(old, new)]


def _settings(old: Journey, new: Journey) -> Iterator[str]:
    for one in fields(Journey):
        if one.name not in ("steps", "version") and getattr(old, one.name) != getattr(new, one.name):
            yield f"{one.name.replace('_', '-')} changed"


def _steps(old: Journey, new: Journey) -> Iterator[str]:
    before, after = _named(old), _named(new)
    yield from (f"step {name} is gone" for name in before if name not in after)
    yield from (f"step {name} is new" for name in after if name not in before)
    for name, step in before.items():
        if name in after and (words := list(_changes(step, after[name]))):
            yield f"step {name}: {', '.join(words)}"
    kept, others = [name for name in before if name in after], [name for name in after if name in before]
    if kept != others:
        yield f"the order is now {', '.join(others)}"


def _named(journey: Journey) -> dict[str, Step]:
    return {step_name(step): step for step in walk(journey)}


def _changes(old: Step, new: Step) -> Iterator[str]:
    """Which of a step's own settings changed; the steps inside it are told by themselves."""
    if type(old) is not type(new):
        yield f"is now of kind {new.kind}"
        return
    for one in fields(old):  # type: ignore[arg-type]
        before, after = _own(getattr(old, one.name)), _own(getattr(new, one.name))
        if before != after and one.name != "name":
            yield _change(one.name, before, after)


def _own(value: Any) -> Any:
    """A setting without the steps inside it; of arms and variants their conditions and weights stay."""
    if not isinstance(value, tuple):
        return value
    bare = (replace(one, steps=()) if isinstance(one, Arm | Variant) else one for one in value)
    return tuple(one for one in bare if not isinstance(one, Step))


def _change(name: str, before: Any, after: Any) -> str:
    if isinstance(after, Message):
        is_same = isinstance(before, Message) and before.name == after.name
        return f"message {after.name} has other contents" if is_same else f"message {after.name} is another"
    if isinstance(after, tuple):
        return f"{name.replace('_', ' ')} changed"
    return f"{name.replace('_', ' ')} is {_said(after)} instead of {_said(before)}"


def _said(value: Any) -> str:
    if value is None:
        return "not given"
    return (
        value.label() if isinstance(value, Condition | Moment) else value.event if isinstance(value, On) else str(value)
    )

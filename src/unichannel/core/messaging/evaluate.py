"""Values whose texts are templates: what steps set, tell and ask with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from unichannel.core.messaging.template import compile_template
from unichannel.core.messaging.values import as_json

__all__ = ["check_values", "evaluate"]


def check_values(values: Any) -> None:
    """Compile every template inside; raises DefinitionError for one that cannot be read."""
    for text in _texts(values):
        compile_template(text)


def evaluate(value: Any, context: Mapping[str, Any]) -> Any:
    """The value with its templates filled in, as plain JSON.

    A text that is one ``{{ … }}`` and nothing else gives what stands there, a number or a list too;
    any other text gives text. Raises MissingVariable where a template reads what is not there.
    """
    if isinstance(value, str):
        return _text(value, context) if "{" in value else value
    if isinstance(value, Mapping):
        return {name: evaluate(inner, context) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [evaluate(inner, context) for inner in value]
    return value


def _text(source: str, context: Mapping[str, Any]) -> Any:
    template = compile_template(source)
    return _plain(template.value(template.freeze(context)))


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        value = int(value) if value == value.to_integral_value() else float(value)
    return as_json(value, "value")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    for one in inner:
        yield from _texts(one)

"""The flat form: text, variables, ``default`` and ``link`` alone as a list of parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from liquid.builtin.content import ContentNode
from liquid.builtin.expressions import FilteredExpression, Path, StringLiteral
from liquid.builtin.filters.misc import default as liquid_default
from liquid.builtin.output import OutputNode
from liquid.stringify import to_liquid_string

from unichannel.core.messaging.environment import Compiled, Context, Link, tracked
from unichannel.core.messaging.reading import has_default, outermost
from unichannel.core.messaging.values import hole, missing

__all__ = ["SHORT", "Slot", "flat"]

SHORT = 1_000
"""Characters of a word that needs no look at the limits: at most six bytes each, once escaped."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A printed variable or literal, and the ``default`` and ``link`` it goes through."""

    name: str
    value: Any
    steps: tuple[tuple[str, tuple[Any, ...]], ...]
    strict: bool

    def is_plain(self, values: Mapping[str, Any]) -> bool:
        """Whether it surely gives a text: a short word that goes through nothing. No answer needs rendering to tell."""
        return not self.steps and type(value := values.get(self.name)) is str and 0 < len(value) <= SHORT

    def text(self, source: str, html: bool, values: Mapping[str, Any], link: Link) -> str:
        value = values.get(self.name) if self.name else self.value
        if self.strict and missing(value):
            raise hole(self.name, source)
        for step, arguments in self.steps:
            value = tracked(value, link) if step == "link" else liquid_default(value, *arguments)
        return to_liquid_string(value, html)


def _slot(node: OutputNode, static: Context) -> Slot | None:
    top, known = node.expression, {"default": 1, "link": 0}
    if not isinstance(top, FilteredExpression) or not isinstance(top.left, Path | StringLiteral):
        return None
    steps = []
    for step in top.filters or ():
        arguments = [argument for argument in step.args if isinstance(argument.value, StringLiteral)]
        if len(step.args) > known.get(step.name, -1) or len(arguments) < len(step.args):
            return None
        steps.append((step.name, tuple(argument.value.evaluate(static) for argument in arguments)))
    if isinstance(top.left, StringLiteral):
        return Slot("", top.left.evaluate(static), tuple(steps), False)
    return Slot(".".join(map(str, top.left.path)), None, tuple(steps), not has_default(top))


def flat(compiled: Compiled, paths: frozenset[tuple[str, ...]]) -> tuple[str | Slot, ...] | None:
    """The template's parts; None if it holds anything else, or reads a variable and also looks inside it."""
    static = Context(compiled, {}, str)
    parts: list[str | Slot] = []
    dotted = {".".join(path) for path in paths}
    for node in compiled.nodes:
        part = node.text if isinstance(node, ContentNode) else _slot(node, static) if type(node) is OutputNode else None
        if part is None or (isinstance(part, Slot) and part.name and part.name not in dotted):
            return None
        parts.append(part)
    return tuple(parts) if len(outermost(paths)) == len(paths) else None

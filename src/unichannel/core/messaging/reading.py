"""What a template reads, and where it may not be missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import liquid
from liquid.ast import Node
from liquid.builtin.expressions import FilteredExpression, Path
from liquid.builtin.output import OutputNode
from liquid.builtin.tags.assign_tag import AssignNode
from liquid.builtin.tags.capture_tag import CaptureNode
from liquid.builtin.tags.cycle_tag import CycleNode
from liquid.expression import Expression
from liquid.static_analysis import TemplateAnalysis

from unichannel.core.messaging.environment import Compiled
from unichannel.core.messaging.values import excerpt
from unichannel.errors import DefinitionError

__all__ = ["has_default", "outermost", "read", "strict"]


def _nodes(nodes: Iterable[Node], static: liquid.RenderContext) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from _nodes(node.children(static, include_partials=False), static)


def _expressions(expression: Expression) -> Iterator[Expression]:
    yield expression
    for child in expression.children():
        yield from _expressions(child)


def has_default(expression: Expression) -> bool:
    filters = expression.filters if isinstance(expression, FilteredExpression) else None
    return any(step.name == "default" for step in filters or ())


def strict(compiled: Compiled) -> frozenset[int]:
    """The positions in the source of the variables that may not be missing."""
    printing = (OutputNode, AssignNode, CycleNode)
    nodes = _nodes(compiled.nodes, liquid.RenderContext(compiled))
    tops = (top for node in nodes if isinstance(node, printing) for top in node.expressions())
    inner = (part for top in tops if not has_default(top) for part in _expressions(top))
    return frozenset(part.token.start_index for part in inner if isinstance(part, Path))


def _path(segments: list[Any], source: str) -> tuple[str, ...]:
    plain = [isinstance(part, str) and "." not in part for part in segments]
    if not plain[0]:
        raise DefinitionError(
            f"the template {excerpt(source)!r} computes the name of a variable.",
            thing="template",
            mend="Name the variable, and look up inside it: {{ event[name] }}.",
        )
    known = plain.index(False) if False in plain else len(plain)
    return tuple(segments[:known])


def read(analysis: TemplateAnalysis, compiled: Compiled) -> frozenset[tuple[str, ...]]:
    """The paths of the variables that the template reads; with a ``date`` filter, also ``now``."""
    named = [variable for found in analysis.globals.values() for variable in found]
    # Liquid counts a name as local once it is assigned anywhere before, even in a branch not taken.
    sure = {str(node.name) for node in compiled.nodes if isinstance(node, AssignNode | CaptureNode)}
    unsure = analysis.locals.keys() - sure
    named += [variable for root in unsure for variable in analysis.variables.get(root, ())]
    paths = {_path(variable.segments, compiled.source) for variable in named}
    return frozenset(paths | {("now",)} if "date" in analysis.filters else paths)


def outermost(paths: frozenset[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """The paths that lie in no other of them, sorted."""
    return tuple(sorted(path for path in paths if not any(path[:size] in paths for size in range(1, len(path)))))

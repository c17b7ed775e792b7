"""Liquid templates: compiled once, frozen when a delivery is reserved, rendered from what was frozen.

The rules of templates:

1. ``freeze`` takes from the context what the template reads, as plain JSON values; ``render``
   reads nothing else, so one delivery has the same bytes for ever (``values``).
2. What would leave a hole in the text is an error: a variable that is missing, None or "" where it
   is printed, assigned or given to a filter, unless the same expression has a ``default`` (P39). It
   may be tested (``if``, ``unless``, ``case``) and iterated, and a branch not taken asks for nothing
   (``reading``).
3. No filter and no tag knows the time: "now" and "today" are the variable ``now``, and neither the
   machine's zone nor its locale changes a date's text (``dates``, ``environment``).
4. Text, variables, ``default`` and ``link`` alone become a flat list of parts, which gives what
   Liquid gives, faster (``flat``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from liquid.builtin.output import OutputNode
from liquid.exceptions import LiquidError

from unichannel.core.messaging.environment import ENVIRONMENTS, MAX_LOOPS, MAX_OUTPUT, Compiled, Context, Link
from unichannel.core.messaging.flat import SHORT, Slot, flat
from unichannel.core.messaging.reading import outermost, read, strict
from unichannel.core.messaging.values import ABSENT, as_json, excerpt, find, nested
from unichannel.errors import DefinitionError, InvalidInput

__all__ = ["MAX_LOOPS", "MAX_OUTPUT", "Template", "compile_template"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Template:
    """A compiled template. ``reads`` are the dotted paths of the variables that it reads."""

    source: str
    html: bool
    reads: frozenset[str]
    _paths: tuple[tuple[str, ...], ...]
    _parts: tuple[str | Slot, ...] | None
    _compiled: Compiled

    def freeze(self, context: Mapping[str, Any]) -> dict[str, Any]:
        """What the template reads, taken from the nested context, as JSON values by dotted path.

        What is absent stays absent. Raises MissingVariable where the text would have a hole, and
        InvalidInput for a value that JSON cannot hold or a limit passed; neither tells values.
        """
        found = ((".".join(path), find(context, path)) for path in self._paths)
        values = {name: as_json(value, name) for name, value in found if value is not ABSENT}
        if not self._is_sure(values):
            self.render(values, str)
        return values

    def _is_sure(self, values: Mapping[str, Any]) -> bool:
        """Whether rendering surely succeeds: the variables are short words, and too few to pass a limit."""
        parts = self._parts
        if parts is None or 4 * len(self.source) + 6 * SHORT * len(parts) > MAX_OUTPUT:
            return False
        return all(isinstance(part, str) or part.is_plain(values) for part in parts)

    def render(self, values: Mapping[str, Any], link: Link) -> str:
        """The text, from frozen values only; ``link`` is what the Liquid filter of that name calls.

        Raises MissingVariable and InvalidInput, as ``freeze`` does.
        """
        if self._parts is None:
            return self._through_liquid(values, link)
        source, html = self.source, self.html
        texts = [part if isinstance(part, str) else part.text(source, html, values, link) for part in self._parts]
        text = "".join(texts)
        if len(text) > MAX_OUTPUT // 4 and len(text.encode()) > MAX_OUTPUT:
            raise _refused("output stream limit reached", source)
        return text

    def value(self, values: Mapping[str, Any]) -> Any:
        """What a template that is one ``{{ … }}`` stands for, with its type; of any other, the text."""
        nodes = self._compiled.nodes
        if len(nodes) != 1 or type(nodes[0]) is not OutputNode:
            return self.render(values, str)
        try:
            return nodes[0].expression.evaluate(Context(self._compiled, nested(values, self._paths), str))
        except _FAILS as error:
            raise _refused(_reason(error), self.source) from None

    def _through_liquid(self, values: Mapping[str, Any], link: Link) -> str:
        context = Context(self._compiled, nested(values, self._paths), link)
        buffer = context.get_buffer()
        try:
            self._compiled.render_with_context(context, buffer)
        except _FAILS as error:
            raise _refused(_reason(error), self.source) from None
        return buffer.getvalue()


# Some of Liquid's filters let Python's own errors through: `sum` of a word, for one.
_FAILS = (LiquidError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def _reason(error: Exception) -> str:
    # A filter's own words may quote the value that it could not use.
    kind = type(error).__name__.removesuffix("Error")
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).lower()


def _refused(reason: str, source: str) -> InvalidInput:
    return InvalidInput(
        f"the template {excerpt(source)!r} cannot be rendered: {reason}.",
        thing="template",
        mend="Mend the template or the values it reads.",
    )


@lru_cache(maxsize=4096)
def compile_template(source: str, *, html: bool = False) -> Template:
    """Compile a Liquid template; with ``html``, what it prints is escaped.

    The same source gives the same object, whatever it is used for (P38). Raises DefinitionError,
    which names the line, for what Liquid cannot read, and for tags and filters that are not there.
    """
    try:
        compiled = ENVIRONMENTS[html].from_string(source)
        assert isinstance(compiled, Compiled)  # noqa: S101 - tells mypy what template_class says
        compiled.source = source
        analysis = compiled.analyze(include_partials=False)
        compiled.strict = strict(compiled)
    except LiquidError as error:
        raise _wrong(str(error.message), error.token.start_index if error.token else 0, source) from error
    for name in analysis.filters.keys() - compiled.env.filters.keys():
        raise _wrong(f"there is no filter {name!r}", analysis.filters[name][0].index, source)
    paths = read(analysis, compiled)
    reads = frozenset(".".join(path) for path in paths)
    return Template(source, html, reads, outermost(paths), flat(compiled, paths), compiled)


def _wrong(reason: str, index: int, source: str) -> DefinitionError:
    line = source.count("\n", 0, max(index, 0)) + 1
    return DefinitionError(
        f"line {line} of the template {excerpt(source)!r}: {reason}.", thing="template", mend="Mend the template."
    )

"""Liquid templates: compiled once, frozen when a delivery is reserved, rendered from what was frozen.

The rules of this file:

1. ``freeze`` takes from the context what the template reads, as plain JSON values; ``render``
   reads nothing else, so one delivery has the same bytes for ever.
2. What would leave a hole in the text is an error: a variable that is missing, None or "" where it
   is printed, assigned or given to a filter, unless the same expression has a ``default`` (P39). It
   may be tested (``if``, ``unless``, ``case``) and iterated, and a branch not taken asks for nothing.
3. No filter and no tag knows the time: "now" and "today" are the variable ``now``, and neither the
   machine's zone nor its locale changes a date's text.
4. Text, variables, ``default`` and ``link`` alone become a flat list of parts, which gives what
   Liquid gives, faster.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from io import StringIO
from math import isfinite
from typing import Any, ClassVar
from uuid import UUID

import liquid
from liquid import Markup
from liquid.ast import Node
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions import FilteredExpression, Path, StringLiteral
from liquid.builtin.filters.misc import default as liquid_default
from liquid.builtin.output import OutputNode
from liquid.builtin.tags.assign_tag import AssignNode
from liquid.builtin.tags.capture_tag import CaptureNode
from liquid.builtin.tags.cycle_tag import CycleNode
from liquid.exceptions import LiquidError
from liquid.expression import Expression
from liquid.filter import with_context
from liquid.output import LimitedStringIO
from liquid.static_analysis import TemplateAnalysis
from liquid.stringify import to_liquid_string
from liquid.undefined import UNDEFINED, is_undefined
from liquid.utils import ReadOnlyChainMap

from unichannel.errors import DefinitionError, InvalidInput, MissingVariable

__all__ = ["MAX_LOOPS", "MAX_OUTPUT", "Template", "compile_template"]

MAX_OUTPUT = 1_000_000
"""The most bytes of UTF-8 that a template may write."""

MAX_LOOPS = 10_000
"""The most turns that nested loops may take together."""

_ABSENT: Any = object()
Link = Callable[[str], str]


def _missing(value: object) -> bool:
    return value is None or value == "" or is_undefined(value)


def _excerpt(source: str) -> str:
    line = " ".join(source.split())
    return line if len(line) <= 40 else f"{line[:39]}…"


def _hole(name: str, source: str) -> MissingVariable:
    return MissingVariable(
        f"the template {_excerpt(source)!r} reads {name}, which is missing.",
        thing=name,
        mend=f"Give it a value, or write {{{{ {name} | default: '…' }}}}.",
    )


# Dates. Liquid's own filter reads the clock for "now", for what a text leaves out and for years of
# two digits, the machine's zone for timestamps, and the process's locale for names.

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_HALF = ("January", "February", "March", "April", "May", "June")
_MONTHS = (*_HALF, "July", "August", "September", "October", "November", "December")
_DIRECTIVE = re.compile(r"%([-^_]?)([A-Za-z%])")
_WHOLE = {"c": "%a %b %e %H:%M:%S %Y", "x": "%m/%d/%y", "X": "%H:%M:%S", "D": "%m/%d/%y", "F": "%Y-%m-%d"}
_WHOLE |= {"T": "%H:%M:%S", "R": "%H:%M", "r": "%I:%M:%S %p", "h": "%b"}
_NAMED: dict[str, Callable[[datetime], str]] = {
    "A": lambda at: _DAYS[at.weekday()],
    "a": lambda at: _DAYS[at.weekday()][:3],
    "B": lambda at: _MONTHS[at.month - 1],
    "b": lambda at: _MONTHS[at.month - 1][:3],
    "p": lambda at: "AM" if at.hour < 12 else "PM",
    "P": lambda at: "am" if at.hour < 12 else "pm",
    "e": lambda at: f"{at.day:2}",
    "k": lambda at: f"{at.hour:2}",
    "l": lambda at: f"{at.hour % 12 or 12:2}",
    "Y": lambda at: f"{at.year:04}",
    "s": lambda at: str(int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())),
    "%": lambda _: "%",
}
_NUMBERS = frozenset("mdyHIMSfjzZuwUWVG")


def _directive(at: datetime, flag: str, letter: str) -> str:
    if letter in _WHOLE:
        text = _format(at, _WHOLE[letter])
    elif letter in _NAMED:
        text = _NAMED[letter](at)
    else:
        text = at.strftime(f"%{letter}") if letter in _NUMBERS else f"%{flag}{letter}"
    if flag == "^":
        return text.upper()
    return text.lstrip("0 ") or "0" if flag == "-" else text


def _format(at: datetime, form: str) -> str:
    return _DIRECTIVE.sub(lambda found: _directive(at, *found.groups()), form)


def _moment(value: object) -> datetime | None:
    try:
        if isinstance(value, str) and not value.isdigit():
            return datetime.fromisoformat(value)
        if isinstance(value, int | float | str) and not isinstance(value, bool):
            return datetime.fromtimestamp(float(value), UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return None


@with_context
def _date(value: Any, form: str, *, context: _Context) -> str:
    """Liquid's ``date``: of ISO 8601 text or seconds since 1970; any other text stays as it is."""
    if _missing(value):
        return ""
    if value in ("now", "today"):
        value = context.globals.get("now")
        if _missing(value):
            raise _hole("now", context.template.source)
    at = _moment(value)
    return str(value) if at is None else _format(at, str(form))


def _tracked(value: Any, link: Link) -> str:
    if _missing(value):
        return ""
    # A literal in an HTML template counts as HTML, where an author writes &amp; for &.
    return link(str.replace(value, "&amp;", "&") if isinstance(value, Markup) else str(value))


@with_context
def _link(value: Any, *, context: _Context) -> str:
    return _tracked(value, context.link)


# Liquid, with what it must not do taken out.


class _Context(liquid.RenderContext):
    """Where a rendering looks names up: in what was frozen and what the template assigned."""

    __slots__ = ("link",)
    template: _Compiled

    def __init__(self, template: _Compiled, values: Mapping[str, object], link: Link) -> None:
        super().__init__(template, globals=values)
        self.link = link
        # Liquid's own chain also answers `now` and `today` from the clock.
        self.scope = ReadOnlyChainMap(self.locals, self.globals, self.counters)

    def get(self, path: list[object], *, token: Any, default: object = UNDEFINED) -> object:
        value = super().get(path, token=token, default=default)
        if _missing(value) and token.start_index in self.template.strict and path[0] not in self.locals:
            raise _hole(".".join(map(str, path)), self.template.source)
        return value

    def get_buffer(self, buf: Any = None) -> StringIO:
        return _Buffer(MAX_OUTPUT - getattr(buf, "size", 0), "", "\n")


class _Buffer(LimitedStringIO):
    """Liquid's limited buffer would turn CR LF into LF; with newline "\\n" it leaves text alone."""


class _Compiled(liquid.BoundTemplate):
    source: str
    strict: frozenset[int]

    def make_partial_namespace(self, partial: bool, render_args: Mapping[str, object]) -> Mapping[str, object]:
        return render_args  # Liquid's own hides a variable called `partial`.


class _Environment(liquid.Environment):
    template_class = _Compiled
    loop_iteration_limit: ClassVar[int | None] = MAX_LOOPS
    output_stream_limit: ClassVar[int | None] = MAX_OUTPUT
    local_namespace_limit: ClassVar[int | None] = MAX_OUTPUT

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=extra)
        for tag in ("include", "render"):
            del self.tags[tag]
        self.add_filter("date", _date)
        self.add_filter("link", _link)


_ENVIRONMENTS = {html: _Environment(autoescape=html) for html in (False, True)}


# What a template reads, and where it may not be missing.


def _nodes(nodes: Iterable[Node], static: liquid.RenderContext) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from _nodes(node.children(static, include_partials=False), static)


def _expressions(expression: Expression) -> Iterator[Expression]:
    yield expression
    for child in expression.children():
        yield from _expressions(child)


def _has_default(expression: Expression) -> bool:
    filters = expression.filters if isinstance(expression, FilteredExpression) else None
    return any(step.name == "default" for step in filters or ())


def _strict(compiled: _Compiled) -> frozenset[int]:
    printing = (OutputNode, AssignNode, CycleNode)
    nodes = _nodes(compiled.nodes, liquid.RenderContext(compiled))
    tops = (top for node in nodes if isinstance(node, printing) for top in node.expressions())
    inner = (part for top in tops if not _has_default(top) for part in _expressions(top))
    return frozenset(part.token.start_index for part in inner if isinstance(part, Path))


def _path(segments: list[Any], source: str) -> tuple[str, ...]:
    plain = [isinstance(part, str) and "." not in part for part in segments]
    if not plain[0]:
        raise DefinitionError(
            f"the template {_excerpt(source)!r} computes the name of a variable.",
            thing="template",
            mend="Name the variable, and look up inside it: {{ event[name] }}.",
        )
    known = plain.index(False) if False in plain else len(plain)
    return tuple(segments[:known])


def _read(analysis: TemplateAnalysis, compiled: _Compiled) -> frozenset[tuple[str, ...]]:
    named = [variable for found in analysis.globals.values() for variable in found]
    # Liquid counts a name as local once it is assigned anywhere before, even in a branch not taken.
    sure = {str(node.name) for node in compiled.nodes if isinstance(node, AssignNode | CaptureNode)}
    unsure = analysis.locals.keys() - sure
    named += [variable for root in unsure for variable in analysis.variables.get(root, ())]
    paths = {_path(variable.segments, compiled.source) for variable in named}
    return frozenset(paths | {("now",)} if "date" in analysis.filters else paths)


def _outermost(paths: frozenset[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    return tuple(sorted(path for path in paths if not any(path[:size] in paths for size in range(1, len(path)))))


# The flat form.


@dataclass(frozen=True, slots=True)
class _Slot:
    """A printed variable or literal, and the ``default`` and ``link`` it goes through."""

    name: str
    value: Any
    steps: tuple[tuple[str, tuple[Any, ...]], ...]
    strict: bool

    def text(self, template: Template, values: Mapping[str, Any], link: Link) -> str:
        value = values.get(self.name) if self.name else self.value
        if self.strict and _missing(value):
            raise _hole(self.name, template.source)
        for step, arguments in self.steps:
            value = _tracked(value, link) if step == "link" else liquid_default(value, *arguments)
        return to_liquid_string(value, template.html)


def _slot(node: OutputNode, static: _Context) -> _Slot | None:
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
        return _Slot("", top.left.evaluate(static), tuple(steps), False)
    return _Slot(".".join(map(str, top.left.path)), None, tuple(steps), not _has_default(top))


def _flat(compiled: _Compiled, paths: frozenset[tuple[str, ...]]) -> tuple[str | _Slot, ...] | None:
    static = _Context(compiled, {}, str)
    parts: list[str | _Slot] = []
    dotted = {".".join(path) for path in paths}
    for node in compiled.nodes:
        part = node.text if isinstance(node, ContentNode) else _slot(node, static) if type(node) is OutputNode else None
        if part is None or (isinstance(part, _Slot) and part.name and part.name not in dotted):
            return None
        parts.append(part)
    return tuple(parts) if len(_outermost(paths)) == len(paths) else None


# Values.


def _into(value: Any, part: str) -> Any:
    if isinstance(value, Mapping):
        return value[part] if part in value else len(value) if part == "size" else _ABSENT
    if part == "size" and isinstance(value, str | list | tuple):
        return len(value)
    if part in ("first", "last") and isinstance(value, list | tuple) and value:
        return value[0 if part == "first" else -1]
    return _ABSENT


def _find(context: Any, path: tuple[str, ...]) -> Any:
    for part in path:
        context = _into(context, part)
    return context


def _plain(value: Any, name: str) -> Any:
    """A value as JSON has it."""
    if isinstance(value, Enum):
        return _plain(value.value, name)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    if isinstance(value, str):
        return _text(str.__str__(value), name)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(item, f"{name}.{key}") for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, name) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((_plain(item, name) for item in value), key=str)
    if isinstance(value, Decimal | UUID):
        return str(value)
    raise InvalidInput(
        f"the variable {name} is a {type(value).__name__}, which cannot be kept for a template.",
        thing=name,
        mend="Give text, a number, a date, or a list or mapping of these.",
    )


def _text(value: str, name: str) -> str:
    try:
        value.isascii() or value.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput(f"the variable {name} holds half a character.", thing=name, mend="Mend its text.") from error
    return value


def _nested(values: Mapping[str, Any], paths: Iterable[tuple[str, ...]]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for path in paths:
        if (dotted := ".".join(path)) in values:
            branch = tree
            for part in path[:-1]:
                branch = branch.setdefault(part, {})
            branch[path[-1]] = values[dotted]
    return tree


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Template:
    """A compiled template. ``reads`` are the dotted paths of the variables that it reads."""

    source: str
    html: bool
    reads: frozenset[str]
    _paths: tuple[tuple[str, ...], ...]
    _parts: tuple[str | _Slot, ...] | None
    _compiled: _Compiled

    def freeze(self, context: Mapping[str, Any]) -> dict[str, Any]:
        """What the template reads, taken from the nested context, as JSON values by dotted path.

        What is absent stays absent. Raises MissingVariable where the text would have a hole, and
        InvalidInput for a value that JSON cannot hold or a limit passed; neither tells values.
        """
        found = ((".".join(path), _find(context, path)) for path in self._paths)
        values = {name: _plain(value, name) for name, value in found if value is not _ABSENT}
        self.render(values, str)
        return values

    def render(self, values: Mapping[str, Any], link: Link) -> str:
        """The text, from frozen values only; ``link`` is what the Liquid filter of that name calls.

        Raises MissingVariable and InvalidInput, as ``freeze`` does.
        """
        if self._parts is None:
            return self._through_liquid(values, link)
        text = "".join([part if isinstance(part, str) else part.text(self, values, link) for part in self._parts])
        if len(text) > MAX_OUTPUT // 4 and len(text.encode()) > MAX_OUTPUT:
            raise _refused("output stream limit reached", self.source)
        return text

    def _through_liquid(self, values: Mapping[str, Any], link: Link) -> str:
        context = _Context(self._compiled, _nested(values, self._paths), link)
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
        f"the template {_excerpt(source)!r} cannot be rendered: {reason}.",
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
        compiled = _ENVIRONMENTS[html].from_string(source)
        assert isinstance(compiled, _Compiled)  # noqa: S101 - tells mypy what template_class says
        compiled.source = source
        analysis = compiled.analyze(include_partials=False)
        compiled.strict = _strict(compiled)
    except LiquidError as error:
        raise _wrong(str(error.message), error.token.start_index if error.token else 0, source) from error
    for name in analysis.filters.keys() - compiled.env.filters.keys():
        raise _wrong(f"there is no filter {name!r}", analysis.filters[name][0].index, source)
    paths = _read(analysis, compiled)
    reads = frozenset(".".join(path) for path in paths)
    return Template(source, html, reads, _outermost(paths), _flat(compiled, paths), compiled)


def _wrong(reason: str, index: int, source: str) -> DefinitionError:
    line = source.count("\n", 0, max(index, 0)) + 1
    return DefinitionError(
        f"line {line} of the template {_excerpt(source)!r}: {reason}.", thing="template", mend="Mend the template."
    )

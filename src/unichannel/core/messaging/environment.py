"""The Liquid environment: Liquid with what it must not do taken out, and limits set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import StringIO
from typing import Any, ClassVar

import liquid
from liquid import Markup
from liquid.filter import with_context
from liquid.output import LimitedStringIO
from liquid.undefined import UNDEFINED
from liquid.utils import ReadOnlyChainMap

from unichannel.core.messaging.dates import format_date, moment
from unichannel.core.messaging.values import hole, missing

__all__ = ["ENVIRONMENTS", "MAX_LOOPS", "MAX_OUTPUT", "Compiled", "Context", "Link", "tracked"]

MAX_OUTPUT = 1_000_000
"""The most bytes of UTF-8 that a template may write."""

MAX_LOOPS = 10_000
"""The most turns that nested loops may take together."""

Link = Callable[[str], str]


@with_context
def _date(value: Any, form: str, *, context: Context) -> str:
    """Liquid's ``date``: of ISO 8601 text or seconds since 1970; any other text stays as it is."""
    if missing(value):
        return ""
    if value in ("now", "today"):
        value = context.globals.get("now")
        if missing(value):
            raise hole("now", context.template.source)
    at = moment(value)
    return str(value) if at is None else format_date(at, str(form))


def tracked(value: Any, link: Link) -> str:
    """What the ``link`` filter makes of a value; of a missing one, nothing."""
    if missing(value):
        return ""
    # A literal in an HTML template counts as HTML, where an author writes &amp; for &.
    return link(str.replace(value, "&amp;", "&") if isinstance(value, Markup) else str(value))


@with_context
def _link(value: Any, *, context: Context) -> str:
    return tracked(value, context.link)


class Context(liquid.RenderContext):
    """Where a rendering looks names up: in what was frozen and what the template assigned."""

    __slots__ = ("link",)
    template: Compiled

    def __init__(self, template: Compiled, values: Mapping[str, object], link: Link) -> None:
        super().__init__(template, globals=values)
        self.link = link
        # Liquid's own chain also answers `now` and `today` from the clock.
        self.scope = ReadOnlyChainMap(self.locals, self.globals, self.counters)

    def get(self, path: list[object], *, token: Any, default: object = UNDEFINED) -> object:
        value = super().get(path, token=token, default=default)
        if missing(value) and token.start_index in self.template.strict and path[0] not in self.locals:
            raise hole(".".join(map(str, path)), self.template.source)
        return value

    def get_buffer(self, buf: Any = None) -> StringIO:
        return _Buffer(MAX_OUTPUT - getattr(buf, "size", 0), "", "\n")


class _Buffer(LimitedStringIO):
    """Liquid's limited buffer would turn CR LF into LF; with newline "\\n" it leaves text alone."""


class Compiled(liquid.BoundTemplate):
    source: str
    strict: frozenset[int]

    def make_partial_namespace(self, partial: bool, render_args: Mapping[str, object]) -> Mapping[str, object]:
        return render_args  # Liquid's own hides a variable called `partial`.


class _Environment(liquid.Environment):
    template_class = Compiled
    loop_iteration_limit: ClassVar[int | None] = MAX_LOOPS
    output_stream_limit: ClassVar[int | None] = MAX_OUTPUT
    local_namespace_limit: ClassVar[int | None] = MAX_OUTPUT

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=extra)
        for tag in ("include", "render"):
            del self.tags[tag]
        self.add_filter("date", _date)
        self.add_filter("link", _link)


ENVIRONMENTS = {html: _Environment(autoescape=html) for html in (False, True)}

"""Statements: written once with SQLAlchemy Core, compiled once per backend to text, run with tuples."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from sqlalchemy import BindParameter, ClauseElement, ColumnElement, Table, Text, bindparam, delete, literal_column
from sqlalchemy.engine.default import DefaultDialect

from unichannel.stores.sql.dialects import among_values, fact_added

__all__ = ["Paramstyle", "Row", "Statement", "Style", "among", "literal", "removing", "value", "with_fact"]

Row: TypeAlias = tuple[Any, ...]
Paramstyle: TypeAlias = Literal["qmark", "format"]


@dataclass(frozen=True, slots=True)
class Style:
    """What the text of a statement depends on."""

    dialect: type[DefaultDialect]
    paramstyle: Paramstyle
    schema: str | None

    @property
    def gathers(self) -> bool:
        """Whether a change for many rows is one statement (else the driver runs it for each row)."""
        return self.dialect.name == "postgresql"


class Statement:
    """A statement and the names of its parameters, in the order in which the caller gives them."""

    __slots__ = ("_clause", "_names", "_texts")

    def __init__(self, clause: ClauseElement, *names: str) -> None:
        self._clause = clause
        self._names = names
        self._texts: dict[Style, tuple[str, Callable[[Row], Row] | None]] = {}

    def text(self, style: Style) -> tuple[str, Callable[[Row], Row] | None]:
        """The text, and what brings a caller's tuple into its order (None where it is in it)."""
        found = self._texts.get(style)
        if found is None:
            found = self._texts[style] = self._compile(style)
        return found

    def _compile(self, style: Style) -> tuple[str, Callable[[Row], Row] | None]:
        more: dict[str, Any] = {}
        if style.schema:
            more = {"schema_translate_map": {None: style.schema}, "render_schema_translate": True}
        compiled: Any = self._clause.compile(dialect=style.dialect(paramstyle=style.paramstyle), **more)
        return str(compiled), _arranger(self._names, compiled.positiontup or (), compiled.params)


def _arranger(given: Sequence[str], wanted: Sequence[str], constants: Mapping[str, Any]) -> Callable[[Row], Row] | None:
    """What brings values into the order of the text, with the constants that it has."""
    if list(given) == list(wanted):
        return None
    added = [name for name in wanted if name not in given]
    tail = tuple(constants[name] for name in added)
    known = [*given, *added]
    places = [known.index(name) for name in wanted]
    return lambda row: tuple([(row + tail)[place] for place in places])


def value(name: str) -> BindParameter[Any]:
    """A parameter; its name never meets a column's."""
    return bindparam(f"p_{name}")


def literal(text: str) -> ColumnElement[str]:
    """A text written into the statement, as a partial index must see it to be used."""
    return literal_column(f"'{text}'", Text)


def among(left: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Whether the column is in a list that is given as one JSON document, however long it is."""
    return among_values(left, value(name))


def with_fact(facts: ColumnElement[str], fact: str, at: ColumnElement[int]) -> ColumnElement[str]:
    """A JSON object of facts with one more."""
    return fact_added(facts, literal(fact), at)


def removing(table: Table, key: str) -> Statement:
    """DELETE of the rows whose key is in a JSON list."""
    return Statement(delete(table).where(among(table.c[key], key)), f"p_{key}")

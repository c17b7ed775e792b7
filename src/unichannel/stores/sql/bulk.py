"""Changes of many rows: where a round trip costs, one statement for all of them.

Rows travel as one JSON list for each column, which PostgreSQL unfolds beside each other. Measured
with 500 deliveries: 7 ms, against 10 ms for one document of objects, 14 ms for ``executemany`` in
a pipeline and 65 ms for arrays of the driver's. SQLite has no round trip: ``executemany``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy import JSON, ClauseElement, ColumnElement, Insert, Select, Table, Update, cast, func, select
from sqlalchemy import insert as sql_insert
from sqlalchemy import update as sql_update

from unichannel.stores.sql.dialects import InsertIfNew
from unichannel.stores.sql.rows import listed
from unichannel.stores.sql.statement import Row, Statement, Style, among, value

__all__ = ["Bulk", "inserting", "updating"]

Given: TypeAlias = Mapping[str, ColumnElement[Any]]


class Bulk(Statement):
    """A change for each of many rows, whose last ``keys`` values name what is changed (0: nothing is there yet)."""

    __slots__ = ("_gathered", "_keys")

    def __init__(self, single: ClauseElement, gathered: ClauseElement, names: Sequence[str], keys: int) -> None:
        super().__init__(single, *(f"p_{name}" for name in names))
        self._gathered = Statement(gathered, *(f"p_{name}" for name in names))
        self._keys = keys

    def gather(self, style: Style, rows: Sequence[Row]) -> tuple[str, Row]:
        """One text and its parameters for all rows; of rows with equal keys the last, as if one came after another."""
        text, arrange = self._gathered.text(style)
        if self._keys:
            rows = list({row[-self._keys :]: row for row in rows}.values())
        lists = tuple(map(listed, zip(*rows, strict=True)))
        return text, arrange(lists) if arrange else lists


def inserting(table: Table, *names: str, if_new: bool = False) -> Bulk:
    """INSERT of rows with these columns; ``if_new`` leaves out those whose key is there already."""
    make: Callable[[Table], Insert] = InsertIfNew if if_new else sql_insert
    single = make(table).values({name: value(name) for name in names}).inline()
    gathered = make(table).from_select(list(names), _unfolded(table, names), include_defaults=False)
    return Bulk(single, gathered, names, 0)


def updating(
    table: Table,
    keys: Sequence[str],
    *names: str,
    change: Callable[[Update, Given], Update] | None = None,
) -> Bulk:
    """UPDATE of these columns where the keys match; rows give the columns, then the keys.

    ``change`` says what is set, where it is not just the columns given, and under which condition.
    """
    wanted = (*names, *keys)
    unfolded = _unfolded(table, wanted).subquery("given")
    single, gathered = ({name: value(name) for name in wanted}, {name: unfolded.c[name] for name in wanted})
    one, all_of_them = (_update(table, keys, names, given, change) for given in (single, gathered))
    # Named once more as a list: a join alone may be answered by reading the whole table.
    all_of_them = all_of_them.where(among(table.c[keys[0]], keys[0]))
    return Bulk(one, all_of_them, wanted, len(keys))


def _update(
    table: Table,
    keys: Sequence[str],
    names: Sequence[str],
    given: Given,
    change: Callable[[Update, Given], Update] | None,
) -> Update:
    clause = sql_update(table)
    for key in keys:
        clause = clause.where(table.c[key] == given[key])
    return change(clause, given) if change else clause.values({name: given[name] for name in names})


def _unfolded(table: Table, names: Sequence[str]) -> Select[Any]:
    """The rows of lists, one for each column."""
    items = (func.json_array_elements_text(cast(value(name), JSON)) for name in names)
    columns = zip(names, items, strict=True)
    return select(*(cast(item, table.c[name].type).label(name) for name, item in columns))

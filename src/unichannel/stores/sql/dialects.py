"""What backends spell differently, as elements of SQLAlchemy: each is compiled to the words of its backend."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Insert, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType

__all__ = ["InsertIfNew", "among_values", "fact_added"]


class among_values(FunctionElement[Any]):  # noqa: N801 -- it is written as a function
    """Whether a column is in a list that is one JSON document."""

    type = NullType()  # as a Boolean, it would be compared with 1 where there are none
    inherit_cache = True


class fact_added(FunctionElement[str]):  # noqa: N801
    """A JSON object, kept as text, with one more member: object, name, whole number."""

    type = Text()
    inherit_cache = True


class InsertIfNew(Insert):
    """INSERT of what no unique index has yet; of a key that another transaction is inserting it waits for the end."""

    inherit_cache = False


def _parts(element: FunctionElement[Any], compiler: SQLCompiler, more: dict[str, Any]) -> list[str]:
    return [compiler.process(clause, **more) for clause in element.clauses]


@compiles(among_values)
def _in_list(element: among_values, compiler: SQLCompiler, **more: Any) -> str:
    left, values = _parts(element, compiler, more)
    return f"{left} IN (SELECT value FROM json_each({values}))"  # noqa: S608 -- its parts are compiled


@compiles(among_values, "postgresql")
def _in_array(element: among_values, compiler: SQLCompiler, **more: Any) -> str:
    # Read into an array first: as a subquery the list would be joined, and the whole table read for it.
    left, values = _parts(element, compiler, more)
    kind = "BIGINT" if isinstance(_first(element).type, BigInteger) else "TEXT"
    items = f"SELECT CAST(one AS {kind}) FROM json_array_elements_text(CAST({values} AS JSON)) one"  # noqa: S608
    return f"{left} = ANY (ARRAY({items}))"


def _first(element: FunctionElement[Any]) -> ColumnElement[Any]:
    first: ColumnElement[Any] = next(iter(element.clauses))
    return first


@compiles(fact_added)
def _with_member(element: fact_added, compiler: SQLCompiler, **more: Any) -> str:
    document, name, number = _parts(element, compiler, more)
    return f"json_set({document}, '$.' || {name}, {number})"


@compiles(fact_added, "postgresql")
def _with_member_of_jsonb(element: fact_added, compiler: SQLCompiler, **more: Any) -> str:
    document, name, number = _parts(element, compiler, more)
    return f"CAST(jsonb_set(CAST({document} AS JSONB), ARRAY[{name}], to_jsonb(CAST({number} AS BIGINT))) AS TEXT)"


@compiles(InsertIfNew)
def _if_new(element: InsertIfNew, compiler: SQLCompiler, **more: Any) -> str:
    insert: str = compiler.visit_insert(element, **more)  # type: ignore[no-untyped-call]
    return f"{insert} ON CONFLICT DO NOTHING"

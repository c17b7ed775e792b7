"""The JSON Schema of a journey's stored form, made from the definitions themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode

from unichannel.core.journey.form.stored import SCHEMA
from unichannel.core.journey.language.journey import Journey
from unichannel.core.words.definition import MARK, Family

__all__ = ["DEFS", "DIALECT", "Schema", "stored_schema", "vocabulary"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
DEFS = "#/$defs/"

Schema = dict[str, Any]
"""A node of a JSON Schema."""


class _Generator(GenerateJsonSchema):
    """Without titles for fields, and without defaults that JSON has no words for."""

    ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012 -- as the base has it

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def stored_schema() -> Schema:
    """The JSON Schema of what is stored of a journey, with every kind that is known now."""
    defs = vocabulary()
    journey = defs.pop("Journey")
    journey["properties"] = {"schema": {"const": SCHEMA}, **journey["properties"]}
    journey["required"] = ["schema", *journey["required"]]
    return {"$schema": DIALECT, **journey, "title": "A journey as unichannel stores it", "$defs": defs}


def vocabulary() -> dict[str, Schema]:
    """The schema of each definition by its name; a family is a choice of its kinds, ``Step.send`` and so on."""
    known = {family.__name__: family for family in Family.__subclasses__()}
    families: dict[str, Any] = {}
    while True:
        roots, defs = _generate(families)
        found = {name: known[name] for name in sorted(set(_marks(defs)) & known.keys())}
        if found.keys() == families.keys():
            return _linked(roots, defs, families)
        families = found


def _generate(families: dict[str, Any]) -> tuple[dict[str, str], dict[str, Schema]]:
    """The definitions by name, and under which name each kind's is."""
    asked: dict[str, type] = {"Journey": Journey}
    for name, family in families.items():
        asked |= {f"{name}.{kind}": member for kind, member in family.kinds.items()}
    mode: JsonSchemaMode = "validation"
    inputs: list[tuple[str, JsonSchemaMode, TypeAdapter[Any]]] = [
        (key, mode, TypeAdapter(one)) for key, one in asked.items()
    ]
    made, rest = TypeAdapter.json_schemas(inputs, schema_generator=_Generator)
    return {key: schema["$ref"].removeprefix(DEFS) for (key, _), schema in made.items()}, rest["$defs"]


def _marks(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get(MARK), str):
            yield node[MARK]
        for inner in node.values():
            yield from _marks(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _marks(inner)


def _linked(roots: dict[str, str], defs: dict[str, Schema], families: dict[str, Any]) -> dict[str, Schema]:
    """With families in place of their marks, and only what is reached from a journey."""
    for name, family in families.items():
        defs[name] = {"oneOf": [{"$ref": f"{DEFS}{name}.{kind}"} for kind in sorted(family.kinds)]}
        defs |= {f"{name}.{kind}": _of_kind(kind, defs[roots[f"{name}.{kind}"]]) for kind in family.kinds}
    linked = {name: _unmarked(schema) for name, schema in defs.items()}
    reached = _reached("Journey", linked, set())
    return {name: linked[name] for name in sorted(reached)}


def _of_kind(kind: str, schema: Schema) -> Schema:
    properties = {"kind": {"const": kind}, **schema["properties"]}
    return {**schema, "properties": properties, "required": ["kind", *schema.get("required", ())]}


def _unmarked(node: Any) -> Any:
    if isinstance(node, list):
        return [_unmarked(inner) for inner in node]
    if not isinstance(node, dict):
        return node
    if isinstance(node.get(MARK), str):
        return {"$ref": DEFS + node[MARK]}
    return {key: _unmarked(inner) for key, inner in node.items()}


def _reached(name: str, defs: dict[str, Schema], seen: set[str]) -> set[str]:
    seen.add(name)
    for other in _references(defs[name]):
        if other not in seen:
            _reached(other, defs, seen)
    return seen


def _references(node: Any) -> Iterator[str]:
    inside = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    if isinstance(node, dict) and isinstance(node.get("$ref"), str):
        yield node["$ref"].removeprefix(DEFS)
    for inner in inside:
        yield from _references(inner)

"""The published JSON Schemas: of the stored form, and of files, which may say the same shorter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from unichannel.core.journey.form.schema import DIALECT, Schema, stored_schema, vocabulary
from unichannel.core.journey.form.shorthand import (
    CONTENTS,
    FIELDS,
    LIFTED,
    TEXTS,
    definition_of,
    fields_of,
    head_of,
    words_of,
)
from unichannel.core.journey.form.stored import SCHEMA
from unichannel.core.journey.form.wording import MOMENT, SPAN

__all__ = ["json_schema"]

_PATTERNS = {"Span": SPAN, "Moment": MOMENT, "DateOf": MOMENT}


def json_schema(form: Literal["stored", "file"] = "stored") -> dict[str, Any]:
    """The JSON Schema (2020-12) of a stored journey, or of a document in a file, for editors to check it by.

    It has every kind that is known now; a host's own are in it once their classes are made.
    """
    return stored_schema() if form == "stored" else _file_schema()


def _file_schema() -> Schema:
    defs = _open(vocabulary())
    short = {name: _shortened(name, schema, defs) for name, schema in defs.items()}
    message = short["Message"]["anyOf"][0]
    unnamed = {**message, "required": [one for one in message["required"] if one != "name"]}
    messages = {"type": "object", "additionalProperties": unnamed}
    journey = short.pop("Journey")["anyOf"][0]
    journey["properties"] |= {"schema": {"maximum": SCHEMA}, "messages": messages}
    shared = {
        "type": "object",
        "properties": {"messages": messages},
        "required": ["messages"],
        "additionalProperties": False,
    }
    title = "A document of a file that unichannel reads: a journey, or messages for all of them"
    return {"$schema": DIALECT, "title": title, "anyOf": [journey, shared], "$defs": short}


def _open(node: Any) -> Any:
    """Without choices of exactly one: what is shorter may be read in two ways, and is then read as the first."""
    if isinstance(node, list):
        return [_open(one) for one in node]
    if not isinstance(node, dict):
        return node
    return {"anyOf" if key == "oneOf" else key: _open(one) for key, one in node.items()}


def _shortened(name: str, schema: Schema, defs: Mapping[str, Schema]) -> Schema:
    """What may stand in a file in place of a definition: what is stored, or what is shorter."""
    whole = _fields(name, schema, defs) if "properties" in schema else schema
    words = words_of(name, defs)
    under = [_under_word(word, definition_of(name, start), start, defs) for word, start in words.items()]
    bare = [word for word, start in words.items() if not _missing(defs[definition_of(name, start)], start)]
    texts: list[Schema] = [{"enum": bare}] if bare and name != "Test" else []
    if name in _PATTERNS:
        texts.append({"type": "string", "pattern": f"^(?:{_PATTERNS[name]})$"})
    elif name in TEXTS or name == "Message":
        texts.append({"type": "string"})
    elif name == "Test":
        texts.append({"not": {"type": "object"}})
    return {"anyOf": [*(whole.get("anyOf") or [whole]), *under, *texts]}


def _missing(schema: Schema, start: Schema) -> set[str]:
    return set(schema.get("required", ())) - start.keys()


def _fields(name: str, schema: Schema, defs: Mapping[str, Schema]) -> Schema:
    """The definition with the words that its fields have in files."""
    renamed = FIELDS.get(name, {}).values()
    into, _ = CONTENTS.get(name, ("", ""))
    required = [one for one in schema.get("required", ()) if one not in renamed and one != into]
    return {**schema, "properties": schema["properties"] | _properties(name, defs), "required": required}


def _properties(name: str, defs: Mapping[str, Schema]) -> dict[str, Schema]:
    own = {word: defs[name]["properties"][one] for word, one in fields_of(name, defs).items()}
    if name in LIFTED:
        own = _properties(LIFTED[name][1], defs) | own
    if name in CONTENTS:
        family = CONTENTS[name][1]
        for word, start in words_of(family, defs).items():
            own[word] = _under_word(word, definition_of(family, start), start, defs)["properties"][word]
    return own


def _under_word(word: str, name: str, start: Schema, defs: Mapping[str, Schema]) -> Schema:
    """``{send: welcome, via: email}``: under the word the first field, or a mapping of fields, or nothing."""
    fields = {one: schema for one, schema in _properties(name, defs).items() if one not in start}
    head = head_of(name, start, defs)
    inside: Schema = {"type": "object", "properties": fields, "additionalProperties": False}
    under = [inside, {"type": "null"}, *([defs[name]["properties"][head]] if head else [])]
    described = {"description": defs[name]["description"]} if "description" in defs[name] else {}
    properties = {**fields, word: {**described, "anyOf": under}}
    return {"type": "object", "properties": properties, "required": [word], "additionalProperties": False}

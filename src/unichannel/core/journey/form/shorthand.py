"""Journeys as people write them in files, turned into the stored form.

A file says what the stored form says, and may say it shorter. The rules, and the tables below are all there is to them:

- What has a kind may be written under it: ``{send: welcome, via: email}`` is
  ``{kind: send, message: welcome, via: email}``. Under the kind stands the first field, or a mapping of fields.
- A text stands for a span, an event, a moment, a message by its name, or a kind that needs nothing more.
- Evidence is written as what was shown: ``{opened: email}``.

What may stand where is taken from the JSON Schema, so that a host's own kinds are written the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from unichannel.core.journey.form.schema import DEFS, Schema
from unichannel.core.journey.form.wording import moment_from, span_from
from unichannel.core.words.definition import dump

__all__ = [
    "CONTENTS",
    "EVIDENCE",
    "FIELDS",
    "LIFTED",
    "TEXTS",
    "definition_of",
    "fields_of",
    "head_of",
    "options_of",
    "references",
    "words_of",
]

_SHOWN = ("accepted", "delivered", "opened", "clicked", "replied", "converted", "engaged", "failed")

EVIDENCE = {one: one for one in _SHOWN} | {"sent": "accepted"}
"""Words for a condition besides its kinds, and the evidence that each is; under it stands the channel."""

FIELDS = {"Arm": {"when": "condition"}, "Condition.silent": {"for": "for_"}, "Step.digest": {"for": "span"}}
"""Words for fields whose own name is not theirs in a file."""

CONTENTS = {"Message": ("contents", "Content")}
"""Where kinds of a family may stand among the fields: ``{name: welcome, sms: Hello}``."""

LIFTED = {"Condition.happened": ("event", "On")}
"""Where the fields of the first field may stand beside it: ``{happened: visit, where: {page: /}}``."""

TEXTS: Mapping[str, Callable[[str], dict[str, Any]]] = {
    "Span": lambda text: dump(span_from(text)),
    "Moment": lambda text: dump(moment_from(text)),
    "DateOf": lambda text: {name: one for name, one in dump(moment_from(text)).items() if name != "kind"},
    "On": lambda text: {"event": text},
}
"""What a text stands for, the first of these that may stand there."""


def words_of(name: str, defs: Mapping[str, Schema]) -> dict[str, Schema]:
    """The words under which members of a family are written, and what each begins with."""
    kinds = [ref.partition(".")[2] for ref in references(defs[name])]
    words: dict[str, Schema] = {kind: {"kind": kind} for kind in kinds if kind}
    evidence = {word: {"evidence": one} for word, one in EVIDENCE.items()}
    if name == "Evidence":
        return evidence
    return words | (
        {word: {"kind": "evidence", **one} for word, one in evidence.items()} if name == "Condition" else {}
    )


def definition_of(family: str, start: Schema) -> str:
    """The name of the definition that a word begins."""
    return f"{family}.{start['kind']}" if "kind" in start else family


def fields_of(name: str, defs: Mapping[str, Schema]) -> dict[str, str]:
    """The words for fields, and the field that each is."""
    own = [one for one in defs[name].get("properties", ()) if one != "kind"]
    other = FIELDS.get(name, {})
    return {**other, **{one: one for one in own if one not in other.values()}}


def head_of(name: str, start: Schema, defs: Mapping[str, Schema]) -> str | None:
    """The field that stands under the word: the first that it does not say itself."""
    return next((one for one in defs[name].get("properties", ()) if one != "kind" and one not in start), None)


def references(node: Schema) -> list[str]:
    """The definitions that may stand at a node."""
    return [one["$ref"].removeprefix(DEFS) for one in options_of(node) if "$ref" in one]


def options_of(node: Schema) -> Iterator[Schema]:
    """What may stand at a node, each alternative."""
    inner = node.get("anyOf") or node.get("oneOf") or ()
    if not inner:
        yield node
    for one in inner:
        yield from options_of(one)

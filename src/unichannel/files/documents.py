"""YAML and JSON as plain values that know their lines; what a reader might take for something else is refused.

YAML is read by the rules of its version 1.2: ``on``, ``no`` and ``18:00`` are texts, keys always are. Where a plain
word or number could be meant in two ways (``no``, ``007``), it has to be said which.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from unichannel.errors import DefinitionError, MissingExtra, Place

try:
    import yaml
except ModuleNotFoundError as _error:
    raise MissingExtra(
        "load() needs PyYAML, which is not installed.",
        thing="PyYAML",
        mend='Install it: pip install "unichannel[yaml]".',
    ) from _error

__all__ = ["Document", "documents", "wrong"]

_TAG = "tag:yaml.org,2002:"
_PLAIN = {
    "null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    "bool": (r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    "int": (r"[-+]?[0-9]+", list("-+0123456789")),
    "float": (r"[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?", list("-+.0123456789")),
}
_EITHER = re.compile(r"yes|no|on|off|y|n", re.IGNORECASE)
_CODE = re.compile(r"\+.*|-?0[0-9].*")


@dataclass
class Document:
    """One document of a file: its values, and the line on which each is written."""

    path: str
    value: Any = None
    lines: dict[Place, int] = field(default_factory=dict)

    def line(self, place: Place) -> int:
        """The line of what is at a place, or of what it would be in; 0 where lines are not known."""
        return next((self.lines[place[:end]] for end in range(len(place), -1, -1) if place[:end] in self.lines), 0)


def wrong(path: str, line: int, message: str, mend: str, *, thing: str = "", place: Place = ()) -> DefinitionError:
    """An error that begins with the file and the line."""
    where = f"{path}:{line}" if line else path
    return DefinitionError(f"{where}: {message}", thing=thing or path, mend=mend, place=place)


def documents(path: str, given: bytes) -> list[Document]:
    """The documents of a file that are not empty; raises DefinitionError for what cannot be read."""
    try:
        text = given.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = given[: error.start].count(b"\n") + 1
        raise wrong(path, line, "this is not UTF-8.", "Save the file as UTF-8.") from error
    try:
        found = [_json(path, text)] if path.endswith(".json") else list(_yaml(path, text))
    except RecursionError as error:
        raise wrong(path, 0, "lists are nested too deeply.", "Write fewer levels.") from error
    found = [one for one in found if one.value is not None]
    if not found:
        raise wrong(path, 0, "the file is empty.", "Write a journey into it, or take it away.")
    return found


def _json(path: str, text: str) -> Document:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            twice = next(name for n, (name, _) in enumerate(pairs) if name in dict(pairs[:n]))
            raise wrong(path, 0, f"{twice!r} stands twice in one object.", "Keep one of them.", thing=twice)
        return found

    try:
        return Document(path, json.loads(text, object_pairs_hook=once) if text.strip() else None)
    except json.JSONDecodeError as error:
        raise wrong(path, error.lineno, f"no JSON: {error.msg}.", "Mend what stands there.") from error


class _Loader(yaml.SafeLoader):
    """YAML 1.2's plain values, and nothing that stands for something elsewhere."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, Any]]] = {}  # noqa: RUF012 -- as the base has it

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "an alias (*) is not read here", mark)
        return super().compose_node(parent, index)


for _name, (_looks, _first) in _PLAIN.items():
    _Loader.add_implicit_resolver(_TAG + _name, re.compile(rf"^(?:{_looks})$"), _first)


def _yaml(path: str, text: str) -> Iterator[Document]:
    try:
        for node in yaml.compose_all(text, Loader=_Loader):
            document = Document(path)
            document.lines[()] = node.start_mark.line + 1
            document.value = _value(document, node, ())
            yield document
    except yaml.YAMLError as error:
        raise _no_yaml(path, text, error) from error


def _no_yaml(path: str, text: str, error: yaml.YAMLError) -> DefinitionError:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    at = mark.index if mark is not None else getattr(error, "position", 0)
    line, problem = text[:at].count("\n") + 1, getattr(error, "problem", None) or getattr(error, "reason", str(error))
    if text[at : at + 1] == "\t":
        return wrong(path, line, "a tab where YAML expects spaces.", "Indent with spaces.")
    return wrong(path, line, f"no YAML: {problem}.", "Mend what stands there.")


def _value(document: Document, node: yaml.Node, place: Place) -> Any:
    if isinstance(node, yaml.MappingNode):
        return _mapping(document, node, place)
    if isinstance(node, yaml.SequenceNode):
        for n, one in enumerate(node.value):
            document.lines[(*place, n)] = one.start_mark.line + 1
        return [_value(document, one, (*place, n)) for n, one in enumerate(node.value)]
    return _scalar(document, node, place) if isinstance(node, yaml.ScalarNode) else None


def _mapping(document: Document, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, one in node.value:
        line, name = key.start_mark.line + 1, key.value
        if not isinstance(name, str):
            raise wrong(document.path, line, "a list or mapping is no key.", "Write a word before the colon.")
        if name in found:
            raise wrong(document.path, line, f"{name!r} stands twice.", "Keep one of them.", thing=name, place=place)
        document.lines[(*place, name)] = line
        found[name] = _value(document, one, (*place, name))
    return found


def _scalar(document: Document, node: yaml.ScalarNode, place: Place) -> Any:
    text, kind = node.value, node.tag.removeprefix(_TAG)
    if kind not in (*_PLAIN, "str"):
        raise _unclear(document, node, place, f"the tag {node.tag} is not read.", "Leave it out.")
    if kind == "str" and node.style is None and _EITHER.fullmatch(text):
        raise _unclear(
            document, node, place, f"{text} may be a word or a yes or no.", f'Write true, false or "{text}".'
        )
    if kind in ("int", "float") and _CODE.fullmatch(text) and not text.startswith("0."):
        raise _unclear(document, node, place, f"{text} may be a number or a code.", f'Write "{text}" in quotes.')
    return _PARSED[kind](text)


def _unclear(document: Document, node: yaml.Node, place: Place, message: str, mend: str) -> DefinitionError:
    return wrong(document.path, node.start_mark.line + 1, message, mend, thing=str(node.value), place=place)


def _number(text: str) -> float | str:
    number = float(text)
    return number if math.isfinite(number) else text


_PARSED: dict[str, Callable[[str], Any]] = {
    "null": lambda _: None,
    "bool": lambda text: text.lower() == "true",
    "int": int,
    "float": _number,
    "str": str,
}

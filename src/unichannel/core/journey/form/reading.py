"""Reads what is written in a file into the stored form, and keeps where each part of it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from unichannel.core.journey.form.schema import DEFS, Schema
from unichannel.core.journey.form.shorthand import (
    CONTENTS,
    LIFTED,
    TEXTS,
    definition_of,
    fields_of,
    head_of,
    options_of,
    references,
    words_of,
)
from unichannel.core.words.saying import meant
from unichannel.errors import DefinitionError, Place

__all__ = ["Origin", "Reading", "read"]

Origin = tuple[int, Place]
"""Where something is written: the number of a document, and the place in it."""


@dataclass
class Reading:
    """The stored form of what was written, and where each part of it was."""

    value: Any
    origins: dict[Place, Origin] = field(default_factory=dict)

    def origin(self, place: Place) -> Origin:
        """Where the part at a place of the stored form was written."""
        for end in range(len(place), -1, -1):
            if place[:end] in self.origins:
                document, written = self.origins[place[:end]]
                return document, (*written, *place[end:])
        raise AssertionError("the whole has an origin")


def read(name: str, written: Any, at: Origin, defs: Mapping[str, Schema], messages: Mapping[str, Reading]) -> Reading:
    """The stored form of a definition that was written in a file: "Journey" or "Message".

    Raises DefinitionError, with the place in what was written.
    """
    reading = Reading(None)
    reading.value = _Reader(defs, messages, reading).value({"$ref": DEFS + name}, written, (), at)
    return reading


Entry = tuple[str, Any, Origin]
"""A key, what is written there, and where."""


def _wrong(message: str, thing: Any, mend: str, at: Origin) -> DefinitionError:
    return DefinitionError(message, thing=str(thing), mend=mend, place=at[1])


def _under(at: Origin, *more: str | int) -> Origin:
    return at[0], (*at[1], *more)


@dataclass
class _Reader:
    defs: Mapping[str, Schema]
    messages: Mapping[str, Reading]
    reading: Reading

    def value(self, node: Schema, written: Any, to: Place, at: Origin) -> Any:
        """The stored form of what is written where a node of the schema stands."""
        self.reading.origins[to] = at
        if isinstance(written, Mapping):
            return self._mapping(node, written, to, at)
        if isinstance(written, list):
            return self._list(node, written, to, at)
        return self._scalar(node, written, at)

    def _list(self, node: Schema, written: list[Any], to: Place, at: Origin) -> Any:
        of = next((one for one in options_of(node) if one.get("type") == "array"), {})
        each = of.get("prefixItems") or [of.get("items", {})] * len(written)
        nodes = [*each, *[{}] * (len(written) - len(each))]
        return [self.value(nodes[n], one, (*to, n), _under(at, n)) for n, one in enumerate(written)]

    # texts

    def _scalar(self, node: Schema, written: Any, at: Origin) -> Any:
        names, options = references(node), list(options_of(node))
        types = {one.get("type") for one in options}
        if written is None or any(written in one.get("enum", ()) for one in options):
            return written
        if not isinstance(written, str):
            self._expect(names, types, written, at)
            return written
        return self._text(names, written, at) if names and "Test" not in names else written

    def _expect(self, names: list[str], types: set[Any], written: Any, at: Origin) -> None:
        """A number or a boolean stands neither for a text nor for what a text stands for."""
        if "Span" in names:
            raise _wrong(f"{written!r} is no length of time.", written, "Write its unit, such as '3 days'.", at)
        is_text = "string" in types and not types & {"number", "integer", "boolean"}
        if is_text or {"On", "Message", "Moment"} & set(names):
            raise _wrong(f"{written!r} stands where a text is expected.", written, "Put it in quotes.", at)

    def _text(self, names: list[str], text: str, at: Origin) -> Any:
        for name in names:
            start = words_of(name, self.defs).get(text)
            if start is not None and not self._missing(definition_of(name, start), start):
                return dict(start)
        if "Message" in names:
            return self._message(text, at)
        for name in TEXTS:
            if name in names:
                return self._worded(name, names, text, at)
        raise self._unknown(names, text, at)

    def _missing(self, name: str, start: Schema) -> set[str]:
        return set(self.defs[name].get("required", ())) - start.keys()

    def _worded(self, name: str, names: list[str], text: str, at: Origin) -> Any:
        try:
            return TEXTS[name](text)
        except ValueError as error:
            event = f" An event is written {{event: {text}}}." if "On" in names else ""
            raise _wrong(f"{error}.", text, f"Write one like these.{event}", at) from error

    def _message(self, name: str, at: Origin) -> Any:
        found = self.messages.get(name)
        if found is None:
            known = meant(name, self.messages) if self.messages else ""
            raise _wrong(
                f"nobody defined the message {name!r}.", name, f"Write it under messages:. {known}".strip(), at
            )
        return found.value

    # mappings

    def _mapping(self, node: Schema, written: Mapping[str, Any], to: Place, at: Origin) -> Any:
        names = references(node)
        if not names:
            return self._free(node, written, to, at)
        words = {name: words_of(name, self.defs) for name in names}
        for name in names:
            start = words[name].get(str(written.get("kind")))
            if start is not None and "kind" in start:
                return self._fields(name, start, _entries(written, at, "kind"), to)
        for name in names:
            word = next((key for key in written if key in words[name]), None)
            if word is not None:
                return self._under_word(name, word, words[name][word], written, to, at)
        plain = [name for name in names if "properties" in self.defs[name]]
        fits = [name for name in plain if fields_of(name, self.defs).keys() & written.keys()]
        if fits or plain == names:
            return self._fields((fits or plain)[0], {}, _entries(written, at), to)
        first = next(iter(written), "")
        raise self._unknown(names, first, _under(at, *[first] * bool(written)))

    def _free(self, node: Schema, written: Mapping[str, Any], to: Place, at: Origin) -> Any:
        of = next((one for one in options_of(node) if isinstance(one.get("additionalProperties"), Mapping)), {})
        each = of.get("additionalProperties", {})
        return {key: self.value(each, one, (*to, key), _under(at, key)) for key, one in written.items()}

    def _unknown(self, names: list[str], word: Any, at: Origin) -> DefinitionError:
        what = " or ".join("event" if name == "On" else name.lower() for name in names)
        words = {word for name in names for word in words_of(name, self.defs)}
        plain = {one for name in names if "properties" in self.defs[name] for one in fields_of(name, self.defs)}
        return _wrong(f"{word!r} is no {what}.", word, meant(word, list(words | plain)), at)

    def _under_word(
        self, family: str, word: str, start: Schema, written: Mapping[str, Any], to: Place, at: Origin
    ) -> Any:
        name, inner, beside = definition_of(family, start), written[word], _entries(written, at, word)
        head, under = head_of(name, start, self.defs), _under(at, word)
        known = fields_of(name, self.defs).keys()
        if isinstance(inner, Mapping) and (head is None or not inner or known & inner.keys()):
            return self._fields(family, start, [*_entries(inner, under), *beside], to)
        if inner is None:
            return self._fields(family, start, beside, to)
        if head is None:
            raise _wrong(f"nothing stands under {word!r}.", word, f"Write {word}: {{}}.", under)
        return self._fields(family, start, [(head, inner, under), *beside], to)

    def _fields(self, family: str, start: Schema, entries: list[Entry], to: Place) -> dict[str, Any]:
        name = definition_of(family, start)
        made: dict[str, Any] = dict(start)
        for key, written, at in self._lifted(name, entries, made, to):
            one = self._field(name, key, at)
            if one in made:
                raise _wrong(f"{key!r} is said twice.", key, "Keep one of them.", at)
            made[one] = self.value(self.defs[name]["properties"][one], written, (*to, one), at)
        return made

    def _field(self, name: str, key: Any, at: Origin) -> str:
        known, properties = fields_of(name, self.defs), self.defs[name]["properties"]
        if key in known or (key in properties and key != "kind"):
            return known.get(key) or str(key)
        raise _wrong(f"{key!r} is nothing that {_last(name)!r} has.", key, meant(key, list(known)), at)

    def _lifted(self, name: str, entries: list[Entry], made: dict[str, Any], to: Place) -> list[Entry]:
        """Put away what belongs into a field but is written beside it; what is left."""
        if name in CONTENTS:
            into, family = CONTENTS[name]
            inside = [one for one in entries if one[0] in words_of(family, self.defs)]
            if inside:
                made[into] = [self._content(family, one, (*to, into, n)) for n, one in enumerate(inside)]
        elif name in LIFTED:
            into, other = LIFTED[name]
            own = fields_of(name, self.defs)
            inside = [one for one in entries if one[0] not in own and one[0] in fields_of(other, self.defs)]
            whole = [one for one in entries if inside and one[0] == into]
            if whole:
                made[into] = self._fields(other, {}, [*_opened(*whole[0]), *inside], (*to, into))
                inside = [*inside, *whole]
        else:
            return entries
        return [one for one in entries if one not in inside]

    def _content(self, family: str, entry: Entry, to: Place) -> Any:
        key, written, (document, place) = entry
        made = self.value({"$ref": DEFS + family}, {key: written}, to, (document, place[:-1]))
        self.reading.origins[to] = (document, place)
        return made


def _entries(written: Mapping[str, Any], at: Origin, *but: str) -> list[Entry]:
    return [(key, one, _under(at, key)) for key, one in written.items() if key not in but]


def _opened(head: str, written: Any, at: Origin) -> list[Entry]:
    """What stands in a field, by its own fields."""
    return _entries(written, at) if isinstance(written, Mapping) else [(head, written, at)]


def _last(name: str) -> str:
    return name.partition(".")[2] or name.lower()

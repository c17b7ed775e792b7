"""Journeys that are written in files: YAML, or JSON.

``load("journeys/*.yaml")`` gives the journeys to hand to an engine. What is wrong is said with the file and the line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from glob import glob, has_magic
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from unichannel.core.journey.form.reading import Origin, Reading, read
from unichannel.core.journey.form.schema import Schema, vocabulary
from unichannel.core.journey.form.stored import SCHEMA, upcast
from unichannel.core.journey.language.journey import Journey
from unichannel.core.messaging.message import Message
from unichannel.core.words import definition
from unichannel.errors import DefinitionError
from unichannel.files.documents import Document, documents, wrong

__all__ = ["load"]

ENDINGS = (".yaml", ".yml", ".json")


def load(*paths: str | PathLike[str]) -> list[Journey]:
    """The journeys of files, of all files in folders, or of those that match patterns such as "journeys/*.yaml".

    Messages that a document without steps defines are known to all of them. Raises DefinitionError with file and line.
    """
    files = list(dict.fromkeys(file for path in paths for file in _files(fspath(path))))
    found = [one for file in files for one in documents(file, Path(file).read_bytes())]
    return _Reader(found).journeys()


def _files(path: str) -> list[str]:
    if Path(path).is_dir():
        found = [str(one) for one in Path(path).rglob("*") if one.suffix in ENDINGS]
    else:
        found = glob(path, recursive=True) if has_magic(path) and not Path(path).exists() else [path]
    found = sorted(one for one in found if Path(one).is_file())
    if not found:
        raise wrong(path, 0, "no such file.", f"Give a file, a folder or a pattern; from {Path.cwd()} there is none.")
    return found


@lru_cache(maxsize=1)
def _vocabulary(_kinds: frozenset[type]) -> dict[str, Schema]:
    """Made again only where a host has added a kind: it takes longer than reading a folder of journeys."""
    return vocabulary()


def _kinds() -> Iterator[type]:
    for family in definition.Family.__subclasses__():
        yield from family.kinds.values()


@dataclass
class _Reader:
    found: list[Document]

    def journeys(self) -> list[Journey]:
        """Every journey, its messages looked up in its own document and in those that only hold messages."""
        defs = _vocabulary(frozenset(_kinds()))
        for number, document in enumerate(self.found):
            if not isinstance(document.value, dict):
                raise self._wrong((number, ()), "a journey is written as keys and values.", "Begin with name:.")
        shared = self._messages([n for n, one in enumerate(self.found) if one.value.keys() == {"messages"}], {}, defs)
        own = [n for n, one in enumerate(self.found) if one.value.keys() != {"messages"}]
        made = [(n, self._journey(n, self._messages([n], shared, defs), defs)) for n in own]
        self._once(made)
        return [journey for _, journey in made]

    def _once(self, made: Iterable[tuple[int, Journey]]) -> None:
        seen: dict[str, int] = {}
        for number, journey in made:
            if journey.name in seen:
                first = self._where((seen[journey.name], ("name",)))
                raise self._wrong(
                    (number, ("name",)), f"the journey {journey.name!r} is in {first} too.", "Keep one of them."
                )
            seen[journey.name] = number

    def _messages(
        self, numbers: list[int], known: Mapping[str, Reading], defs: Mapping[str, Schema]
    ) -> dict[str, Reading]:
        messages = dict(known)
        for number in numbers:
            section = self.found[number].value.get("messages", {})
            at: Origin = (number, ("messages",))
            if not isinstance(section, dict):
                raise self._wrong(at, "messages are written under their names.", "Write messages: {welcome: …}.")
            for name, written in section.items():
                one = (number, ("messages", name))
                if name in messages:
                    first = self._where(messages[name].origin(()))
                    raise self._wrong(one, f"the message {name!r} is in {first} too.", "Keep one of them.")
                messages[name] = self._message(name, written, one, defs)
        return messages

    def _message(self, name: str, written: Any, at: Origin, defs: Mapping[str, Schema]) -> Reading:
        if not isinstance(written, dict):
            raise self._wrong(at, f"the message {name!r} says nothing.", "Give it email:, sms: or push:.")
        reading = self._read("Message", {**written, "name": name}, at, defs, {})
        self._load(Message, reading)
        return reading

    def _journey(self, number: int, messages: Mapping[str, Reading], defs: Mapping[str, Schema]) -> Journey:
        body = {key: one for key, one in self.found[number].value.items() if key not in ("messages", "schema")}
        try:
            body = upcast(self.found[number].value.get("schema", SCHEMA), body)
        except DefinitionError as error:
            raise self._wrong((number, error.place), error.message, error.mend) from error
        reading = self._read("Journey", body, (number, ()), defs, messages)
        journey: Journey = self._load(Journey, reading)
        return journey

    def _read(
        self, name: str, written: Any, at: Origin, defs: Mapping[str, Schema], messages: Mapping[str, Reading]
    ) -> Reading:
        try:
            return read(name, written, at, defs, messages)
        except DefinitionError as error:
            raise self._wrong((at[0], error.place), error.message, error.mend, error.thing) from error

    def _load(self, cls: Any, reading: Reading) -> Any:
        try:
            return definition.load(cls, reading.value)
        except DefinitionError as error:
            raise self._wrong(reading.origin(error.place), error.message, error.mend, error.thing) from error

    def _where(self, at: Origin) -> str:
        document = self.found[at[0]]
        line = document.line(at[1])
        return f"{document.path}:{line}" if line else document.path

    def _wrong(self, at: Origin, message: str, mend: str, thing: str = "") -> DefinitionError:
        document = self.found[at[0]]
        return wrong(document.path, document.line(at[1]), message, mend, thing=thing, place=at[1])

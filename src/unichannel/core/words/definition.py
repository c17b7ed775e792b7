"""What definitions are made of: frozen, hashable values that go to JSON and come back equal.

A *family* (steps, conditions, contents, moments) is a base class whose members are told apart in
JSON by ``kind``. A host adds a member by subclassing with a kind of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Annotated, Any, ClassVar, TypeVar, cast, dataclass_transform

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    TypeAdapter,
    ValidationError,
)
from pydantic.dataclasses import dataclass as pydantic_dataclass
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from unichannel.core.words.place import carried, explain
from unichannel.errors import DefinitionError

__all__ = ["Either", "Family", "Many", "Named", "Several", "definition", "dump", "load", "pairs"]

T = TypeVar("T")

MARK = "definition"
"""Marks in a generated JSON Schema where a definition, or any member of a family, may stand."""

_CONFIG = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


def _one_or_many(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Many = Annotated[Sequence[T], AfterValidator(tuple)]
"""Any sequence in, a tuple inside."""

Named = Annotated[str | Sequence[str], BeforeValidator(_one_or_many), AfterValidator(tuple)]
"""One name or several in, a tuple of names inside."""


def pairs(value: Any) -> Any:
    """A mapping as a sorted tuple of pairs, so that what holds it can be hashed."""
    if isinstance(value, Mapping):
        return tuple(sorted(value.items()))
    return tuple(tuple(item) for item in value)


@dataclass_transform(frozen_default=True)
def definition(cls: type[T]) -> type[T]:
    """Make a class a frozen, validated, hashable definition.

    Wrong arguments raise DefinitionError, which names the class, the argument and the reason.
    """
    if "__post_init__" in vars(cls):
        type.__setattr__(cls, "__post_init__", carried(vars(cls)["__post_init__"]))
    made: Any = pydantic_dataclass(cls, frozen=True, config=_CONFIG)
    checked = made.__init__

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        try:
            checked(self, *args, **kwargs)
        except ValidationError as error:
            names = [one.name for one in sorted(fields(self), key=lambda one: bool(one.kw_only)) if one.init]
            given = dict(zip(names, args, strict=False)) | kwargs
            raise explain(type(self).__name__, error, given, names) from error

    init.__wrapped__ = checked  # type: ignore[attr-defined]
    made.__init__ = init
    return cast("type[T]", made)


class Family:
    """Base of a family of definitions that ``kind`` tells apart in JSON.

    Direct subclasses found a family; theirs join it with ``class Email(Content, kind="email")``.
    """

    kind: ClassVar[str] = ""
    kinds: ClassVar[dict[str, type]] = {}

    def __init_subclass__(cls, kind: str | None = None, **rest: Any) -> None:
        super().__init_subclass__(**rest)
        if Family in cls.__bases__:
            cls.kinds = {}
        if kind is not None:
            cls.kind = kind
            cls.kinds[kind] = cls

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        if Family not in cls.__bases__:
            return handler(source)
        return core_schema.no_info_plain_validator_function(
            cls._read, serialization=core_schema.plain_serializer_function_ser_schema(dump)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """A mark that stands for all members: a family may hold itself, and hosts may add to it."""
        return {MARK: cls.__name__} if Family in cls.__bases__ else handler(schema)

    @classmethod
    def _read(cls, value: Any) -> Any:
        if isinstance(value, cls):
            return value
        if isinstance(value, Mapping) and "kind" in value:
            member = cls.kinds.get(str(value["kind"]))
            if member is None:
                known = ", ".join(sorted(cls.kinds))
                raise ValueError(f"unknown kind {value['kind']!r} of {cls.__name__.lower()} (known: {known})")
            return _adapter(member).validate_python({k: v for k, v in value.items() if k != "kind"})
        raise ValueError(f"expected a {cls.__name__.lower()}, got {type(value).__name__}")


class Either:
    """Marks a field that holds one of several families or definitions: ``Annotated[A | B, Either(A, B)]``.

    In JSON ``kind`` tells families apart; what has none is the first member that is no family.
    """

    def __init__(self, *members: type) -> None:
        self.members = members

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self._read, serialization=core_schema.plain_serializer_function_ser_schema(dump)
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [{MARK: one.__name__} for one in self.members]}

    def _read(self, value: Any) -> Any:
        if isinstance(value, self.members):
            return value
        if not isinstance(value, Mapping):
            raise ValueError(f"expected {self._names()}, got {type(value).__name__}")
        if "kind" not in value:
            plain = next((one for one in self.members if not issubclass(one, Family)), None)
            if plain is not None:
                return _adapter(plain).validate_python(value)
        families = [one for one in self.members if issubclass(one, Family)]
        for family in families:
            if str(value.get("kind")) in family.kinds:
                return family._read(value)
        known = ", ".join(sorted(kind for family in families for kind in family.kinds))
        raise ValueError(f"unknown kind {value.get('kind')!r} (known: {known})")

    def _names(self) -> str:
        return " or ".join(f"{one.__name__.lower()}" for one in self.members)


class Several(Either):
    """Marks a field that takes one of what ``Either`` tells apart, or any sequence of them: a tuple inside."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        one = Either(*self.members)
        many = handler.generate_schema(tuple[Annotated[Any, one], ...])
        return core_schema.no_info_before_validator_function(self._listed, many)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        several = handler(schema)
        return {"anyOf": [*several["items"]["anyOf"], several]}

    def _listed(self, value: Any) -> Any:
        is_one = isinstance(value, (*self.members, Mapping, str))
        return (value,) if is_one or not isinstance(value, Sequence) else tuple(value)


_ADAPTERS: dict[type, TypeAdapter[Any]] = {}


def _adapter(cls: type) -> TypeAdapter[Any]:
    found = _ADAPTERS.get(cls)
    if found is None:
        found = _ADAPTERS[cls] = TypeAdapter(cls)
    return found


def dump(value: Any) -> dict[str, Any]:
    """A definition as plain JSON values; what has its default is left out."""
    body = _adapter(type(value)).dump_python(value, mode="json", exclude_defaults=True)
    return {"kind": value.kind, **body} if isinstance(value, Family) else body


def load(cls: type[T], body: Mapping[str, Any]) -> T:
    """The definition back from its JSON values.

    Raises DefinitionError that names the place of what cannot be read.
    """
    try:
        if issubclass(cls, Family):
            return cast("T", cls._read(body))
        return cast("T", _adapter(cls).validate_python(body))
    except (ValidationError, ValueError) as error:
        if isinstance(error, ValidationError):
            raise explain(cls.__name__, error, body) from error
        raise DefinitionError(f"{cls.__name__}: {error}.", thing=cls.__name__) from error

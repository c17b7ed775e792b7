"""From a name on the command line to journeys: ``app.journeys:trial``, ``examples/trial.py:journeys``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import fields
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from unichannel import AsyncEngine, Engine, Journey, load
from unichannel.errors import InvalidInput

__all__ = ["Found", "load_named", "named_engine", "named_journeys", "waiting_engine"]

Found = Journey | Engine | AsyncEngine

_FILES = (".yaml", ".yml", ".json")


def named_journeys(name: str) -> list[Journey]:
    """The journeys that a name stands for: a journey's, a list's, an engine's.

    The one place where journeys are got from a name; other sources are added here.
    """
    journeys: list[Journey] = []
    for one in load_named(name):
        journeys += [one] if isinstance(one, Journey) else one.journeys
    return journeys


def load_named(name: str) -> list[Found]:
    """What stands at ``MODULE:ATTRIBUTE`` or ``FILE.py:ATTRIBUTE``, or in a YAML or JSON file.

    Without an attribute, all journeys there.

    Raises InvalidInput for what is not there, or is no journey. An error in the host's module is let through.
    """
    if Path(name).suffix in _FILES:
        return list(load(name))
    module, attribute = _place(name)
    found = _listed(_made(module, attribute, name) if attribute else _all(module))
    if not found or not all(isinstance(one, Found) for one in found):
        raise InvalidInput(
            f"{name!r} is no journey.",
            thing=name,
            mend="Name a journey, a list of journeys, an Engine, or a function that makes one.",
        )
    return found


def named_engine(name: str) -> Engine | AsyncEngine:
    """The engine that stands at ``MODULE:ATTRIBUTE``, or that the function there makes.

    Raises InvalidInput for what is neither.
    """
    module, attribute = _place(name)
    made = _made(module, attribute, name) if attribute else None
    if not isinstance(made, Engine | AsyncEngine):
        raise InvalidInput(f"{name!r} is no engine.", thing=name, mend="Name an Engine, or a function that makes one.")
    return made


def waiting_engine(name: str) -> Engine:
    """The same, as the face that waits, whichever the host's is."""
    engine = named_engine(name)
    if isinstance(engine, Engine):
        return engine
    settings = engine._calls.settings
    return Engine(**{one.name: getattr(settings, one.name) for one in fields(settings)})


def _made(module: ModuleType, attribute: str, name: str) -> Any:
    """What stands at a name, or what the function there makes."""
    found = _attribute(module, attribute, name)
    return found() if callable(found) else found


def _place(name: str) -> tuple[ModuleType, str]:
    """The module of a name, and the attribute in it, "" where none is named."""
    where, _, attribute = name.partition(":") if not name.endswith(".py") else (name, "", "")
    return (_file(Path(where)) if where.endswith(".py") else _module(where)), attribute


def _module(where: str) -> ModuleType:
    """A module by its name, found from the current directory too."""
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        return import_module(where)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{where}.".startswith(f"{error.name}."):
            raise
    except (TypeError, ValueError):  # "", "..a": no names of modules
        pass
    raise InvalidInput(f"there is no module {where!r}.", thing=where, mend="Name one, or a file that ends in .py.")


def _file(path: Path) -> ModuleType:
    spec = spec_from_file_location(path.stem, path)
    if not path.is_file() or spec is None or spec.loader is None:
        raise InvalidInput(f"there is no file {str(path)!r}.", thing=str(path), mend="Name one that is there.")
    module = module_from_spec(spec)
    sys.modules.setdefault(path.stem, module)
    sys.path.insert(0, str(path.parent.resolve()))
    spec.loader.exec_module(module)
    return module


def _attribute(module: ModuleType, attribute: str, name: str) -> Any:
    value: Any = module
    for part in attribute.split("."):
        if not hasattr(value, part):
            raise InvalidInput(f"{name!r} is not there: no {part!r}.", thing=name, mend="Look at how it is written.")
        value = getattr(value, part)
    return value


def _all(module: ModuleType) -> list[Journey]:
    """The journeys of a module, each once, in the order in which they are named."""
    found: list[Journey] = []
    for value in vars(module).values():
        found += [
            one for one in _listed(value) if isinstance(one, Journey) and not any(one is other for other in found)
        ]
    return found


def _listed(value: Any) -> list[Any]:
    if isinstance(value, Found):
        return [value]
    return list(value) if isinstance(value, Sequence | Iterable) and not isinstance(value, str | bytes) else [value]

"""Django: the engine that the settings name, and the commands ``unichannel_run`` and ``unichannel_migrate``.

``INSTALLED_APPS = [..., "unichannel.integrations.django"]`` and ``UNICHANNEL_ENGINE = "app.engine:make_engine"``.
"""

from __future__ import annotations

import os
import threading
from pkgutil import resolve_name

from unichannel.engine.sync import Engine
from unichannel.errors import ConfigurationError
from unichannel.integrations.extras import need

__all__ = ["engine"]

_lock = threading.Lock()
_made: dict[int, Engine] = {}  # by process; a parent's is kept, since letting go of it would end its connections


def engine() -> Engine:
    """The engine of this process, made by what ``settings.UNICHANNEL_ENGINE`` names, at the first call.

    Raises ConfigurationError where the setting is missing or leads to no Engine.
    """
    with _lock:
        if os.getpid() not in _made:
            _made[os.getpid()] = _make()
        return _made[os.getpid()]


def _make() -> Engine:
    name = getattr(need("django.conf", "django").settings, "UNICHANNEL_ENGINE", "")
    try:
        found = resolve_name(name) if isinstance(name, str) else name
    except (ImportError, AttributeError, ValueError) as error:
        raise _wrong(name, f"leads nowhere ({error}).") from error
    made = found() if callable(found) else found
    if not isinstance(made, Engine):
        raise _wrong(name, f"gives a {type(made).__qualname__}, no Engine.")
    return made


def _wrong(name: str, what: str) -> ConfigurationError:
    return ConfigurationError(
        f"the setting UNICHANNEL_ENGINE {name!r} {what}",
        thing="UNICHANNEL_ENGINE",
        mend='Name a function that makes an Engine: "app.engine:make_engine".',
    )

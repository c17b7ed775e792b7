"""Writing what providers are sent: requests with JSON, in the three ways that services want it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx

from unichannel.providers._shared.quiet import QuietRequest

__all__ = ["KEY", "as_json", "ask", "filled", "json_post", "post"]

KEY = "unichannel_key"
"""Under which name a service keeps our key, to give it back with each event."""

_JSON = {"Accept": "application/json", "Content-Type": "application/json"}
_EMPTY: tuple[Any, ...] = (None, "", [], {})


def as_json(value: Any) -> bytes:
    """JSON as it is sent: UTF-8, and no name whose value is None, "" or empty."""
    return _encoded(filled(value))


def filled(value: Any) -> Any:
    """The value without names whose value is None, "" or empty."""
    if isinstance(value, Mapping):
        inside = {name: filled(one) for name, one in value.items()}
        return {name: one for name, one in inside.items() if one not in _EMPTY}
    return [filled(one) for one in value] if isinstance(value, list | tuple) else value


def json_post(url: str, body: Any, headers: Mapping[str, str]) -> httpx.Request:
    """A POST of JSON in UTF-8; raises ValueError for a text that no encoding takes."""
    return httpx.Request("POST", url, headers={**_JSON, **headers}, content=_encoded(body))


def post(url: str, body: Any, **headers: str) -> httpx.Request:
    """A POST of JSON without empty names; ``X_Api_Key=`` is the header X-Api-Key."""
    return json_post(url, filled(body), _named(headers))


def ask(url: str, body: Mapping[str, Any], **headers: str) -> httpx.Request:
    """As ``post``, but what a block holds goes out as it is, empty or not.

    Its repr shows no URL, which holds a secret with some services.
    """
    given = {name: value for name, value in body.items() if value not in _EMPTY}
    kinds = {**_JSON, "Content-Type": "application/json; charset=utf-8"}
    return QuietRequest("POST", url, headers={**kinds, **_named(headers)}, content=_encoded(given))


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def _encoded(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()

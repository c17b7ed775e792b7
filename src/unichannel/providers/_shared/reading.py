"""Reading what providers send: bodies that may be anything, instants in any of their forms."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn

import httpx

from unichannel.core.words.instant import SECOND, from_datetime
from unichannel.errors import InvalidInput, MalformedWebhook
from unichannel.ports import Context, Receipt, Request
from unichannel.ports.receiving import MAX_BODY

__all__ = [
    "answered_json",
    "at",
    "body_of",
    "instant",
    "is_proxy",
    "mark",
    "objects",
    "read_json",
    "retry_after",
    "text",
    "told",
]

_NUMBER = re.compile(r"[0-9]{1,16}(\.[0-9]{1,9})?")
_PROXIES = re.compile(r"Mozilla/5\.0|.* Edge/12\.246 Mozilla/5\.0")
_LAST = 253_402_300_799 * SECOND  # 9999-12-31


def body_of(request: Request, thing: str) -> bytes:
    """The body; raises MalformedWebhook beyond ``MAX_BODY``, before anything else looks at it."""
    if len(request.body) > MAX_BODY:
        raise MalformedWebhook("the body is too large.", thing=thing, mend="Answer 413.")
    return request.body


def read_json(body: bytes | str, thing: str) -> Any:
    """The JSON of an incoming call; raises MalformedWebhook for what is none, NaN and bombs included."""
    try:
        return json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise MalformedWebhook("the body is not JSON.", thing=thing) from error


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def answered_json(response: httpx.Response) -> Any:
    """The JSON of an answer, {} where it has none."""
    try:
        return json.loads(response.content, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return {}


def at(value: Any, *path: str | int) -> Any:
    """What lies at a path of names and places, None where it is not there."""
    for step in path:
        if isinstance(step, str) and isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(step, int) and isinstance(value, Sequence) and not isinstance(value, str):
            value = value[step] if -len(value) <= step < len(value) else None
        else:
            return None
    return value


def text(value: Any, *path: str | int) -> str:
    """The text or whole number at a path, as text; "" where there is neither."""
    found = at(value, *path)
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""


def objects(value: Any) -> list[Mapping[str, Any]]:
    """The objects in a list, or the one that is given; anything else is left out."""
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, Mapping)]


def instant(value: Any, otherwise: int, unit: int = SECOND) -> int:
    """Microseconds UTC of a number (in ``unit``), or of a text by ISO 8601 or RFC 2822; else ``otherwise``.

    A text without zone is taken for UTC.
    """
    written = repr(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
    if not isinstance(written, str):
        return otherwise
    found = round(float(written) * unit) if _NUMBER.fullmatch(written) else _date(written)
    return found if found is not None and 0 <= found <= _LAST else otherwise


def _date(written: str) -> int | None:
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            when = read(written)
            return from_datetime(when if when.tzinfo else when.replace(tzinfo=UTC))
        except (ValueError, TypeError, OverflowError, InvalidInput):
            continue
    return None


def mark(event: Any) -> str:
    """A name for an event that has none: the same for the same content."""
    return hashlib.sha256(json.dumps(event, sort_keys=True).encode()).hexdigest()[:32]


def told(kind: str, event: Mapping[str, Any], ctx: Context, **more: Any) -> Receipt:
    """A receipt of an event; its id is the event's own, or made of what it says."""
    known = {name: value for name, value in more.items() if value not in ("", None, False)}
    given = {"occurred": ctx.now, "channel": "email", "raw": event, **known}
    return Receipt(kind, **{"id": f"{kind}:{mark(event)}", **given})


def is_proxy(agent: str) -> bool:
    """Whether a user agent is that of a privacy proxy, which opens every message (P34); sources in ``tracking``."""
    return _PROXIES.fullmatch(agent.strip()) is not None


def retry_after(response: httpx.Response, ctx: Context) -> float | None:
    """The Retry-After header in seconds, as a number or a date (RFC 9110 10.2.3)."""
    value = response.headers.get("Retry-After", "")
    if re.fullmatch(r"[0-9]{1,9}", value):
        return float(value)
    when = _date(value) if value else None
    return None if when is None else max(0.0, (when - ctx.now) / SECOND)

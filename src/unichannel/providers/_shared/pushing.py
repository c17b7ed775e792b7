"""What services for notifications share: values for the app, and for how long a notification is kept."""

from __future__ import annotations

from typing import Any

from unichannel.core.messaging.content import Push, WebPush
from unichannel.core.words.instant import DAY, SECOND
from unichannel.ports import Outbound
from unichannel.providers._shared.writing import KEY

__all__ = ["kept_for", "values"]

_LONGEST = 28 * DAY // SECOND


def values(outbound: Outbound, content: Push) -> dict[str, Any]:
    """The app's values: the content's own, where a tap leads, and our key, by which the app tells what it saw."""
    url = {"url": content.url} if content.url else {}
    return {KEY: outbound.key, **url, **content.data}


def kept_for(outbound: Outbound, content: Push | WebPush, now: int) -> int | None:
    """Seconds for which to keep it for a device that is off: until it is worth nothing; None leaves it open."""
    ends = [(outbound.expires - now) // SECOND] if outbound.expires else []
    if content.ttl is not None:
        ends.append(content.ttl.nominal // SECOND)
    return max(0, min(*ends, _LONGEST)) if ends else None

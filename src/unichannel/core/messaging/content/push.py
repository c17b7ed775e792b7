"""Notifications: on a person's devices, and in their browsers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import KW_ONLY
from typing import Any, ClassVar

from pydantic import NonNegativeInt

from unichannel.core.calendar.span import Span
from unichannel.core.messaging.content.base import Content, check_texts, is_written, least
from unichannel.core.messaging.content.pieces import check_url
from unichannel.core.words.definition import definition
from unichannel.core.words.instant import DAY
from unichannel.core.words.values import NOTHING, Values
from unichannel.errors import DefinitionError

__all__ = ["MOST_BYTES", "MOST_WEB_BYTES", "Push", "WebPush"]

MOST_BYTES = 4_096
"""Bytes of a notification with its data: FCM (https://firebase.google.com/docs/cloud-messaging/concept-options)
and APNs (https://developer.apple.com/documentation/usernotifications/generating-a-remote-notification)."""

MOST_WEB_BYTES = 3_993
"""Bytes of what a browser is pushed, so that its encrypted form has 4,096 (RFC 8291, 4)."""

_LONGEST = 28 * DAY
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}")
_TAKEN = re.compile(r"(from|message_type|aps|google.*|gcm.*)")


@definition
class Push(Content, kind="push"):
    """A notification on a person's devices: a title and a body. Several devices are one push (E9).

    ``image`` is a picture's URL; ``url`` what a tap opens, without it the app. ``data`` are values
    for the app. A later push of the same ``collapse_key`` takes this one's place. ``ttl``: for how
    long the provider keeps it for a device that is off, 28 days at most
    (https://firebase.google.com/docs/cloud-messaging/concept-options, "Setting the lifespan").
    ``badge`` is the number on the app's icon, ``sound`` the name of one that the app has.
    """

    channel: ClassVar[str] = "push"
    texts: ClassVar[tuple[str, ...]] = ("title", "body", "image", "url", "data", "collapse_key")

    title: str
    body: str
    _: KW_ONLY
    image: str = ""
    url: str = ""
    data: Values = NOTHING
    collapse_key: str = ""
    ttl: Span | None = None
    badge: NonNegativeInt | None = None
    sound: str = ""

    def __post_init__(self) -> None:
        _check_shown(self, "a push")
        taken = next((name for name in self.data if _TAKEN.fullmatch(name)), None)
        if taken is not None:
            raise DefinitionError(
                f"{taken!r} is a name that FCM or APNs keeps for itself.", thing=taken, mend="Give it another name."
            )
        # https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns
        if len(least(self.collapse_key).encode()) > 64:
            raise DefinitionError("a collapse key has more than 64 bytes.", thing="collapse_key", mend="Shorten it.")
        _check_size(_surely(self.payload()), MOST_BYTES, "a push")

    def payload(self) -> dict[str, Any]:
        """What reaches the device, as APNs has it: the form with the most around it."""
        alert = {"title": self.title, "body": self.body}
        more = {"image": self.image, "url": self.url, "sound": self.sound, "badge": self.badge}
        return {"aps": {"alert": alert}, **{name: one for name, one in more.items() if one}, **self.data}

    def acts(self) -> bool:
        """A tap opens the app."""
        return True

    def plain(self) -> tuple[str, str]:
        return self.title, self.body


@definition
class WebPush(Content, kind="web_push"):
    """A notification in a person's browsers: a title and a body; a tap opens ``url``.

    ``icon``, ``image`` and ``badge`` are pictures' URLs. A later one of the same ``collapse_key``
    takes this one's place (RFC 8030, 5.4: 32 characters of letters, digits, - and _). ``data`` are
    values for the page's service worker, which is given ``payload()`` as JSON.
    """

    channel: ClassVar[str] = "web_push"
    texts: ClassVar[tuple[str, ...]] = ("title", "body", "url", "icon", "image", "badge", "data", "collapse_key")

    title: str
    body: str
    _: KW_ONLY
    url: str = ""
    icon: str = ""
    image: str = ""
    badge: str = ""
    data: Values = NOTHING
    collapse_key: str = ""
    ttl: Span | None = None

    def __post_init__(self) -> None:
        _check_shown(self, "a web push")
        if self.collapse_key and is_written(self.collapse_key) and not _TOPIC.fullmatch(self.collapse_key):
            raise DefinitionError(
                "the collapse key of a web push is none.",
                thing="collapse_key",
                mend="Give at most 32 letters, digits, - and _.",
            )
        _check_size(_surely(self.payload()), MOST_WEB_BYTES, "a web push")

    def payload(self) -> dict[str, Any]:
        """What the service worker is given: the names of the Notifications API, and ``data``."""
        shown = ("title", "body", "url", "icon", "image", "badge")
        body = {name: value for name in shown if (value := getattr(self, name))}
        return {**body, "data": dict(self.data)} if self.data else body

    def acts(self) -> bool:
        """A tap opens the page."""
        return True

    def plain(self) -> tuple[str, str]:
        return self.title, self.body


def _check_shown(content: Push | WebPush, what: str) -> None:
    if not (content.title.strip() and content.body.strip()):
        raise DefinitionError(f"{what} needs a title and a body.", thing="push", mend="Give both.")
    check_texts(content, what)
    for url in (content.image, *((content.icon, content.badge) if isinstance(content, WebPush) else ())):
        if url:
            check_url(url, f"a picture of {what}")
    if content.url:
        check_url(content.url, what, web=False)
    if content.ttl is not None and not 0 <= content.ttl.nominal <= _LONGEST:
        raise DefinitionError(f"{what} is kept for 28 days at most.", thing="ttl", mend="Give less.")


def _surely(value: Any) -> Any:
    """What a payload surely holds, whatever its variables are."""
    if isinstance(value, str):
        return least(value)
    if isinstance(value, Mapping):
        return {name: _surely(one) for name, one in value.items()}
    return [_surely(one) for one in value] if isinstance(value, list | tuple) else value


def _check_size(payload: Any, most: int, what: str) -> None:
    size = len(json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))
    if size > most:
        raise DefinitionError(
            f"{what} has {size:,} bytes; {most:,} are the most.",
            thing="payload",
            mend="Shorten its texts, or let the app fetch its data.",
        )

"""Instants are integers: microseconds since 1970-01-01 UTC. At the faces they are aware datetimes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from unichannel.errors import InvalidInput

__all__ = ["DAY", "HOUR", "MINUTE", "SECOND", "from_datetime", "iso", "to_datetime"]

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def from_datetime(value: datetime, name: str = "instant") -> int:
    """Microseconds of an aware datetime.

    Raises InvalidInput for a naive one: without a zone it names no instant.
    """
    if not isinstance(value, datetime) or value.tzinfo is None or value.utcoffset() is None:
        raise InvalidInput(
            f"{name} {value!r} has no time zone, so it names no instant.",
            thing=name,
            mend="Give an aware datetime: one with tzinfo=, such as timezone.utc.",
        )
    return (value - _EPOCH) // _MICROSECOND


def to_datetime(value: int) -> datetime:
    """The aware UTC datetime of an instant."""
    return _EPOCH + timedelta(microseconds=value)


def iso(value: int) -> str:
    """The instant as ISO 8601 text in UTC, to the second where it has no smaller part."""
    return to_datetime(value).isoformat().replace("+00:00", "Z")

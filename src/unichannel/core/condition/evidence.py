"""How evidence of a delivery is said: "opened an email", "no SMS clicked"."""

from __future__ import annotations

from unichannel.core.words.saying import line

__all__ = ["evidence_words", "no_evidence"]

_SEEN = {
    "accepted": "sent",
    "delivered": "delivered",
    "opened": "opened",
    "clicked": "clicked in",
    "replied": "replied to",
    "converted": "converted by",
    "engaged": "engaged with",
    "failed": "failed to deliver",
}
_NOT_SEEN = {
    **_SEEN,
    "clicked": "clicked",
    "replied": "answered",
    "converted": "leading to a conversion",
    "failed": "failed",
}
_NOUNS = {
    "email": ("an", "email"),
    "sms": ("an", "SMS"),
    "mms": ("an", "MMS"),
    "rcs": ("an", "RCS message"),
    "whatsapp": ("a", "WhatsApp message"),
    "web_push": ("a", "web push"),
    "voice": ("a", "call"),
    "chat": ("a", "chat message"),
    "in_app": ("an", "in-app message"),
}


def evidence_words(evidence: str, channel: str | None, of: str | None) -> str:
    """That it was seen: "opened an email", "opened welcome by email"."""
    if of is not None:
        return f"{_SEEN[evidence]} {_named(channel, of)}"
    return f"{_SEEN[evidence]} {' '.join(_noun(channel))}"


def no_evidence(evidence: str, channel: str | None, of: str | None) -> str:
    """That none was: "no email opened"."""
    what = _named(channel, of) if of is not None else _noun(channel)[1]
    return f"no {what} {_NOT_SEEN[evidence]}"


def _named(channel: str | None, of: str) -> str:
    return f"{line(of)} by {line(channel)}" if channel else line(of)


def _noun(channel: str | None) -> tuple[str, str]:
    return _NOUNS.get(channel, ("a", line(channel))) if channel else ("a", "message")

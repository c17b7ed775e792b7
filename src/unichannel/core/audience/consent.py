"""Consent: who allowed what, on which channel, for which purpose and topic; and suppressed addresses."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, TypedDict, Unpack, get_args

from unichannel.core.words.instant import from_datetime
from unichannel.errors import InvalidInput

__all__ = [
    "BASES",
    "PURPOSES",
    "Circumstances",
    "Consent",
    "Suppression",
    "check_consent",
    "consent",
    "denial",
    "held",
    "implied",
    "ledger",
    "outweigh",
    "pending",
    "pending_on",
    "withdrawal",
]

Status = Literal["given", "withdrawn", "pending", "soft_opt_in", "denied"]

PURPOSES = ("marketing", "transactional", "*")
BASES = ("customer", "inquiry")
_OBJECTIONS = ("withdrawn", "denied")
_PLACES = {"given": "given", "pending": "pending", **dict.fromkeys(_OBJECTIONS, "objection")}


@dataclass(slots=True, frozen=True)
class Consent:
    """One entry of the ledger: entries are added, never changed.

    ``channel`` and ``topic`` may be "*": all of them. ``status``: given; withdrawn, taken back; denied, asked
    for and refused; pending, to be confirmed by the person (double opt-in); soft_opt_in, which follows from a
    relation, its ``basis``: "customer" or "inquiry". ``occurred`` and ``recorded`` are microseconds UTC; 0 means
    "when it is handed in".

    ``wording`` is the text the person saw, or its name, ``version`` and ``language`` are its own; ``form`` the
    form or number through which it came, ``by`` who recorded it. ``evidence`` is what may have to be erased one
    day (an IP address, a message's id). What decides reads none of these six: there they are empty.
    """

    channel: str
    purpose: str = "marketing"
    topic: str = "*"
    status: Status = "given"
    occurred: int = 0
    recorded: int = 0
    source: str = ""
    wording: str = field(default="", repr=False)
    evidence: dict[str, str] = field(default_factory=dict, hash=False, repr=False)
    version: str = ""
    language: str = ""
    form: str = field(default="", repr=False)
    by: str = field(default="", repr=False)
    basis: str = ""

    def __post_init__(self) -> None:
        if not self.channel or not self.purpose or not self.topic:
            raise InvalidInput(
                "a consent needs a channel, a purpose and a topic.",
                thing="consent",
                mend='Say what for: purpose="marketing"; "*" stands for all.',
            )

    @property
    def is_objection(self) -> bool:
        return self.status in _OBJECTIONS

    def bare(self) -> Consent:
        """What decisions read of it: no evidence, no wording."""
        return replace(self, evidence={}, wording="", version="", language="", form="", by="")


class Circumstances(TypedDict, total=False):
    """How a consent came about, for the proof of it (GDPR Art. 7(1); law:G1); ``occurred`` is aware, now by default."""

    source: str
    wording: str
    version: str
    language: str
    form: str
    by: str
    evidence: dict[str, str]
    occurred: datetime


@dataclass(slots=True, frozen=True)
class Suppression:
    """An address that must not be written to: for marketing, or for anything (``scope`` "all").

    ``hash`` is a keyed hash of the address in its channel family; the address is not kept here.
    """

    hash: str
    scope: Literal["marketing", "all", "none"]
    reason: str
    at: int
    detail: str = ""


def outweigh(before: Suppression | None, entry: Suppression) -> Suppression:
    """What counts for an address after one more entry: the wider scope, until "none" lifts everything."""
    is_narrower = before is not None and before.scope == "all" and entry.scope == "marketing"
    return before if before is not None and is_narrower else entry


# what hosts write


def consent(
    *channels: str, purpose: str = "marketing", topic: str = "*", **how: Unpack[Circumstances]
) -> tuple[Consent, ...]:
    """Consent given for these channels, as a tuple for ``Profile(consents=…)``.

    ``source`` says where it was given and ``wording`` which text the person saw: the controller
    must be able to demonstrate it (GDPR Art. 7(1); law:G1). The rest: ``Circumstances``.
    """
    return _entries(channels, purpose, topic, "given", how)


def withdrawal(
    *channels: str, purpose: str = "marketing", topic: str = "*", **how: Unpack[Circumstances]
) -> tuple[Consent, ...]:
    """Consent withdrawn for these channels; without any, for all of them. Other topics stay as they are."""
    return _entries(channels or ("*",), purpose, topic, "withdrawn", how)


def denial(
    *channels: str, purpose: str = "marketing", topic: str = "*", **how: Unpack[Circumstances]
) -> tuple[Consent, ...]:
    """The person was asked and said no."""
    return _entries(channels or ("*",), purpose, topic, "denied", how)


def pending(
    *channels: str, purpose: str = "marketing", topic: str = "*", **how: Unpack[Circumstances]
) -> tuple[Consent, ...]:
    """Asked for and not confirmed yet (double opt-in): until it is, only the confirmation message may go."""
    return _entries(channels, purpose, topic, "pending", how)


def implied(
    basis: Literal["customer", "inquiry"],
    *channels: str,
    purpose: str = "marketing",
    topic: str = "*",
    **how: Unpack[Circumstances],
) -> tuple[Consent, ...]:
    """What a relation allows by itself (soft opt-in): the person bought, or asked. It ends when the law says.

    ``occurred`` is the instant of the purchase or the question, from which the law counts; each one is an
    entry of its own. A country whose rules have no such consent on the channel is not moved by it.
    """
    return _entries(channels, purpose, topic, "soft_opt_in", how, basis)


def _entries(
    channels: Sequence[str], purpose: str, topic: str, status: Status, how: Circumstances, basis: str = ""
) -> tuple[Consent, ...]:
    occurred = from_datetime(how["occurred"], "occurred") if "occurred" in how else 0
    return tuple(
        Consent(
            channel,
            purpose,
            topic,
            status,
            occurred,
            source=how.get("source", ""),
            wording=how.get("wording", ""),
            evidence=how.get("evidence", {}),
            version=how.get("version", ""),
            language=how.get("language", ""),
            form=how.get("form", ""),
            by=how.get("by", ""),
            basis=basis,
        )
        for channel in channels
    )


def check_consent(entry: Consent, channels: Collection[str]) -> None:
    """Raise InvalidInput for an entry that would never allow or forbid anything, or could not be kept."""
    _one_of(entry.channel, (*channels, "*"), "channel")
    _one_of(entry.purpose, PURPOSES, "purpose")
    _one_of(entry.status, get_args(Status), "status")
    _one_of(entry.basis, BASES if entry.status == "soft_opt_in" else ("",), "basis")
    for name, value in {"occurred": entry.occurred, "recorded": entry.recorded}.items():
        if not isinstance(value, int) or value < 0:
            raise InvalidInput(
                f"{name} is no instant.", thing=name, mend="Give microseconds UTC, or an aware datetime to consent()."
            )
    for name, text in entry.evidence.items():
        if not isinstance(name, str) or not isinstance(text, str):
            raise InvalidInput("evidence is not made of texts.", thing="evidence", mend='Give {"ip": "203.0.113.9"}.')


def _one_of(value: str, known: Sequence[str], name: str) -> None:
    if value not in known:
        named = ", ".join(repr(one) for one in sorted(known))
        raise InvalidInput(f"{value!r} is no {name} of a consent.", thing=name, mend=f"Use one of: {named}.")


# what counts


def ledger(parts: Sequence[Sequence[Consent]]) -> list[Consent]:
    """The entries of a person under each of its keys as one ledger; those of several in the order they occurred."""
    entries = [entry for part in parts for entry in part]
    return entries if len(parts) == 1 else sorted(entries, key=lambda entry: entry.occurred)


def held(entries: Iterable[Consent], channel: str, purpose: str, topic: str) -> dict[str, Consent]:
    """What stands for a channel, purpose and topic after all of these entries, in the order they occurred.

    Up to one entry each of "objection", "given", "pending", "customer" and "inquiry". An objection ends what
    was before it, at a tie too; only a consent that is given lifts it, no purchase and no question.
    """
    channels, purposes, topics = (channel, "*"), (purpose, "*"), (topic, "*")
    relevant = [
        entry for entry in entries if entry.channel in channels and entry.purpose in purposes and entry.topic in topics
    ]
    if len(relevant) == 1:  # as with most people: no fold, for this is asked of every candidate
        return {_PLACES.get(relevant[0].status) or relevant[0].basis: relevant[0]}
    relevant.sort(key=_order)
    standing: dict[str, Consent] = {}
    for entry in relevant:
        standing = _after(standing, entry)
    return standing


def _order(entry: Consent) -> tuple[int, bool]:
    return entry.occurred, entry.is_objection


def _after(standing: dict[str, Consent], entry: Consent) -> dict[str, Consent]:
    """What stands after one more entry."""
    if entry.is_objection:
        return {"objection": entry}
    if entry.status == "given":
        kept = {name: one for name, one in standing.items() if name in BASES}
        return {**kept, "given": entry}
    if entry.status == "soft_opt_in":
        return standing if "objection" in standing else {**standing, entry.basis: entry}
    return {**standing, "pending": entry}


def pending_on(entries: Sequence[Consent], channel: str) -> list[Consent]:
    """What waits to be confirmed on a channel, one for each purpose and topic."""
    asked = {(one.purpose, one.topic): one for one in entries if one.status == "pending" and one.channel == channel}
    found = (held(entries, channel, purpose, topic).get("pending") for purpose, topic in asked)
    return [one for one in found if one is not None]

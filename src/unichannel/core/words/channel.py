"""Channels: where a profile can be reached, what each is able to show and what it interrupts."""

from __future__ import annotations

from dataclasses import KW_ONLY
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from unichannel.core.words.definition import definition

__all__ = ["BUILT_IN", "EVIDENCE", "OWN", "RANK", "Channel", "engaging_evidence"]

EVIDENCE = ("accepted", "delivered", "opened", "clicked", "replied", "converted")
"""What can be known of a delivery, from the weakest to the strongest (SCENARIOS A, *Success*)."""

RANK = {name: rank for rank, name in enumerate(EVIDENCE)}


OWN = "profile"
"""The kind of address that everybody has: their own id, for what is shown inside the host's app."""


@definition
class Channel:
    """A way to reach a person.

    ``address`` names the kind of address that it uses, or is ``OWN``. Opt-outs and dead addresses are kept per
    address and ``family``; sms, mms and rcs share one. ``engaged_by`` is the weakest evidence that
    counts as engagement: an SMS shows no open, so a click or a reply. ``evidence``
    is what the channel can show at best: a push is not answered, nothing is clicked in a call, which
    is opened once it is answered. ``interrupts`` says that it
    may wake somebody, so quiet hours hold for it. ``every_address``: a message goes to each of
    the person's addresses (several devices are one push, E9); else to the first that may be written to.
    """

    name: str
    address: str
    _: KW_ONLY
    family: str = ""
    engaged_by: str = "opened"
    interrupts: bool = True
    every_address: bool = False
    evidence: Annotated[frozenset[str], BeforeValidator(frozenset), AfterValidator(frozenset)] = frozenset(EVIDENCE)

    def __post_init__(self) -> None:
        if not self.family:
            object.__setattr__(self, "family", self.name)


_NO_OPEN = frozenset(EVIDENCE) - {"opened"}
_NO_REPLY = frozenset(EVIDENCE) - {"replied"}
_NO_CLICK = frozenset(EVIDENCE) - {"clicked"}

BUILT_IN: dict[str, Channel] = {
    channel.name: channel
    for channel in (
        Channel("email", "email", interrupts=False),
        Channel("sms", "phone", family="text", engaged_by="clicked", evidence=_NO_OPEN),
        Channel("mms", "phone", family="text", engaged_by="clicked", evidence=_NO_OPEN),
        Channel("rcs", "phone", family="text"),
        Channel("whatsapp", "phone"),
        Channel("push", "push", every_address=True, evidence=_NO_REPLY),
        Channel("web_push", "web_push", every_address=True, evidence=_NO_REPLY),
        Channel("voice", "phone", evidence=_NO_CLICK),
        Channel("chat", "chat"),
        Channel("in_app", OWN, interrupts=False, evidence=_NO_REPLY),
    )
}


def engaging_evidence(channel: Channel) -> tuple[str, ...]:
    """The kinds of evidence that count as engagement on this channel, weakest first."""
    return EVIDENCE[RANK[channel.engaged_by] :]

"""What the engine asks of the world, as small protocols: transports, providers, stores, hooks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from unichannel.ports.allowing import Allowance, Block, Taken
from unichannel.ports.carrying import (
    Abilities,
    Arguments,
    Context,
    Conversation,
    FunctionCall,
    Outbound,
    Outcome,
    Provider,
    Receiver,
    Transport,
)
from unichannel.ports.choosing import Choices, Wish
from unichannel.ports.guarding import APART, Access, Erasure
from unichannel.ports.receiving import Answer, Confirmation, Receipt, Received, Redirect, Request, Unsubscribing
from unichannel.ports.rows import Changes, Fault, Gate, History, Inbox, Loaded, Note, Parked, Sweep, Want
from unichannel.ports.storing import Session, Store

__all__ = [
    "APART",
    "Abilities",
    "Access",
    "Allowance",
    "Answer",
    "Arguments",
    "Block",
    "Changes",
    "Choices",
    "Confirmation",
    "Context",
    "Conversation",
    "Erasure",
    "Fault",
    "FunctionCall",
    "Gate",
    "History",
    "Hook",
    "Inbox",
    "Loaded",
    "Note",
    "Outbound",
    "Outcome",
    "Parked",
    "Provider",
    "Receipt",
    "Received",
    "Receiver",
    "Redirect",
    "Request",
    "Session",
    "Store",
    "Sweep",
    "Taken",
    "Transport",
    "Unsubscribing",
    "Want",
    "Wish",
]


class Hook(Protocol):
    """Is told committed facts, after the commit, in the calling thread; once, not again after a crash."""

    def __call__(self, fact: Mapping[str, Any], /) -> None: ...

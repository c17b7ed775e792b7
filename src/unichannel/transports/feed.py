"""Feed: in-app messages, which stay in our own store and need no provider."""

from __future__ import annotations

from unichannel.core.messaging.content import InApp
from unichannel.ports import Abilities, Context, Outbound, Outcome

__all__ = ["Feed"]


class Feed:
    """Takes in-app messages: ``routes={"in_app": Feed()}``, and ``engine.in_app(profile)`` lists them.

    A message is there once it is accepted. The app tells what became of it: ``engine.mark_in_app``.
    """

    blocking = False
    channels = frozenset({"in_app"})
    abilities = Abilities(reports=frozenset({"opened", "clicked"}), looks_up=True)

    def __init__(self, name: str = "feed") -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"Feed({self.name!r})"

    def carry(self, outbound: Outbound, ctx: Context) -> Outcome:
        """Nothing leaves: the delivery is the message."""
        if not isinstance(outbound.content, InApp):
            return Outcome.failed("content", f"the feed takes InApp, not {type(outbound.content).__name__}")
        return Outcome.accepted(at=ctx.now)

    async def carry_async(self, outbound: Outbound, ctx: Context) -> Outcome:
        """Nothing leaves: the delivery is the message."""
        return self.carry(outbound, ctx)

    def look_up(self, outbound: Outbound, ctx: Context) -> Outcome | None:
        """What is in the store is there."""
        return self.carry(outbound, ctx)

    async def look_up_async(self, outbound: Outbound, ctx: Context) -> Outcome | None:
        """What is in the store is there."""
        return self.carry(outbound, ctx)

    def close(self) -> None:
        """There is nothing to let go of."""

    async def close_async(self) -> None:
        """There is nothing to let go of."""

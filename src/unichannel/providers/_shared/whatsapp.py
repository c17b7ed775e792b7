"""WhatsApp as Meta's Cloud API has it: the codec of Meta's own, and of services that pass it on as it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

import httpx

from unichannel.core.messaging.content import WhatsApp
from unichannel.ports import Abilities, Context, Outbound, Outcome, Receipt, Request
from unichannel.providers._shared.faults import Fault, accepted
from unichannel.providers._shared.phones import Keywords, checked_keywords
from unichannel.providers._shared.reading import text
from unichannel.providers._shared.single import Errors
from unichannel.providers._shared.talking import TalkCodec
from unichannel.providers._shared.whatsapp_calls import WHATSAPP_ERRORS, changes_of, receipts_of
from unichannel.providers._shared.whatsapp_contents import message_of

__all__ = ["WhatsAppCodec", "whatsapp_by"]


def whatsapp_by(signature: str) -> Abilities:
    """What can be done with WhatsApp through Meta's API, whose calls are proved in one way or another."""
    return Abilities(
        frozenset({"delivered", "opened", "replied", "bounced"}),
        takes=frozenset({"text", "template", "media", "buttons"}),
        signature=signature,
        inbound=True,
        media=True,
    )


class WhatsAppCodec(TalkCodec):
    """A codec that speaks Meta's Cloud API: a subclass says where to, by what key, and what proves a call.

    ``buttons``: kinds of a template's buttons in order, by its name. ``currency``: that of the host's prices.
    """

    contents = (WhatsApp,)
    faults: ClassVar[Mapping[str, Fault]] = WHATSAPP_ERRORS

    def __init__(
        self,
        name: str,
        base_url: str,
        errors: Errors | None,
        buttons: Mapping[str, Sequence[str]] | None,
        currency: str,
        keywords: Keywords | None,
        *,
        hears: bool,
    ) -> None:
        super().__init__(name, "whatsapp", base_url, errors, hears=hears)
        self._buttons, self._currency, self._keywords = dict(buttons or {}), currency, checked_keywords(keywords)

    def _body(self, outbound: Outbound) -> Mapping[str, Any]:
        return message_of(outbound, self._buttons)

    def _accepted(self, response: httpx.Response, body: Any) -> Outcome:
        return accepted(response, text(body, "messages", 0, "id"))

    def _codes(self, response: httpx.Response, body: Any) -> Iterable[str]:
        return [text(body, "error", "code")]

    def _receipts(self, request: Request, ctx: Context) -> Iterable[Receipt]:
        for field, value in changes_of(request.body, self.name):
            yield from self._changed(field, value, ctx)

    def _changed(self, field: str, value: Mapping[str, Any], ctx: Context) -> Iterable[Receipt]:
        return receipts_of(field, value, ctx, self._keywords, self._currency)

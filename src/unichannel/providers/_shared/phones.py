"""What services for text messages share: senders, files, prices, and what people answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from unichannel.core.inbound.opt_out import read_opt_out
from unichannel.core.messaging.content import Mms, Sms
from unichannel.core.words.money import Money
from unichannel.errors import ConfigurationError, InvalidInput
from unichannel.ports import Context, Receipt
from unichannel.providers._shared.reading import told

__all__ = ["Keywords", "answers", "checked_keywords", "cost", "is_written_to", "money", "words_of"]

Keywords = Mapping[str, Iterable[str]]
"""The host's words beside ours, as ``read_opt_out`` takes them: ``stop``, ``start``, ``help``, ``without``."""

_WISHES = {"stop": "unsubscribed", "start": "subscribed"}


def checked_keywords(keywords: Keywords | None) -> Mapping[str, tuple[str, ...]]:
    """The words, kept; raises ConfigurationError for a wish that is none."""
    kept = {wish: tuple(words) for wish, words in (keywords or {}).items()}
    if set(kept) - {*_WISHES, "help", "without"}:
        raise ConfigurationError(
            "keywords names an unknown wish.", thing="keywords", mend="Use stop, start, help, without."
        )
    return kept


def is_written_to(sender: str) -> bool:
    """Whether people can answer to a sender: a number or short code, not a name."""
    return bool(re.fullmatch(r"\+?[0-9]{3,15}", sender))


def words_of(content: Sms | Mms) -> str:
    """The text, with what stands below its files where the service has no place for that."""
    captions = [one.caption for one in content.media] if isinstance(content, Mms) else []
    return "\n".join(part for part in (content.text, *captions) if part)


def money(amount: Any, currency: Any) -> Money | None:
    """What a service bills, to the millionth; None where it says nothing that can be read. Some write it below 0."""
    if isinstance(amount, bool) or not isinstance(amount, str | int | float) or not isinstance(currency, str):
        return None
    try:
        return Money(round(abs(Decimal(str(amount))), 6), currency.upper())
    except (InvalidInput, ArithmeticError):
        return None


def cost(amount: Any, currency: Any) -> str:
    """The same as a receipt has it; "" for nothing that can be read."""
    found = money(amount, currency)
    return str(found) if found is not None else ""


def answers(
    event: Mapping[str, Any],
    ctx: Context,
    text: str,
    id: str,
    *,
    wish: str = "",
    refused: bool = False,
    keywords: Keywords | None = None,
    **more: Any,
) -> list[Receipt]:
    """A person's message, after what it changes: "unsubscribed" or "subscribed".

    ``wish`` is what the service took it for; without it our words are read, and those of ``keywords``.
    ``refused``: the service itself keeps a STOP. ``more`` goes into each receipt.
    """
    found = wish or read_opt_out(text, **(keywords or {})) or ""
    kinds = [*([_WISHES[found]] if found in _WISHES else []), "inbound"]
    given: dict[str, Any] = {"channel": "sms", **more, "text": text, "code": found}
    return [
        told(kind, event, ctx, id=f"{id}:{kind}", refused=refused and kind == "unsubscribed", **given) for kind in kinds
    ]

"""RCS as Google's RCS for Business has it (RBM): what services pass through to it as it is.

https://developers.google.com/business-communications/rcs-business-messaging/reference/rest/v1/phones.agentMessages
by the examples that Vonage's documentation gives (github.com/Vonage/vonage-curl-code-snippets, messages/rcs).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from unichannel.core.messaging.content import Card, Dial, OpenUrl, Rcs, Reply, Suggestion
from unichannel.providers._shared.texting import captioned

__all__ = ["content_message"]


def content_message(content: Rcs) -> Mapping[str, Any]:
    """The message; raises Unfit for a file with a caption."""
    shown: dict[str, Any] = {"text": content.text}
    if content.cards:
        shown = {"richCard": _rich(content.cards)}
    elif content.file is not None:
        shown = {"contentInfo": {"fileUrl": captioned(content.file).url}}
    return {**shown, "suggestions": [*_suggestions(content.suggestions)]}


def _rich(cards: Sequence[Card]) -> Mapping[str, Any]:
    if len(cards) > 1:
        return {"carouselCard": {"cardWidth": "MEDIUM", "cardContents": [_card(card) for card in cards]}}
    return {"standaloneCard": {"cardOrientation": "VERTICAL", "cardContent": _card(cards[0])}}


def _card(card: Card) -> Mapping[str, Any]:
    media = card.media and {
        "height": card.height.upper(),
        "contentInfo": {"fileUrl": captioned(card.media).url},
    }
    suggestions = [*_suggestions(card.suggestions)]
    return {"title": card.title, "description": card.text, "media": media, "suggestions": suggestions}


def _suggestions(suggestions: Iterable[Suggestion]) -> Iterable[Mapping[str, Any]]:
    for one in suggestions:
        tapped = {"text": one.label, "postbackData": one.label}
        if isinstance(one, Reply):
            yield {"reply": {**tapped, "postbackData": one.postback or one.label}}
        elif isinstance(one, OpenUrl):
            yield {"action": {**tapped, "openUrlAction": {"url": one.url}}}
        elif isinstance(one, Dial):
            yield {"action": {**tapped, "dialAction": {"phoneNumber": one.phone}}}

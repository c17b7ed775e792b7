"""WhatsApp: approved templates at any time, free form within 24 hours of the person's last message.

Buttons and the lengths beside them:
https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/interactive-reply-buttons-messages
and .../whatsapp/direct-send/supported-features-and-limits; 4,096 characters of a text:
https://docs.360dialog.com/docs/messaging/messaging; ten buttons of a template:
https://docs.bird.com/api/touchpoints-api/supported-projects/whatsapp-approved-message-templates (read 2026-11-22).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import KW_ONLY
from typing import ClassVar

from unichannel.core.messaging.content.base import Content, Part, Texts, check_texts, least, too_many
from unichannel.core.messaging.content.pieces import Dial, Media, OpenUrl, Suggestion
from unichannel.core.words.definition import Many, definition
from unichannel.core.words.values import NOTHING
from unichannel.errors import DefinitionError

__all__ = ["WhatsApp", "WhatsAppTemplate"]

_NAME = re.compile(r"[a-z0-9_]{1,512}")
_LANGUAGE = re.compile(r"[a-z]{2,3}([_-][A-Za-z]{2,4})?")
_REPLIES, _BUTTONS = 3, 10
_LABEL, _WITH_BUTTONS = 20, 1_024


@definition
class WhatsAppTemplate(Part):
    """A template that Meta has approved, by its name and language, with what goes into its places.

    ``parameters`` are those of its body in order, ``named`` those that have names; ``header`` is
    the text of its header's place, ``media`` the file of a header that shows one; ``buttons`` are
    the parameters of its buttons in order, "" for one that has none.
    """

    texts: ClassVar[tuple[str, ...]] = ("parameters", "named", "header", "media", "buttons")
    longest: ClassVar[Mapping[str, int]] = {"header": 60}

    name: str
    language: str
    _: KW_ONLY
    parameters: Many[str] = ()
    named: Texts = NOTHING
    header: str = ""
    media: Media | None = None
    buttons: Many[str] = ()

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise DefinitionError(
                f"{self.name!r} is no template's name.", thing="name", mend="Use small letters, digits and _."
            )
        if not _LANGUAGE.fullmatch(self.language):
            raise DefinitionError(
                f"{self.language!r} is no language.", thing="language", mend="Give the template's, such as en_GB."
            )
        if (self.parameters and self.named) or (self.header and self.media):
            raise DefinitionError(
                "a template's places are filled in two ways.", thing="parameters", mend="Keep one of them."
            )
        check_texts(self, "a WhatsApp template")
        too_many("a WhatsApp template", len(self.buttons), _BUTTONS, "buttons")


@definition
class WhatsApp(Content, kind="whatsapp"):
    """A WhatsApp message: an approved ``template``, or free form: a text, a file, buttons.

    Free form goes out only within 24 hours of the person's last message. ``buttons`` are up to three
    ``Reply``, or one ``OpenUrl``; with them the text has 1,024 characters, without 4,096.
    """

    channel: ClassVar[str] = "whatsapp"
    texts: ClassVar[tuple[str, ...]] = ("header", "text", "footer", "media", "buttons", "template")
    longest: ClassVar[Mapping[str, int]] = {"text": 4_096, "header": 60, "footer": 60}

    text: str = ""
    _: KW_ONLY
    template: WhatsAppTemplate | None = None
    media: Media | None = None
    header: str = ""
    footer: str = ""
    buttons: Many[Suggestion] = ()

    def __post_init__(self) -> None:
        free = bool(self.text.strip() or self.media)
        if free == (self.template is not None) or (self.template and (self.header or self.footer or self.buttons)):
            raise DefinitionError(
                "a WhatsApp message is a template, or free form.",
                thing="whatsapp",
                mend="Give template=, or a text, media= and buttons=.",
            )
        if (self.buttons or self.header or self.footer) and not self.text.strip():
            raise DefinitionError("buttons stand below a text.", thing="buttons", mend="Give the text.")
        check_texts(self, "a WhatsApp message")
        self._check_buttons()

    def _check_buttons(self) -> None:
        links = [one for one in self.buttons if isinstance(one, OpenUrl)]
        if any(isinstance(one, Dial) for one in self.buttons) or (links and len(self.buttons) > 1):
            raise DefinitionError(
                "WhatsApp buttons are replies, or one link.", thing="buttons", mend="Keep the replies, or the link."
            )
        too_many("a WhatsApp message", len(self.buttons), _REPLIES, "buttons")
        if any(len(least(one.label)) > _LABEL for one in self.buttons):
            raise DefinitionError(
                f"a button's label has more than {_LABEL} characters.", thing="label", mend="Shorten it."
            )
        if self.buttons and len(least(self.text)) > _WITH_BUTTONS:
            raise DefinitionError(
                f"the text above buttons has more than {_WITH_BUTTONS:,} characters.", thing="text", mend="Shorten it."
            )

    @property
    def is_free(self) -> bool:
        """Whether it is free form, which goes out only within 24 hours of the person's last message."""
        return self.template is None

    def features(self) -> frozenset[str]:
        asked = {"template": self.template, "media": self.media, "buttons": self.buttons}
        return frozenset({name for name, one in asked.items() if one} or {"text"})

    def acts(self) -> bool:
        """A template's own buttons are with Meta, so it is taken at its word."""
        return self.template is not None or bool(self.buttons) or super().acts()

    def plain(self) -> tuple[str, str]:
        return self.header, self.text if not (self.media or self.buttons) else ""

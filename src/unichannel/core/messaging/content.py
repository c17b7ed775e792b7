"""Contents: what a message is on one channel. Each class declares its channel and its texts."""

from __future__ import annotations

import re
from dataclasses import KW_ONLY
from typing import ClassVar

from unichannel.core.words.definition import Family, definition
from unichannel.core.words.saying import cut
from unichannel.errors import DefinitionError

__all__ = ["Content", "Email", "Push", "Sms"]

_LINK = re.compile(r"\|\s*link\b")


class Content(Family):
    """What a message is on one channel.

    A host's own content subclasses it with a ``kind``, names its ``channel``, and lists in
    ``texts`` the fields that are templates and in ``html_texts`` those of them that are HTML.
    """

    channel: ClassVar[str] = ""
    texts: ClassVar[tuple[str, ...]] = ()
    html_texts: ClassVar[tuple[str, ...]] = ()

    def shows(self, evidence: str) -> bool:
        """Whether this content is able to give the evidence, where its channel and route are."""
        return True

    def words(self) -> str:
        """Its first words, for people."""
        texts = [str(value) for name in self.texts if (value := getattr(self, name, ""))]
        return cut(": ".join(texts[:2]), 72)

    def __str__(self) -> str:
        return self.words()


@definition
class Email(Content, kind="email"):
    """An e-mail: a subject, and a text, an HTML body or both.

    ``sender`` and ``reply_to`` are mailboxes, with or without a name; without ``sender`` the route's.
    """

    channel: ClassVar[str] = "email"
    texts: ClassVar[tuple[str, ...]] = ("subject", "text", "html", "sender", "reply_to")
    html_texts: ClassVar[tuple[str, ...]] = ("html",)

    subject: str
    _: KW_ONLY
    text: str = ""
    html: str = ""
    sender: str = ""
    reply_to: str = ""

    def __post_init__(self) -> None:
        if not self.subject.strip():
            raise DefinitionError("an e-mail needs a subject.", thing="subject", mend="Give subject=.")
        if not (self.text or self.html):
            raise DefinitionError(
                f"the e-mail {self.subject!r} has neither text nor html.", thing="email", mend="Give text= or html=."
            )

    def shows(self, evidence: str) -> bool:
        """A text alone loads no picture, so it shows no open."""
        return evidence != "opened" or bool(self.html)


@definition
class Sms(Content, kind="sms"):
    """A text message; ``sender`` is a number or name, without it the route's."""

    channel: ClassVar[str] = "sms"
    texts: ClassVar[tuple[str, ...]] = ("text", "sender")

    text: str
    _: KW_ONLY
    sender: str = ""

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise DefinitionError("an SMS needs a text.", thing="text", mend="Give the text.")

    def shows(self, evidence: str) -> bool:
        """Only a link that is ours is seen clicked."""
        return evidence != "clicked" or _LINK.search(self.text) is not None


@definition
class Push(Content, kind="push"):
    """A notification on a person's devices: a title and a body. Several devices are one push (E9)."""

    channel: ClassVar[str] = "push"
    texts: ClassVar[tuple[str, ...]] = ("title", "body")

    title: str
    body: str

    def __post_init__(self) -> None:
        if not (self.title.strip() and self.body.strip()):
            raise DefinitionError("a push needs a title and a body.", thing="push", mend="Give both.")

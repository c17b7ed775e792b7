"""Letters: an e-mail as every service's API takes it, and the codec that has only its own words to add."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, cast

import httpx

from unichannel.core.inbound.opt_out import STOP, read_opt_out
from unichannel.core.messaging.content import Attachment, Email
from unichannel.errors import ConfigurationError
from unichannel.ports import Abilities, Context, Outbound, Outcome, Receipt
from unichannel.ports.mailbox import HEADER_NAME, Box, one_line
from unichannel.providers._shared.faults import Errors
from unichannel.providers._shared.reading import told
from unichannel.providers._shared.single import Codec, no_sender

__all__ = [
    "DELIVERY",
    "Letter",
    "MailCodec",
    "inbound",
]

DELIVERY = frozenset({"delivered", "bounced", "complained"})
"""What every service tells of once its webhooks are set."""

_AMBIGUOUS = tuple(word for words in STOP for word in words.alone)
"""Words that mean other things as well: "cancel" answers a mail about an appointment."""
_SWITCHED = frozenset({"opened", "clicked"})


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail with everything decided; its headers have one line each.

    ``pictures`` stand inside the HTML, each known by its ``cid``; ``files`` are beside it.
    """

    key: str
    to: str = field(repr=False)
    sender: Box
    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)
    reply_to: Box | None = None
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    files: tuple[Attachment, ...] = field(default=(), repr=False)
    pictures: tuple[Attachment, ...] = field(default=(), repr=False)
    attempt: int = 1

    @classmethod
    def of(cls, outbound: Outbound, content: Email, sender: str) -> Letter:
        """From a delivery; raises ValueError for what no encoding takes and for a header's name that is none."""
        for part in (content.subject, content.text, content.html, *(one.name for one in content.attachments)):
            part.encode()
        if not all(HEADER_NAME.fullmatch(name) for name, _ in outbound.headers):
            raise ValueError("a header's name is none")
        return cls(
            outbound.key,
            outbound.address,
            Box.of(content.sender or sender),
            one_line(content.subject),
            content.text,
            content.html,
            Box.of(content.reply_to) if content.reply_to else None,
            tuple((name, one_line(value)) for name, value in outbound.headers),
            tuple(one for one in content.attachments if not one.cid),
            tuple(one for one in content.attachments if one.cid),
            outbound.attempt,
        )

    def attached(self, file: Callable[[Attachment], Mapping[str, str]]) -> list[Mapping[str, str]]:
        """Files, then pictures, each as a service takes it.

        The forms are those of django-anymail's backends (https://github.com/anymail/django-anymail/tree/main/anymail/backends),
        from general knowledge; read besides: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Attachment.html
        and https://resend.com/changelog/embed-images-using-cid.
        """
        return [file(one) for one in (*self.files, *self.pictures)]


def inbound(
    event: Mapping[str, Any], ctx: Context, headers: Mapping[str, str], sender: str, answer: str, id: str = ""
) -> Iterable[Receipt]:
    """A person's answer, after the opt-out that it is; of a machine (RFC 3834, 5) or nobody (RFC 5321, 4.5.5) unknown.

    It is one if its first line says so, and nothing else: below it there may be a signature and what was quoted.
    """
    said = {name.lower(): value.strip().lower() for name, value in headers.items()}
    is_automatic = said.get("auto-submitted", "no") != "no" or said.get("return-path") == "<>"
    first = next((line for line in answer.splitlines() if line.strip()), ">")
    is_own = not is_automatic and not first.lstrip().startswith(">")
    wish = "stop" if is_own and read_opt_out(first, without=_AMBIGUOUS) == "stop" else ""
    for kind in ("unknown",) if is_automatic else ("unsubscribed", "inbound") if wish else ("inbound",):
        yield told(kind, event, ctx, address=sender, text=answer, code=wish, id=f"{kind}:{id}" if id else "")


class MailCodec(Codec):
    """A codec of a service for e-mails: a subclass has ``_message`` in the place of ``_request``.

    ``can`` is what it can do once its webhooks are heard. Raises ConfigurationError for a sender that is no
    mailbox, and for evidence that the service cannot give.
    """

    contents = (Email,)
    can: ClassVar[Abilities]

    def __init__(
        self, name: str, sender: str, base_url: str, reports: Iterable[str] | None, errors: Errors | None = None
    ) -> None:
        """``reports``: what is switched on at the service beside deliveries; None where nothing is heard of it."""
        super().__init__(name, base_url, errors)
        switched = frozenset(reports or ())
        if sender and "@" not in Box.of(sender).email:
            raise ConfigurationError("sender is no mailbox.", thing="sender", mend="Give ada@example.com.")
        if switched - _SWITCHED - ({"replied"} if self.can.inbound else set()):
            raise ConfigurationError(
                "reports names what it cannot tell of.", thing="reports", mend="Give opened, clicked."
            )
        self.sender = sender
        self.abilities = replace(self.can, reports=frozenset() if reports is None else self.can.reports | switched)

    def _tracks(self, evidence: str) -> bool | None:
        """True where the service shall see opens or clicks, None to leave it to the account's settings."""
        return True if evidence in self.abilities.reports else None

    def _request(self, outbound: Outbound, ctx: Context) -> httpx.Request | Outcome:
        content = cast("Email", outbound.content)
        if not (content.sender or self.sender):
            return no_sender(self)
        try:
            return self._message(Letter.of(outbound, content, self.sender), ctx)
        except ValueError:
            return Outcome.failed("content", "a header has no name, or a text half a surrogate pair.")

    @abstractmethod
    def _message(self, letter: Letter, ctx: Context) -> httpx.Request: ...

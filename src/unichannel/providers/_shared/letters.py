"""Letters: an e-mail as every service's API takes it, and the codec that has only its own words to add."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import httpx

from unichannel.core.inbound.opt_out import STOP, read_opt_out
from unichannel.core.messaging.content import Attachment, Email
from unichannel.errors import ConfigurationError
from unichannel.ports import Abilities, Answer, Context, Conversation, Outbound, Outcome, Receipt, Received, Request
from unichannel.ports.mailbox import HEADER_NAME, Box, one_line
from unichannel.providers._shared.faults import Errors, Fault, refusal, told_by
from unichannel.providers._shared.reading import answered_json, body_of, mark

__all__ = [
    "DELIVERY",
    "KEY",
    "Letter",
    "MailCodec",
    "MailSender",
    "as_json",
    "filled",
    "inbound",
    "post",
    "told",
]

KEY = "unichannel_key"
"""Under which name a service keeps our key, to give it back with each event."""

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


def as_json(value: Any) -> bytes:
    """JSON as it is sent: UTF-8, and no name whose value is None, "" or empty."""
    return json.dumps(filled(value), ensure_ascii=False).encode()


def filled(value: Any) -> Any:
    """The value without names whose value is None, "" or empty."""
    if isinstance(value, Mapping):
        inside = {name: filled(one) for name, one in value.items()}
        return {name: one for name, one in inside.items() if one not in (None, "", [], {})}
    return [filled(one) for one in value] if isinstance(value, list | tuple) else value


def post(url: str, body: Any, **headers: str) -> httpx.Request:
    """A POST of JSON; ``X_Api_Key=`` is the header X-Api-Key."""
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    kinds = {"Accept": "application/json", "Content-Type": "application/json"}
    return httpx.Request("POST", url, headers={**kinds, **more}, content=as_json(body))


def told(kind: str, event: Mapping[str, Any], ctx: Context, **more: Any) -> Receipt:
    """A receipt of an event; its id is the event's own, or made of what it says."""
    known = {name: value for name, value in more.items() if value not in ("", None, False)}
    given = {"occurred": ctx.now, "channel": "email", "raw": event, **known}
    return Receipt(kind, **{"id": f"{kind}:{mark(event)}", **given})


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


class MailSender(ABC):
    """A codec's half that sends: a service that takes one e-mail in one request.

    A subclass has ``_request``, ``_accepted`` and ``_codes``, and its table of faults. Raises
    ConfigurationError for a sender that is no mailbox, and for evidence that the service cannot give.
    """

    channels: frozenset[str] = frozenset({"email"})
    able: ClassVar[Abilities]
    faults: ClassVar[Mapping[str, Fault]] = {}

    def __init__(
        self, name: str, sender: str, base_url: str, reports: Iterable[str] | None, errors: Errors | None = None
    ) -> None:
        """``reports``: what is switched on at the service beside deliveries; None where nothing is heard of it.

        ``errors``: meaning and reason by code, before the codec's own table."""
        told = frozenset(reports or ())
        if sender and "@" not in Box.of(sender).email:
            raise ConfigurationError("sender is no mailbox.", thing="sender", mend="Give ada@example.com.")
        if told - _SWITCHED - ({"replied"} if self.able.inbound else set()):
            raise ConfigurationError(
                "reports names what it cannot tell of.", thing="reports", mend="Give opened, clicked."
            )
        self.name, self.sender, self._base_url = name, sender, base_url.rstrip("/")
        self._faults = told_by(errors, self.faults)
        self.abilities = replace(self.able, reports=frozenset() if reports is None else self.able.reports | told)

    def _tracks(self, evidence: str) -> bool | None:
        """True where the service shall see opens or clicks, None to leave it to the account's settings."""
        return True if evidence in self.abilities.reports else None

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name!r})"

    def send(self, outbound: Outbound, ctx: Context) -> Conversation[Outcome]:
        """Send it in one request."""
        content = outbound.content
        if not isinstance(content, Email):
            return Outcome.failed("unsupported_content", f"{self.name} sends Email contents.")
        if not (content.sender or self.sender):
            return Outcome.misconfiguration("no_sender", f"no sender is known: give {type(self).__name__}(sender=…).")
        try:
            request = self._request(Letter.of(outbound, content, self.sender), ctx)
        except ValueError:
            return Outcome.failed("content", "a header has no name, or a text half a surrogate pair.")
        response = yield request
        body = answered_json(response)
        if response.is_success:
            return self._accepted(response, body)
        return refusal(response, ctx, self._faults, *self._codes(response, body))

    def look_up(self, outbound: Outbound, ctx: Context) -> Conversation[Outcome | None]:
        """Nothing is looked up: in doubt it was, in doubt it stays."""
        yield from ()
        return Outcome.in_doubt("no_look_up", f"{self.name} cannot look up a message by our key.")

    @abstractmethod
    def _request(self, letter: Letter, ctx: Context) -> httpx.Request: ...

    @abstractmethod
    def _accepted(self, response: httpx.Response, body: Any) -> Outcome: ...

    @abstractmethod
    def _codes(self, response: httpx.Response, body: Any) -> Iterable[str]: ...


class MailCodec(MailSender):
    """A whole codec: ``_verify`` and ``_receipts`` read the calls, which are answered 200."""

    def receive(self, request: Request, ctx: Context) -> Conversation[Received]:
        """Verify and read a call; a look without a body (GET, HEAD) is answered 200 too."""
        yield from ()
        if request.method.upper() in ("GET", "HEAD"):
            return Received(answer=Answer(200))
        body_of(request, self.name)
        self._verify(request, ctx)
        return Received(tuple(self._receipts(request, ctx)), Answer(200))

    @abstractmethod
    def _verify(self, request: Request, ctx: Context) -> None: ...

    @abstractmethod
    def _receipts(self, request: Request, ctx: Context) -> Iterable[Receipt]: ...

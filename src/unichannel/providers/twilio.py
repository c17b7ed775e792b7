"""Twilio: texts, files, WhatsApp and RCS by Programmable Messaging, calls by Programmable Voice; what comes of them.

Guarantee: Twilio takes no idempotency key, so a doubtful send is looked up by number and text.
Pages read as stored copies on 2026-11-22, all under https://www.twilio.com/docs unless said otherwise:
/messaging/api/message-resource (create, list; also the OpenAPI description as generated clients carry
it), /messaging/guides/track-outbound-message-status and /messaging/guides/webhook-request (webhooks),
/usage/webhooks/webhooks-security with twilio-python's and twilio-node's validators (signatures),
/api/errors/<code> and /whatsapp/tutorial/error-codes (errors), the help article on OptOutType (help centre
31560110671259). Calls: /voice/api/call-resource as the OpenAPI description and clients made from it have it (Twiml
of 4,000 characters, statuses, events). From general knowledge: ``rcs:`` before addresses, the parameters ContentSid
and ContentVariables, AnsweredBy. A call cannot be looked up by what it said.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Generator, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import httpx

from unichannel.core.messaging.content import Mms, Sms
from unichannel.core.words.instant import SECOND
from unichannel.errors import ConfigurationError
from unichannel.ports import Abilities, Answer, Context, Conversation, Outbound, Outcome, Received, Request
from unichannel.providers._shared.reading import body_of
from unichannel.providers._shared.talking import Unfit
from unichannel.providers._shared.twilio_answers import (
    CLOCKS,
    accepted,
    is_it,
    is_recent,
    json_of,
    outcome_of,
    refused,
)
from unichannel.providers._shared.twilio_calls import WISHES, call_receipts, inbound, status_receipt, unknown, verified
from unichannel.providers._shared.twilio_contents import CHANNELS, SERVICE, addressed, call_form, message_form, words_of
from unichannel.providers._shared.twilio_words import ERRORS, STATUSES, Fault

__all__ = ["CLOCKS", "ERRORS", "SETTLING", "STATUSES", "Fault", "Twilio"]

_NUMBER = re.compile(r"\+[0-9]{5,15}")
_PAGE_SIZE = 1000
_PAGES = 5

SETTLING = 60 * SECOND
"""How long after our first attempt an absence proves nothing: Twilio may still be working on the request."""

_HIDING = frozenset({"ContentRetention", "ContentSid", "ShortenUrls"})
"""Parameters after which Twilio's list no longer shows the text we sent, so that it cannot be looked up."""


class Twilio:
    """Messages and calls through Twilio, from a number, an alphanumeric sender or a messaging service (``MG…``).

    ``senders``: other senders by channel, such as ``{"whatsapp": "+14155238886", "voice": "+1…"}``; a call is never
    from a service or a name. ``templates``: Twilio's id of each WhatsApp template (``HX…``) by its name, or by
    ``name/language``. ``calling`` is added to each call's parameters: ``{"MachineDetection": "Enable"}``.
    ``auth_token`` may be several for a rotation: the first one sends, any verifies. ``validity`` is in
    seconds (1 to 36000): how long Twilio may keep a message queued. ``extra`` is added to each message's
    parameters as Twilio names them. ``keywords`` are passed to ``read_opt_out`` for numbers whose opt-outs
    Twilio does not name. Raises ConfigurationError for settings that cannot work.
    """

    channels: frozenset[str] = CHANNELS

    def __init__(
        self,
        account_sid: str,
        auth_token: str | Sequence[str],
        *,
        sender: str = "",
        senders: Mapping[str, str] | None = None,
        templates: Mapping[str, str] | None = None,
        name: str = "twilio",
        base_url: str = "https://api.twilio.com",
        validity: int | None = None,
        extra: Mapping[str, str | Sequence[str]] | None = None,
        calling: Mapping[str, str] | None = None,
        keywords: Mapping[str, Iterable[str]] | None = None,
    ) -> None:
        self.name = name
        self.account_sid = account_sid
        self.sender, self.senders = sender, dict(senders or {})
        self._templates, self._calling = dict(templates or {}), dict(calling or {})
        self._tokens = (auth_token,) if isinstance(auth_token, str) else tuple(auth_token)
        self._base_url = base_url.rstrip("/")
        self._extra = dict(extra or {}) if validity is None else {"ValidityPeriod": str(validity), **(extra or {})}
        self._keywords = {wish: tuple(words) for wish, words in (keywords or {}).items()}
        self._check(validity)

    def __repr__(self) -> str:
        return f"Twilio({self.account_sid!r}, name={self.name!r})"

    def _check(self, validity: int | None) -> None:
        if not self.account_sid.startswith("AC"):
            raise ConfigurationError("account_sid is no account's.", thing="account_sid", mend="It begins with AC.")
        if not self._tokens or not all(self._tokens):
            raise ConfigurationError("auth_token is empty.", thing="auth_token", mend="Give the account's token.")
        if validity is not None and not 1 <= validity <= 36000:
            raise ConfigurationError("validity is out of range.", thing="validity", mend="Give 1 to 36000 seconds.")
        if set(self.senders) - self.channels:
            raise ConfigurationError("senders names no channel.", thing="senders", mend="Use sms, mms, whatsapp, ….")
        if {"To", "Body"} & set(self._extra):
            raise ConfigurationError("extra names To or Body.", thing="extra", mend="They are each message's own.")
        if set(self._keywords) - WISHES - {"without"}:
            raise ConfigurationError(
                "keywords names an unknown wish.", thing="keywords", mend="Use stop, start, help, without."
            )

    @property
    def abilities(self) -> Abilities:
        """What Twilio reports; replies need a sender that can be written to and its inbound webhook set to us."""
        senders = [one for one in (self.sender, *self.senders.values()) if one] or [""]
        replied = any(_takes_answers(one) for one in senders)
        return Abilities(
            frozenset({"delivered", "opened", "bounced", *(["replied"] if replied else [])}),
            looks_up=not _HIDING & set(self._extra),
            takes=frozenset({"text", "media", "template", "audio"}),
            signature="HMAC-SHA1",
            inbound=replied,
            media=True,
        )

    def send(self, outbound: Outbound, ctx: Context) -> Conversation[Outcome]:
        """Create a message or a call: a form, of which 201 is acceptance (message-resource, call-resource)."""
        try:
            form = self._form(outbound, ctx)
            body = urlencode(form, doseq=True) if form else ""
        except Unfit as unfit:
            return Outcome.failed("unsupported_content", str(unfit))
        except UnicodeEncodeError:
            return Outcome.failed("not_unicode", "the text has half a surrogate pair, which no encoding takes.")
        if not body:
            return Outcome.misconfiguration("no_sender", "no sender is known: give Twilio(sender=…) or Sms(sender=…).")
        url = self._calls if outbound.channel == "voice" else self._messages
        response = yield self._request("POST", url, body.encode("ascii"))
        return accepted(response) if response.is_success else refused(response, ctx)

    def _form(self, outbound: Outbound, ctx: Context) -> Mapping[str, str | Sequence[str]]:
        """The parameters of what goes out, none where nobody is known to send it."""
        content = outbound.content
        own = content.sender if isinstance(content, Sms | Mms) else ""
        sender = own or self.senders.get(outbound.channel) or self.sender
        if outbound.channel == "voice":
            form = call_form(outbound, sender, ctx.callback_url)
            return {**form, **self._calling} if _NUMBER.fullmatch(sender) else {}
        form = message_form(outbound, sender, self._templates)
        callback = {"StatusCallback": ctx.callback_url} if ctx.callback_url else {}
        return {**form, **callback, **self._extra} if sender else {}

    def look_up(self, outbound: Outbound, ctx: Context) -> Conversation[Outcome | None]:
        """Look for the message among those sent to the number since the first attempt, by its text.

        None only when all of them were read and none is it; in doubt where that cannot be said. The list is
        not filtered by DateSent: a queued message has none yet (aloha/laravel-twilio#107 shows a null
        ``date_sent``), and lists so filtered lacked messages for minutes (twilio/twilio-java#442).
        """
        if not self.abilities.looks_up:
            return Outcome.in_doubt("no_look_up", "with these extra parameters Twilio does not show the text.")
        if outbound.channel == "voice" or not words_of(outbound.content):
            return Outcome.in_doubt("no_look_up", "only a message with a text of its own can be recognised.")
        messages = yield from self._sent_to(outbound)
        if messages is None:
            return Outcome.in_doubt("look_up_failed", "Twilio's list of messages could not be read.")
        found = [outcome_of(message) for message in messages if is_it(message, outbound)]
        if found:
            # Of two with the same text any may be ours; taking the accepted one never sends a third.
            return next((outcome for outcome in found if outcome.kind == "accepted"), found[0])
        if any(message.get("body") == "" for message in messages):
            return Outcome.in_doubt("text_hidden", "Twilio keeps no texts for this account, so none can be recognised.")
        if ctx.now - outbound.since < SETTLING:
            return Outcome.in_doubt("too_early", "Twilio may still be working on it.")
        return None

    def receive(self, request: Request, ctx: Context) -> Conversation[Received]:
        """Read a status callback or an incoming message.

        A status is answered 204, a message 200 with empty TwiML, so that Twilio replies nothing. Twilio
        may be set to call by GET; an unsigned GET or another method is somebody looking and is answered
        405 (no page tells of probes). Raises BadSignature, and MalformedWebhook for what is signed and
        unreadable.
        """
        yield from ()
        signature = request.header("X-Twilio-Signature")
        if request.method not in ("GET", "POST") or (request.method == "GET" and not signature):
            return Received(answer=Answer(405, {"Allow": "GET, POST"}))
        body_of(request, self.name)
        params = verified(request, signature, self._tokens)
        if "CallStatus" in params:
            return Received(call_receipts(request, params, ctx), _NO_REPLY)
        status = params.get("MessageStatus") or params.get("SmsStatus", "")
        if status in ("receiving", "received") or (not status and "Body" in params):
            return Received(inbound(request, params, ctx, self._keywords), _NO_REPLY)
        if status:
            return Received((status_receipt(request, params, status, ctx),))
        return Received((unknown(request, params, ctx),), _NO_REPLY)

    @property
    def _messages(self) -> str:
        return f"{self._base_url}/2010-04-01/Accounts/{self.account_sid}/Messages.json"

    @property
    def _calls(self) -> str:
        return f"{self._base_url}/2010-04-01/Accounts/{self.account_sid}/Calls.json"

    def _request(self, method: str, url: str, body: bytes | None = None) -> httpx.Request:
        login = base64.b64encode(f"{self.account_sid}:{self._tokens[0]}".encode()).decode("ascii")
        headers = {"Authorization": f"Basic {login}", "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        return httpx.Request(
            method, url, headers=headers, content=body, extensions={"safe": True} if method == "GET" else {}
        )

    def _sent_to(self, outbound: Outbound) -> Generator[httpx.Request, httpx.Response, list[Mapping[str, Any]] | None]:
        """The messages sent to the address since the first attempt, None where the list is not to be had."""
        to = addressed(outbound.channel, outbound.address)
        url = f"{self._messages}?{urlencode({'To': to, 'PageSize': _PAGE_SIZE}, errors='replace')}"
        found: list[Mapping[str, Any]] = []
        for _ in range(_PAGES):
            page = json_of((yield self._request("GET", url)))
            if not isinstance(page.get("messages"), list):
                return None
            found += [message for message in page["messages"] if is_recent(message, outbound)]
            following = page.get("next_page_uri")
            if not following:
                return found
            if not isinstance(following, str) or not following.startswith("/"):
                return None
            url = self._base_url + following
        return None


_NO_REPLY = Answer(200, {"Content-Type": "text/xml"}, b'<?xml version="1.0" encoding="UTF-8"?><Response/>')


def _takes_answers(sender: str) -> bool:
    """Whether people can write to it: not to a name."""
    return bool(SERVICE.fullmatch(sender)) or not re.search(r"[A-Za-z]", sender.partition(":")[2] or sender)

"""Infobip: SMS by its SMS API; MMS, RCS and WhatsApp by its Messages API; calls; reports, reads and replies.

Guarantee: each attempt goes out under an id of ours, and a doubtful SMS is looked up by it in Infobip's logs,
which reach back for 48 hours. Of the other channels there is no look-up; our key comes back with each report.

Read as stored copies on 2026-11-22: the API's fields as Infobip's infobip-api-python-client 6.0.0, which is made
of its OpenAPI, has them (sms/3/messages, sms/3/logs, messages-api/1/messages, tts/3/advanced, their webhooks);
https://www.infobip.com/docs/messages-api/send-a-message (adaptationMode),
https://www.infobip.com/docs/essentials/api-essentials/response-status-and-error-codes (statuses, errors; as
github.com/api-evangelist/infobip lists them), https://www.infobip.com/docs/developer-resources/api-fundamentals/
message-status-codes (which are final), https://infobip.com/docs/api/platform/subscriptions-api/create-profile
(logins of webhooks). Not verified: how calls with type HMAC are signed, so that only logins are believed here;
how soon a message stands in the logs; whether the report of a voice call is pushed in the form in which it is
asked for; whether ``pricePerMessage`` is that of a part, so that no cost is told; codes of refusals, which
statuses stand for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

import httpx

from unichannel.core.messaging.content import Mms, Rcs, Sms, Voice, WhatsApp
from unichannel.errors import ConfigurationError
from unichannel.ports import Abilities, Context, Conversation, Outbound, Outcome, Receipt, Request
from unichannel.providers._shared.faults import Fault, blames, table
from unichannel.providers._shared.infobip import (
    GROUPS,
    KEPT,
    REFUSALS,
    SETTLING,
    STATUSES,
    answered,
    checked_url,
    codes_of,
    id_of,
    in_logs,
    kind_of,
)
from unichannel.providers._shared.infobip_contents import FORMS, REGIONS, call_of, template_of
from unichannel.providers._shared.phones import Keywords
from unichannel.providers._shared.reading import at, instant, objects, read_json, text, told
from unichannel.providers._shared.signing import check_basic, several
from unichannel.providers._shared.single import Errors
from unichannel.providers._shared.texting import Senders, TextCodec, bare, form_of, number
from unichannel.providers._shared.writing import post

__all__ = ["ERRORS", "GROUPS", "KEPT", "REGIONS", "SETTLING", "STATUSES", "Infobip"]

_ERRORS = table(
    ("dead", "there is no such number.", ("REJECTED_DESTINATION", "EC_UNKNOWN_SUBSCRIBER")),
    ("dead", "the number cannot receive SMS.", ("EC_DEST_ADDRESS_UNABLE_TO_RECEIVE_SMS",)),
    ("opted_out", "the person had the sender blocked.", ("EC_SC_BLOCKED_BY_END_USER",)),
    ("permanent", "the person is on a do-not-disturb list.", ("REJECTED_DND",)),
    ("permanent", "Infobip does not reach this network.", ("REJECTED_NETWORK", "REJECTED_PREFIX_MISSING")),
    ("permanent", "Infobip takes it for fraud.", ("SIGNALS_BLOCKED",)),
    ("permanent", "it is too long.", ("REJECTED_MESSAGE_TOO_LONG", "REJECTED_MESSAGE_TEXT_TOO_LONG")),
    ("permanent", "the network refused it.", ("UNDELIVERABLE_REJECTED_OPERATOR", "EC_ILLEGAL_SUBSCRIBER")),
    ("permanent", "the phone is off or out of reach.", ("EC_ABSENT_SUBSCRIBER", "EC_ABSENT_SUBSCRIBER_SM")),
    ("permanent", "the phone's memory is full.", ("EC_SM_DF_MEMORYCAPACITYEXCEEDED",)),
    ("permanent", "nobody answered, the line was busy, or the call declined.", ("NO_ANSWER", "BUSY", "REJECTED")),
    ("permanent", "the person's contract does not allow it.", ("EC_CALL_BARRED", "EC_TELESERVICE_NOT_PROVISIONED")),
)
ERRORS: Mapping[str, Fault] = {**REFUSALS, **_ERRORS}
"""By the code of a refusal, the ``name`` of a status, and that of an error."""

_MESSAGES = "/messages-api/1/messages"
_TAPS = frozenset({"BUTTON_REPLY", "LIST_REPLY"})


class Infobip(TextCodec):
    """SMS, MMS, RCS, WhatsApp and calls through Infobip.

    ``base_url`` is the account's own (``https://xxxxx.api.infobip.com``). ``logins`` (``user:password``, one or
    several) are those of its subscriptions' webhooks; without them nothing is received. ``validity`` in
    seconds, at most 48 hours, not for calls; ``language`` is that of a spoken text which names none.
    ``buttons``: kinds of a WhatsApp template's buttons in order, by its name (quick_reply, copy_code; else
    url). ``keywords``: your own opt-out words. ``extra`` is added to each message. ``errors``: meaning and
    reason by code, before ``ERRORS``. Raises ConfigurationError for settings that cannot work.
    """

    contents = (Sms, Mms, Rcs, WhatsApp, Voice)
    can: ClassVar[Abilities] = Abilities(
        frozenset({"delivered", "bounced", "opened", "replied"}),
        looks_up=True,
        takes=frozenset({"text", "media", "carousel", "suggestions", "buttons", "template", "audio"}),
        signature="login",
        inbound=True,
        media=True,
    )
    faults: ClassVar[Mapping[str, Fault]] = ERRORS

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        sender: Senders = "",
        logins: str | Sequence[str] = (),
        validity: int | None = None,
        language: str = "en",
        buttons: Mapping[str, Sequence[str]] | None = None,
        keywords: Keywords | None = None,
        extra: Mapping[str, Any] | None = None,
        errors: Errors | None = None,
        name: str = "infobip",
    ) -> None:
        self._logins, self._buttons = several(logins, "logins"), dict(buttons or {})
        self._language = language
        self._authorization = f"App {several(api_key, 'api_key')[0]}"
        hears = bool(self._logins)
        super().__init__(
            name, checked_url(base_url), sender, hears=hears, keywords=keywords, extra=extra, errors=errors
        )
        if not (validity is None or 0 < validity <= 172_800):
            raise ConfigurationError("validity is out of range.", thing="validity", mend="Give 1 to 172800 seconds.")
        self._options = {"validityPeriod": {"amount": validity, "timeUnit": "SECONDS"}} if validity else {}

    def _message(self, outbound: Outbound, sender: str, ctx: Context) -> httpx.Request:
        path, form = self._form(outbound, bare(sender))
        to = {"to": bare(outbound.address), "messageId": id_of(outbound.key, outbound.attempt)}
        body = {"messages": [{**form, "destinations": [to], **self._extra}]}
        return post(self._base_url + path, body, Authorization=self._authorization)

    def _form(self, outbound: Outbound, sender: str) -> tuple[str, Mapping[str, Any]]:
        """Where to, and what."""
        content, told = outbound.content, {"callbackData": outbound.key}
        if isinstance(content, Voice):
            return "/tts/3/advanced", {"from": sender, **call_of(content, self._language), **told}
        head = {"sender": sender, "webhooks": told}
        if isinstance(content, Sms):
            return "/sms/3/messages", {**head, "content": {"text": content.text}, "options": self._options}
        options = {"adaptationMode": False, **self._options}
        head |= {"channel": outbound.channel.upper(), "options": options}
        if isinstance(content, WhatsApp) and content.template is not None:
            return _MESSAGES, {**head, **template_of(content.template, self._buttons)}
        return _MESSAGES, {**head, "content": form_of(FORMS, content)(content)}

    def _accepted(self, response: httpx.Response, body: Any) -> Outcome:
        return answered(response, body, self._faults)

    def _codes(self, response: httpx.Response, body: Any) -> Iterable[str]:
        return codes_of(body)

    def look_up(self, outbound: Outbound, ctx: Context) -> Conversation[Outcome | None]:
        """Look for an SMS of any attempt in the logs; one that was refused does not count."""
        if not isinstance(outbound.content, Sms):
            return Outcome.in_doubt("no_look_up", "Infobip's logs are read of SMS only.")
        return (yield from in_logs(f"{self._base_url}/sms/3/logs", self._authorization, outbound, ctx))

    def _verify(self, request: Request, ctx: Context) -> None:
        check_basic(request, self._logins, self.name)

    def _receipts(self, request: Request, ctx: Context) -> Sequence[Receipt]:
        body = read_json(request.body, self.name)
        found: list[Receipt] = []
        for event in objects(at(body, "results") or body):
            if "receivedAt" in event:
                found += self._inbound(event, ctx)
            else:
                found.append(self._report(event, ctx))
        return found

    def _report(self, event: Mapping[str, Any], ctx: Context) -> Receipt:
        """What became of a message: reports have a status, reads an instant."""
        status, id, kind = text(event, "status", "name"), text(event, "messageId"), _kind(event)
        is_bad = kind in ("bounced", "failed", "rejected")
        code = next((name for name in (text(event, "error", "name"), status) if name in self._faults), status)
        fault = self._faults.get(code) if is_bad else None
        when = next((event[name] for name in ("seenAt", "doneAt", "sentAt") if name in event), None)
        named = kind if kind == "opened" else status
        return told(
            kind,
            event,
            ctx,
            occurred=instant(when, ctx.now),
            key=text(event, "callbackData"),
            provider_id=id,
            id=f"{id}:{named}" if id and named else "",
            channel=text(event, "channel").lower() or ("voice" if "voiceCall" in event else "sms"),
            address=number(text(event, "destination") or text(event, "to")),
            code=code if is_bad else "",
            reason=fault.reason if fault else "",
            **blames(fault),
        )

    def _inbound(self, event: Mapping[str, Any], ctx: Context) -> Sequence[Receipt]:
        """A person's message: of the Messages API in parts, of the SMS API one text."""
        parts = [part for part in objects(event.get("content") or []) if text(part, "text")]
        tapped = [part for part in parts if text(part, "type") in _TAPS]
        return self._heard(
            event,
            ctx,
            words=text(event, "text") or "\n".join(text(part, "text") for part in parts),
            tapped=bool(tapped) and tapped == parts,
            id=text(event, "messageId"),
            occurred=instant(event.get("receivedAt"), ctx.now),
            provider_id=text(event, "pairedMessageId"),
            channel=text(event, "channel").lower() or "sms",
            address=number(text(event, "sender") or text(event, "from")),
        )


def _kind(event: Mapping[str, Any]) -> str:
    """A call that a person answered counts as opened, as what was seen does."""
    kind, call = kind_of(event), at(event, "voiceCall")
    is_answered = bool(text(call, "answerTime")) and text(call, "answeredBy") != "MACHINE"
    return "opened" if "seenAt" in event or (kind == "delivered" and is_answered) else kind

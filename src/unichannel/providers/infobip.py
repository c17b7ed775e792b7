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

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

import httpx

from unichannel.core.messaging.content import (
    Card,
    Content,
    Dial,
    Media,
    Mms,
    OpenUrl,
    Rcs,
    Reply,
    Sms,
    Suggestion,
    Voice,
    WhatsApp,
    WhatsAppTemplate,
)
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
from unichannel.providers._shared.phones import Keywords
from unichannel.providers._shared.reading import at, instant, objects, read_json, text, told
from unichannel.providers._shared.signing import check_basic, several
from unichannel.providers._shared.single import Errors
from unichannel.providers._shared.talking import Unfit, joined
from unichannel.providers._shared.texting import Senders, TextCodec, bare, captioned, form_of, number, sort_of
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

REGIONS = frozenset(
    {
        *("ar-ma", "de-at", "de-ch", "en-au", "en-ca", "en-gb", "en-gb-wls", "en-ie", "en-in", "es-ar", "es-gl"),
        *("es-mx", "fil-ph", "fr-ca", "fr-ch", "kk-kz", "mr-in", "pt-br", "pt-pt", "sw-ke", "sw-tz", "ur-pk"),
        *("uz-uz", "zh-cn", "zh-tw"),
    }
)
"""Languages of calls that Infobip has by region; of others only the language counts."""

_MESSAGES = "/messages-api/1/messages"
_SPOKEN = 1_400
_BODIES = {"image": "IMAGE", "video": "VIDEO", "file": "DOCUMENT"}
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
            return "/tts/3/advanced", {"from": sender, **_call(content, self._language), **told}
        head = {"sender": sender, "webhooks": told}
        if isinstance(content, Sms):
            return "/sms/3/messages", {**head, "content": {"text": content.text}, "options": self._options}
        options = {"adaptationMode": False, **self._options}
        head |= {"channel": outbound.channel.upper(), "options": options}
        if isinstance(content, WhatsApp) and content.template is not None:
            return _MESSAGES, {**head, **_template(content.template, self._buttons)}
        return _MESSAGES, {**head, "content": form_of(_FORMS, content)(content)}

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


def _call(content: Voice, language: str) -> Mapping[str, Any]:
    """A call that says a text or plays a recording. Of a language's regions Infobip has some."""
    if content.audio:
        return {"audioFileUrl": content.audio}
    if len(content.text) > _SPOKEN:
        raise Unfit(f"Infobip speaks {_SPOKEN:,} characters.")
    spoken = (content.language or language).lower()
    if spoken not in REGIONS:
        spoken = spoken.partition("-")[0]
    return {"text": content.text, "language": spoken, "voice": {"name": content.voice}}


def _body(media: Media, words: str) -> Mapping[str, Any]:
    sort = _BODIES.get(sort_of(media))
    if sort is None:
        raise Unfit("Infobip's Messages API takes pictures, films and documents.")
    return {"type": sort, "url": media.url, "text": words, "filename": _name(media) if sort == "DOCUMENT" else ""}


def _name(media: Media) -> str:
    return media.url.partition("?")[0].partition("#")[0].rpartition("/")[2]


def _mms(content: Mms) -> Mapping[str, Any]:
    if len(content.media) > 1 or content.subject:
        raise Unfit("Infobip sends one file with an MMS, and no subject.")
    (media,) = content.media
    return {"body": _body(media, joined(content.text, media.caption))}


def _rcs(content: Rcs) -> Mapping[str, Any]:
    if len(content.cards) == 1:
        raise Unfit("Infobip's Messages API has no single card: send a carousel, or a file.")
    body: Mapping[str, Any] = {"type": "TEXT", "text": content.text}
    if content.cards:
        body = {"type": "CAROUSEL", "cards": [_card(card) for card in content.cards]}
    elif content.file is not None:
        body = _body(captioned(content.file), "")
    return {"body": body, "buttons": _taps(content.suggestions)}


def _card(card: Card) -> Mapping[str, Any]:
    shown: dict[str, Any] = {"title": card.title, "text": card.text}
    if card.media is not None:
        sort = sort_of(captioned(card.media))
        if sort not in ("image", "video"):
            raise Unfit("a card shows a picture or a film.")
        options = {"height": card.height.upper()}
        shown |= {"url": card.media.url, "isVideo": sort == "video", "cardOptions": options}
    return {"body": shown, "buttons": _taps(card.suggestions)}


def _taps(suggestions: Iterable[Suggestion]) -> list[Mapping[str, Any]]:
    return [_tap(one) for one in suggestions]


def _tap(one: Suggestion) -> Mapping[str, Any]:
    if isinstance(one, OpenUrl):
        return {"type": "OPEN_URL", "text": one.label, "url": one.url}
    if isinstance(one, Dial):
        return {"type": "DIAL_PHONE", "text": one.label, "phoneNumber": one.phone}
    given = one.postback if isinstance(one, Reply) else ""
    return {"type": "REPLY", "text": one.label, "postbackData": given or one.label}


def _whatsapp(content: WhatsApp) -> Mapping[str, Any]:
    """A heading and a footer need buttons, so without those they are lines; above buttons stands one or the other."""
    if content.media and content.buttons:
        raise Unfit("Infobip's Messages API shows no file above buttons: send it by itself.")
    if content.buttons:
        header = {"type": "TEXT", "text": content.header} if content.header else {}
        body = {"type": "TEXT", "text": content.text}
        return {"header": header, "body": body, "footer": {"text": content.footer}, "buttons": _taps(content.buttons)}
    words = joined(content.header, content.text, content.footer)
    if content.media is None:
        return {"body": {"type": "TEXT", "text": words}}
    return {"body": _body(content.media, joined(words, content.media.caption))}


_FORMS: Mapping[type[Content], Callable[[Any], Mapping[str, Any]]] = {Mms: _mms, Rcs: _rcs, WhatsApp: _whatsapp}


def _template(template: WhatsAppTemplate, buttons: Mapping[str, Sequence[str]]) -> Mapping[str, Any]:
    """A registered template, whose places go by number or by name."""
    places = dict(template.named) or {str(n): one for n, one in enumerate(template.parameters, 1)}
    if "type" in places:
        raise Unfit("Infobip has no place of a template that is named type.")
    kinds = [*buttons.get(template.name, ()), *("url" for _ in template.buttons)]
    header: Mapping[str, Any] = {"type": "TEXT", "1": template.header} if template.header else {}
    if template.media is not None:
        header = _body(captioned(template.media), "")
    return {
        "template": {"templateName": template.name, "language": template.language},
        "content": {
            "header": header,
            "body": {"type": "TEXT", **places} if places else {},
            "buttons": [_fill(kind, one) for kind, one in zip(kinds, template.buttons, strict=False) if one],
        },
    }


def _fill(kind: str, value: str) -> Mapping[str, Any]:
    """A button's parameter: what its reply brings back, a code to copy, or what follows its URL."""
    if kind == "quick_reply":
        return {"type": "QUICK_REPLY", "postbackData": value}
    if kind == "copy_code":
        return {"type": "COPY_CODE", "code": value}
    return {"type": "OPEN_URL", "suffix": value}

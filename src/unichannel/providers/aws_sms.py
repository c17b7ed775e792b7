"""AWS End User Messaging SMS (once Amazon Pinpoint): SMS and MMS by its version 2 API, events by SNS.

Guarantee: AWS takes no idempotency key and cannot be asked for a message by ours: a doubtful send is known by
its events, which carry our key as context; else the category decides. Events come where the configuration
set has an SNS topic as destination, answers where the number's two-way channel is one; both may be the same
topic, subscribed to our URL.

Read as stored copies on 2026-11-22: under https://docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2
API_SendTextMessage.html and API_SendMediaMessage.html (requests, errors and their reasons; the latter as the
generated clients have them), under https://docs.aws.amazon.com/sms-voice/latest/userguide
configuration-sets-event-types.html, configuration-sets-event-format.html, monitor-event-bridge.html (events),
two-way-sms-payload.html (answers), opt-out-list-keywords.html (words that AWS itself takes for a STOP).
Not verified in a page: that prices are in US dollars, and the names of media events, which are taken to be
those of text events.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar, cast
from urllib.parse import unquote

import httpx

from unichannel.core.messaging.content import Mms, Sms
from unichannel.core.messaging.delivery import RECEIPT_KINDS
from unichannel.core.words.instant import SECOND
from unichannel.errors import ConfigurationError, MalformedWebhook
from unichannel.ports import Abilities, Answer, Context, Conversation, Outbound, Outcome, Receipt, Received, Request
from unichannel.providers._shared.aws import Keys, confirm, signed, sns_message
from unichannel.providers._shared.crypto import need_crypto
from unichannel.providers._shared.faults import Fault, accepted, table
from unichannel.providers._shared.phones import Keywords, answers, checked_keywords, cost, words_of
from unichannel.providers._shared.reading import instant, read_json, text, told
from unichannel.providers._shared.signing import several
from unichannel.providers._shared.single import Codec, Errors, no_sender
from unichannel.providers._shared.writing import KEY, as_json

__all__ = ["ERRORS", "EVENTS", "AwsSms"]

ERRORS = table(
    ("retry", "AWS is asked for too much at once.", ("ThrottlingException", "Throttling", "TooManyRequestsException")),
    (
        "retry",
        "too many messages to this number today.",
        ("DAILY_DESTINATION_CALL_LIMIT",),
    ),
    (
        "configuration",
        "the account's monthly limit of spending is reached: raise it.",
        ("ServiceQuotaExceededException",),
    ),
    (
        "configuration",
        "AWS does not accept the credentials: check access_key and the server's clock.",
        (
            "AccessDeniedException",
            "ExpiredTokenException",
            "IncompleteSignature",
            "InvalidClientTokenId",
            "InvalidSignatureException",
            "MissingAuthenticationToken",
            "MissingAuthenticationTokenException",
            "NotAuthorized",
            "OptInRequired",
            "RequestExpired",
            "SignatureDoesNotMatch",
            "UnrecognizedClientException",
        ),
    ),
    ("configuration", "the sender or the configuration set is unknown: check them.", ("ResourceNotFoundException",)),
    (
        "opted_out",
        "the person opted out; AWS refuses the number.",
        ("DESTINATION_PHONE_NUMBER_OPTED_OUT",),
    ),
    (
        "permanent",
        "a protect configuration blocks the number or its country.",
        (
            "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION",
            "DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE",
        ),
    ),
    (
        "configuration",
        "in the sandbox the number has to be verified first.",
        ("DESTINATION_PHONE_NUMBER_NOT_VERIFIED",),
    ),
    ("configuration", "the sender is not one that may send this: check sender.", ("ConflictException",)),
    ("permanent", "AWS cannot use the message, or the number.", ("ValidationException",)),
)
"""By the exception's reason, else by its name (API_SendTextMessage, "Errors")."""

EVENTS: Mapping[str, str] = {
    "QUEUED": "queued",
    "PENDING": "queued",
    "SENT": "sent",
    "SUCCESSFUL": "sent",
    "DELIVERED": "delivered",
    "BLOCKED": "bounced",
    "CARRIER_BLOCKED": "bounced",
    "CARRIER_UNREACHABLE": "bounced",
    "INVALID": "bounced",
    "SPAM": "bounced",
    "UNREACHABLE": "bounced",
    "TTL_EXPIRED": "failed",
    "INVALID_MESSAGE": "rejected",
    "PROTECT_BLOCKED": "rejected",
    "FILE_INACCESSIBLE": "rejected",
    "FILE_SIZE_EXCEEDED": "rejected",
    "FILE_TYPE_UNSUPPORTED": "rejected",
}
"""Kinds of receipt by eventType without TEXT_ or MEDIA_. SUCCESSFUL is the carrier's acceptance, which in some
countries is all that AWS ever tells: ``events={"SUCCESSFUL": "delivered"}`` takes it for delivery."""

_STOPS = frozenset(["ARRET", "CANCEL", "END", "OPT-OUT", "OPTOUT", "QUIT", "REMOVE", "STOP", "TD", "UNSUBSCRIBE"])
_TTL = (5, 259_200)
_S3 = re.compile(
    r"https://(?:(?P<bucket>[a-z0-9.-]{3,63})\.s3[.-](?:[a-z0-9-]+\.)?amazonaws\.com(?:\.cn)?"
    r"|s3[.-](?:[a-z0-9-]+\.)?amazonaws\.com(?:\.cn)?/(?P<first>[a-z0-9.-]{3,63}))/(?P<key>[^?#]+)"
)


class AwsSms(Codec):
    """SMS and MMS through AWS End User Messaging.

    ``sender``: a number, pool, sender id or the ARN of one; without it AWS chooses for an SMS. ``access_key``:
    id and secret, a token third where it is temporary; or a function that gives them anew for each request.
    ``topics``: the ARNs of the SNS topics to believe; without one nothing is received. ``two_way``: answers
    come to one of them; ``self_managed``: AWS leaves opt-outs to the host. ``events``: kinds of receipt
    before ``EVENTS``; ``errors``: meaning and reason by code, before ``ERRORS``. Files of an MMS lie in S3.
    Needs the extra ``crypto`` to receive.
    """

    contents = (Sms, Mms)
    faults: ClassVar[Mapping[str, Fault]] = ERRORS

    def __init__(
        self,
        region: str,
        access_key: tuple[str, ...] | Callable[[], tuple[str, ...]],
        *,
        sender: str = "",
        configuration_set: str = "",
        topics: str | Sequence[str] = (),
        two_way: bool = False,
        self_managed: bool = False,
        keywords: Keywords | None = None,
        events: Mapping[str, str] | None = None,
        errors: Errors | None = None,
        name: str = "aws_sms",
        base_url: str = "",
    ) -> None:
        super().__init__(name, base_url or f"https://sms-voice.{region}.amazonaws.com", errors)
        self.region, self.sender, self.configuration_set = region, sender, configuration_set
        self._access_key, self._topics = access_key, several(topics, "topics")
        self._events, self._self_managed = {**EVENTS, **(events or {})}, self_managed
        self._keywords = checked_keywords(keywords)
        if not set(self._events.values()) <= set(RECEIPT_KINDS):
            raise ConfigurationError("events names a kind that is none.", thing="events", mend="Use our vocabulary.")
        if self._topics:
            need_crypto()
        reports = {"delivered", "bounced"} | ({"replied"} if two_way else set())
        self.abilities = Abilities(
            frozenset(reports if self._topics else ()),
            signature="SNS certificate",
            inbound=two_way and bool(self._topics),
            media=True,
            tells_cost=True,
        )

    def receive(self, request: Request, ctx: Context) -> Conversation[Received]:
        """Read an SNS call: verify it, confirm a subscription, or tell of a message; answered 200."""
        if self._is_look(request):
            return Received(answer=Answer(200))
        message = yield from sns_message(request, self._topics, ctx, self.name)
        if message["Type"] == "SubscriptionConfirmation":
            yield from confirm(message, self.name)
        receipts = self._told(message, ctx) if message["Type"] == "Notification" else []
        return Received(tuple(receipts), Answer(200))

    def _request(self, outbound: Outbound, ctx: Context) -> httpx.Request | Outcome:
        content = cast("Sms | Mms", outbound.content)
        sender = content.sender or self.sender
        more = self._media(content, sender) if isinstance(content, Mms) else _kind(outbound)
        if isinstance(more, Outcome):
            return more
        message = {
            "DestinationPhoneNumber": outbound.address,
            "OriginationIdentity": sender,
            "MessageBody": _words(content),
            "ConfigurationSetName": self.configuration_set,
            "Context": {KEY: outbound.key},
            "TimeToLive": _seconds(outbound, ctx.now),
            **more,
        }
        action = "SendMediaMessage" if isinstance(content, Mms) else "SendTextMessage"
        headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"PinpointSMSVoiceV2.{action}"}
        body = as_json(message)
        keys = self._access_key() if callable(self._access_key) else self._access_key
        request = httpx.Request("POST", f"{self._base_url}/", headers=headers, content=body)
        return signed(request, Keys(*keys), self.region, "sms-voice", ctx.now)

    def _media(self, content: Mms, sender: str) -> dict[str, Any] | Outcome:
        if not sender:
            return no_sender(self)
        urls = [_in_s3(one.url) for one in content.media]
        if not all(urls):
            return Outcome.failed("media_url", "a file of the MMS does not lie in S3, from where AWS takes it.")
        return {"MediaUrls": urls}

    def _accepted(self, response: httpx.Response, body: Any) -> Outcome:
        return accepted(response, text(body, "MessageId"))

    def _codes(self, response: httpx.Response, body: Any) -> Iterable[str]:
        """The exception's reason and its name."""
        named = response.headers.get("X-Amzn-ErrorType") or text(body, "__type") or text(body, "code")
        return [text(body, "Reason"), named.partition(":")[0].rpartition("#")[2]]

    def _told(self, message: Mapping[str, Any], ctx: Context) -> list[Receipt]:
        when = instant(message.get("Timestamp"), ctx.now)
        try:
            event = read_json(text(message, "Message"), self.name)
        except MalformedWebhook:
            event = None
        if text(event, "eventType") and text(event, "messageId"):
            return [self._receipt(event, when, ctx)]
        if text(event, "originationNumber") and text(event, "inboundMessageId"):
            return self._answered(event, when, ctx)
        return [told("unknown", message, ctx, occurred=when, channel="sms", id=text(message, "MessageId"))]

    def _receipt(self, event: Mapping[str, Any], when: int, ctx: Context) -> Receipt:
        """What AWS has not done with yet is deferred, whatever went wrong so far."""
        form, _, code = text(event, "eventType").partition("_")
        kind = self._events.get(code, "unknown") if form in ("TEXT", "MEDIA") else "unknown"
        is_open = kind == "bounced" and event.get("isFinal") is False
        id = text(event, "messageId")
        return told(
            "deferred" if is_open else kind,
            event,
            ctx,
            occurred=instant(event.get("eventTimestamp"), when, unit=SECOND // 1000),
            channel="mms" if form == "MEDIA" else "sms",
            id=f"{id}:{form}_{code}:{'open' if is_open else 'final'}",
            key=text(event, "context", KEY),
            provider_id=id,
            address=text(event, "destinationPhoneNumber"),
            code=text(event, "messageStatus") or code,
            address_dead=code == "INVALID" and not is_open,
            cost=_price(event),
        )

    def _answered(self, event: Mapping[str, Any], when: int, ctx: Context) -> list[Receipt]:
        said = text(event, "messageBody")
        is_taken = said.strip().upper() in _STOPS and not self._self_managed
        return answers(
            event,
            ctx,
            said,
            text(event, "inboundMessageId"),
            wish="stop" if is_taken else "",
            refused=is_taken,
            keywords=self._keywords,
            occurred=when,
            address=text(event, "originationNumber"),
        )


def _kind(outbound: Outbound) -> dict[str, Any]:
    return {"MessageType": "PROMOTIONAL" if outbound.purpose == "marketing" else "TRANSACTIONAL"}


def _words(content: Sms | Mms) -> str:
    """The text, below the subject, which AWS has no place for."""
    subject = content.subject if isinstance(content, Mms) else ""
    return "\n".join(part for part in (subject, words_of(content)) if part)


def _seconds(outbound: Outbound, now: int) -> int | None:
    least, most = _TTL
    return min(max(least, (outbound.expires - now) // SECOND), most) if outbound.expires else None


def _in_s3(url: str) -> str:
    """``s3://bucket/key`` of a file's address in S3, "" of any other."""
    found = _S3.fullmatch(url)
    return f"s3://{found['bucket'] or found['first']}/{unquote(found['key'])}" if found else ""


def _price(event: Mapping[str, Any]) -> str:
    """What the message and its carrier cost, in US dollars."""
    parts = [event.get(name) for name in ("totalMessagePrice", "totalCarrierFee")]
    numbers = [Decimal(repr(one)) for one in parts if isinstance(one, int | float) and not isinstance(one, bool)]
    return cost(str(sum(numbers)), "USD") if sum(numbers) else ""

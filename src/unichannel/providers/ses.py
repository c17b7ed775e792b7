"""Amazon SES v2: e-mails by SendEmail, events by SNS.

Guarantee: SES takes no idempotency key and cannot be asked for a message by ours: a doubtful send is
known by its events, else the category decides. Events come where the configuration set (or the
identity) publishes them to an SNS topic that is subscribed to our URL; with a configuration set they
carry our key as a message tag, without one SES's own id.

Read as stored copies on 2026-11-22, under https://docs.aws.amazon.com/ses/latest:
/APIReference-V2/API_SendEmail.html (request, errors) and API_Bounce.html,
/dg/event-publishing-retrieving-sns-contents.html and -examples.html (events). From general knowledge:
CommonErrors.html and the subtypes of bounces in /dg/notification-contents.html.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

import httpx

from unichannel.core.messaging.content import Attachment
from unichannel.errors import MalformedWebhook
from unichannel.ports import Abilities, Answer, Context, Conversation, Outcome, Receipt, Received, Request
from unichannel.providers._shared.aws import Keys, confirm, signed, sns_message
from unichannel.providers._shared.crypto import need_crypto
from unichannel.providers._shared.faults import Fault, accepted, table
from unichannel.providers._shared.letters import DELIVERY, Letter, MailCodec
from unichannel.providers._shared.reading import at, instant, mark, objects, read_json, text, told
from unichannel.providers._shared.signing import several
from unichannel.providers._shared.writing import KEY, post

__all__ = ["ERRORS", "EVENTS", "Ses"]

ERRORS = table(
    ("retry", "SES is asked for too much at once.", ("TooManyRequestsException", "ThrottlingException", "Throttling")),
    ("retry", "the account's quota of messages is used up.", ("LimitExceededException",)),
    (
        "configuration",
        "SES does not accept the credentials: check access_key and the server's clock.",
        (
            "AccessDeniedException",
            "ExpiredTokenException",
            "IncompleteSignature",
            "InvalidClientTokenId",
            "InvalidSignatureException",
            "MissingAuthenticationToken",
            "NotAuthorized",
            "OptInRequired",
            "RequestExpired",
            "SignatureDoesNotMatch",
            "UnrecognizedClientException",
        ),
    ),
    ("configuration", "the account may not send: ask Amazon.", ("AccountSuspendedException", "SendingPausedException")),
    ("configuration", "the sender's domain is not verified.", ("MailFromDomainNotVerifiedException",)),
    ("configuration", "the configuration set is unknown: check configuration_set.", ("NotFoundException",)),
    ("configuration", "the sender (in the sandbox the recipient) is not verified.", ("MessageRejected/NotVerified",)),
    ("permanent", "SES refuses the content.", ("MessageRejected",)),
    ("permanent", "SES cannot read the request.", ("BadRequestException", "ValidationError")),
)
"""What SES's errors mean (API_SendEmail, "Errors"; CommonErrors)."""

EVENTS: Mapping[str, str] = {
    "Send": "sent",
    "Delivery": "delivered",
    "DeliveryDelay": "deferred",
    "Bounce": "bounced",
    "Reject": "rejected",
    "Rendering Failure": "failed",
    "Open": "opened",
    "Click": "clicked",
    "Complaint": "complained",
}
"""Kinds of receipt by eventType; a Subscription says by its preferences which of two it is."""

_GONE = frozenset({"General", "NoEmail", "Suppressed"})
_BLOCKED = frozenset({"OnAccountSuppressionList", "UnsubscribedRecipient"})


class Ses(MailCodec):
    """E-mails through Amazon SES.

    ``access_key``: id and secret, a token third where it is temporary; or a function that gives them
    anew for each request. ``topics``: the ARNs of the SNS topics to believe; without one nothing is
    received. Needs the extra ``crypto`` to receive.
    ``reports``: evidence that is switched on there beside deliveries: opened, clicked.
    """

    can: ClassVar[Abilities] = Abilities(DELIVERY, signature="SNS certificate", media=True)
    faults: ClassVar[Mapping[str, Fault]] = ERRORS

    def __init__(
        self,
        region: str,
        access_key: tuple[str, ...] | Callable[[], tuple[str, ...]],
        *,
        sender: str = "",
        configuration_set: str = "",
        topics: str | Sequence[str] = (),
        reports: Iterable[str] = (),
        name: str = "ses",
        base_url: str = "",
    ) -> None:
        super().__init__(name, sender, base_url or f"https://email.{region}.amazonaws.com", reports if topics else None)
        self.region, self.configuration_set = region, configuration_set
        self._access_key, self._topics = access_key, several(topics, "topics")
        if self._topics:
            need_crypto()

    def receive(self, request: Request, ctx: Context) -> Conversation[Received]:
        """Read an SNS call: verify it, confirm a subscription, or tell of an e-mail; answered 200."""
        if request.method.upper() in ("GET", "HEAD"):
            return Received(answer=Answer(200))
        message = yield from sns_message(request, self._topics, ctx, self.name)
        if message["Type"] == "SubscriptionConfirmation":
            yield from confirm(message, self.name)
        told_of = _event(message, self.name) if message["Type"] == "Notification" else {}
        return Received(tuple(_receipts(told_of, message, ctx)) if told_of else (), Answer(200))

    def _message(self, letter: Letter, ctx: Context) -> httpx.Request:
        body = {"Text": _part(letter.text), "Html": _part(letter.html)}
        simple = {
            "Subject": _part(letter.subject),
            "Body": {name: part for name, part in body.items() if part},
            "Headers": [{"Name": name, "Value": value} for name, value in letter.headers],
            "Attachments": letter.attached(_attached),
        }
        message = {
            "FromEmailAddress": letter.sender.ascii(),
            "Destination": {"ToAddresses": [letter.to]},
            "ReplyToAddresses": [letter.reply_to.ascii()] if letter.reply_to else [],
            "Content": {"Simple": simple},
            "EmailTags": [{"Name": KEY, "Value": letter.key}],
            "ConfigurationSetName": self.configuration_set,
        }
        keys = self._access_key() if callable(self._access_key) else self._access_key
        request = post(f"{self._base_url}/v2/email/outbound-emails", message)
        return signed(request, Keys(*keys), self.region, "ses", ctx.now)

    def _accepted(self, response: httpx.Response, body: Any) -> Outcome:
        return accepted(response, text(body, "MessageId"))

    def _codes(self, response: httpx.Response, body: Any) -> Iterable[str]:
        """The name of the exception, without the namespace before it and the URL after it."""
        named = response.headers.get("X-Amzn-ErrorType") or text(body, "__type") or text(body, "code")
        code = named.partition(":")[0].rpartition("#")[2]
        is_sender = code == "MessageRejected" and "not verified" in text(body, "message")
        return [f"{code}/NotVerified"] if is_sender else [code]


def _attached(one: Attachment) -> dict[str, str]:
    inside = {"ContentDisposition": "INLINE", "ContentId": one.cid} if one.cid else {"ContentDisposition": "ATTACHMENT"}
    body = {"RawContent": one.base64, "ContentType": one.media_type, "ContentTransferEncoding": "BASE64"}
    return {"FileName": one.name, **body, **inside}


def _part(value: str) -> dict[str, str]:
    return {"Data": value, "Charset": "UTF-8"} if value else {}


def _event(message: Mapping[str, Any], thing: str) -> Mapping[str, Any]:
    """What SES says inside of an SNS message, {} for the text by which it tries a new topic."""
    written = text(message, "Message")
    try:
        event = read_json(written, thing)
    except MalformedWebhook:
        if written.startswith("Successfully validated SNS topic"):
            return {}
        raise
    if not isinstance(event, Mapping):
        raise MalformedWebhook("the message holds no event of SES.", thing=thing)
    return event


def _receipts(event: Mapping[str, Any], message: Mapping[str, Any], ctx: Context) -> Iterable[Receipt]:
    kind_there = text(event, "eventType") or text(event, "notificationType")
    detail = at(event, "failure" if kind_there == "Rendering Failure" else kind_there[:1].lower() + kind_there[1:])
    kind = EVENTS.get(kind_there) or _subscription(detail)
    sent_at = instant(at(event, "mail", "timestamp"), ctx.now) if kind == "sent" else ctx.now
    when = instant(at(detail, "timestamp"), instant(message.get("Timestamp"), sent_at))
    for address in _recipients(event, detail):
        yield told(
            kind,
            event,
            ctx,
            occurred=sent_at if kind == "sent" else when,
            key=text(event, "mail", "tags", KEY, 0),
            provider_id=text(event, "mail", "messageId"),
            id=f"{kind}:{mark([event, address])}",
            address=address,
            url=text(detail, "link"),
            **_why(kind, detail),
        )


def _recipients(event: Mapping[str, Any], detail: Any) -> list[str]:
    """Those that the event is about; all of the message's where it does not say."""
    named = [at(detail, name) or [] for name in ("bouncedRecipients", "complainedRecipients", "delayedRecipients")]
    listed = at(detail, "recipients") or at(event, "mail", "destination")
    found = [text(one, "emailAddress") for some in named for one in objects(some)]
    others = [text(one) for one in listed if text(one)] if isinstance(listed, list) else []
    return found or others or [""]


def _why(kind: str, detail: Any) -> dict[str, Any]:
    """Code and reason of what went wrong, and what it says of the address."""
    if kind == "bounced":
        sort, more = text(detail, "bounceType"), text(detail, "bounceSubType")
        hard = sort == "Permanent"
        return {
            "code": f"{sort}/{more}",
            "reason": "hard bounce" if hard else "soft bounce",
            "address_dead": hard and more in _GONE,
            "refused": hard and more in _BLOCKED,
        }
    names = {
        "complained": "complaintFeedbackType",
        "rejected": "reason",
        "failed": "templateName",
        "deferred": "delayType",
    }
    return {"code": text(detail, names[kind])} if kind in names else {}


def _subscription(detail: Any) -> str:
    every = at(detail, "newTopicPreferences", "unsubscribeAll")
    return {True: "unsubscribed", False: "subscribed"}.get(every, "unknown") if isinstance(every, bool) else "unknown"

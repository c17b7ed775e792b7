"""WhatsApp by Meta's Cloud API: templates, free form, files, buttons out; statuses, answers and stops in.

Guarantee: Meta takes no idempotency key. Our key goes along as ``biz_opaque_callback_data`` and comes back
with each status, so a doubtful send is known by those. Whether free form may go out (24 hours after the
person's last message) is decided by the engine; what comes too late all the same fails with 131047.

Read as stored copies on 2026-11-22 (of September 2026), under
https://developers.facebook.com/documentation/business-messaging/whatsapp: /messages/send-messages,
/messages/interactive-cta-url-messages, /messages/interactive-reply-buttons-messages (requests, answers),
/webhooks/create-webhook-endpoint (handshake, signature), /webhooks/reference/messages and …/status,
/webhooks/reference/user_preferences (calls), /support/error-codes. The shape of a template's parameters is
that of https://github.com/facebook/openapi (business-messaging-api_v23.0.yaml). Statuses name a category
of price and no amount: it is kept in ``raw["pricing"]``. Not verified: how long ``biz_opaque_callback_data``
may be (ours has 24 characters).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

import httpx

from unichannel.errors import ConfigurationError
from unichannel.ports import Abilities, Answer, Context, Outbound, Receipt, Request
from unichannel.providers._shared.meta import challenged, check_hub
from unichannel.providers._shared.reading import text, told
from unichannel.providers._shared.signing import several
from unichannel.providers._shared.single import Errors
from unichannel.providers._shared.whatsapp import WhatsAppCodec, whatsapp_by
from unichannel.providers._shared.whatsapp_calls import STATUSES, WHATSAPP_ERRORS
from unichannel.providers._shared.writing import post

__all__ = ["ERRORS", "STATUSES", "WhatsAppCloud"]

ERRORS = WHATSAPP_ERRORS


class WhatsAppCloud(WhatsAppCodec):
    """WhatsApp messages of one business number.

    ``number_id``: Meta's id of it, which is no telephone number. ``app_secret`` (one or several) verifies
    calls; without one nothing is received. ``verify_token`` (one or several): the text that you gave
    beside the webhook's URL. ``buttons``: kinds of a template's buttons in order, by its name ("url",
    "quick_reply", "copy_code"); "url" where it is not named. ``currency``: that of your prices, in
    which a message that Meta does not bill costs nothing. ``keywords``: your own opt-out words.
    ``errors``: what you know better of a code than the table. Raises ConfigurationError for settings that cannot work.
    """

    can: ClassVar[Abilities] = whatsapp_by("X-Hub-Signature-256")

    def __init__(
        self,
        number_id: str,
        access_token: str,
        *,
        app_secret: str | Sequence[str] = (),
        verify_token: str | Sequence[str] = (),
        buttons: Mapping[str, Sequence[str]] | None = None,
        currency: str = "",
        keywords: Mapping[str, Iterable[str]] | None = None,
        errors: Errors | None = None,
        name: str = "whatsapp",
        version: str = "v25.0",
        base_url: str = "https://graph.facebook.com",
    ) -> None:
        super().__init__(name, base_url, errors, buttons, currency, keywords, hears=bool(app_secret))
        if not number_id.isdigit():
            raise ConfigurationError("number_id is none.", thing="number_id", mend="Give Meta's id of the number.")
        self.number_id, self.version = number_id, version
        self._token = several(access_token, "access_token")[0]
        self._secrets, self._tokens = several(app_secret, "app_secret"), several(verify_token, "verify_token")

    def _request(self, outbound: Outbound, ctx: Context) -> httpx.Request:
        url = f"{self._base_url}/{self.version}/{self.number_id}/messages"
        return post(url, self._body(outbound), Authorization=f"Bearer {self._token}")

    def _look(self, request: Request) -> Answer:
        return challenged(request, self._tokens, self.name)

    def _verify(self, request: Request, ctx: Context) -> None:
        check_hub(request, self._secrets, self.name)

    def _changed(self, field: str, value: Mapping[str, Any], ctx: Context) -> Iterable[Receipt]:
        """What is said of the app's other numbers is unknown here: their people did not write to this one."""
        if text(value, "metadata", "phone_number_id") not in ("", self.number_id):
            return [told("unknown", {"field": field, "value": value}, ctx, channel="whatsapp")]
        return super()._changed(field, value, ctx)

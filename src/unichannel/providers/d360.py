"""WhatsApp through 360dialog: Meta's messages under another URL and key; its calls behind a login.

Guarantee: no idempotency key; our key goes along as ``biz_opaque_callback_data`` and comes back with each
status. 360dialog passes Meta's calls on without a signature of its own that its pages would name: they prove
themselves by a login in a header, which is set with the webhook (POST /v1/configs/webhook,
``{"url": …, "headers": {"Authorization": "Basic …"}}``).

Read as stored copies on 2026-11-22, under https://docs.360dialog.com: /docs/guides (request),
/docs/messaging/webhook (calls), /docs/hub/webhook-url ("Add required headers"), /api/api-error-message-list
(errors: Meta's, and its own as ``meta.developerMessage``, a text without a code). The body of the webhook's setting is
as public clients write it. Meta's own pages are named in ``whatsapp``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

import httpx

from unichannel.ports import Abilities, Context, Outbound, Request
from unichannel.providers._shared.faults import Fault, table
from unichannel.providers._shared.reading import text
from unichannel.providers._shared.signing import check_basic, several
from unichannel.providers._shared.single import Errors
from unichannel.providers._shared.whatsapp import WhatsAppCodec, whatsapp_by
from unichannel.providers._shared.whatsapp_calls import STATUSES, WHATSAPP_ERRORS
from unichannel.providers._shared.writing import post

__all__ = ["D360", "ERRORS", "STATUSES"]

ERRORS: Mapping[str, Fault] = {
    **WHATSAPP_ERRORS,
    **table(
        ("configuration", "360dialog does not accept the key: check api_key.", ("http_401",)),
        ("configuration", "360dialog blocks this part of its API: ask it.", ("http_403",)),
        ("configuration", "the number is switched off, or a bill is open: ask 360dialog.", ("disabled", "payment")),
        ("retry", "360dialog is asked for too much at once.", ("limit",)),
    ),
}
"""What Meta's codes mean, and what 360dialog says without one (/api/api-error-message-list)."""

_SAID: Mapping[str, str] = {"has been disabled": "disabled", "lack of payment": "payment", "exceeded": "limit"}
"""Names for 360dialog's own refusals, by words of them."""


class D360(WhatsAppCodec):
    """WhatsApp messages of the number that the key belongs to.

    ``logins`` (``user:password``, one or several): what the webhook's header ``Authorization`` has; without
    one nothing is received. ``buttons``, ``currency`` and ``keywords`` are as for ``WhatsAppCloud``.
    ``errors``: what you know better of a code than the table. Raises ConfigurationError for settings that cannot work.
    """

    can: ClassVar[Abilities] = whatsapp_by("login")
    faults: ClassVar[Mapping[str, Fault]] = ERRORS

    def __init__(
        self,
        api_key: str,
        *,
        logins: str | Sequence[str] = (),
        buttons: Mapping[str, Sequence[str]] | None = None,
        currency: str = "",
        keywords: Mapping[str, Iterable[str]] | None = None,
        errors: Errors | None = None,
        name: str = "d360",
        base_url: str = "https://waba-v2.360dialog.io",
    ) -> None:
        super().__init__(name, base_url, errors, buttons, currency, keywords, hears=bool(logins))
        self._key, self._logins = several(api_key, "api_key")[0], several(logins, "logins")

    def _request(self, outbound: Outbound, ctx: Context) -> httpx.Request:
        return post(f"{self._base_url}/messages", self._body(outbound), D360_API_KEY=self._key)

    def _codes(self, response: httpx.Response, body: Any) -> Iterable[str]:
        said = text(body, "meta", "developerMessage")
        return [*super()._codes(response, body), *(name for words, name in _SAID.items() if words in said)]

    def _verify(self, request: Request, ctx: Context) -> None:
        check_basic(request, self._logins, self.name)

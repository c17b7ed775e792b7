"""Providers: one codec for each service, imported when it is named.

from unichannel.providers import Ses, SendGrid
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unichannel._lazy import lazy

if TYPE_CHECKING:
    from unichannel.providers.africastalking import AfricasTalking
    from unichannel.providers.apns import Apns
    from unichannel.providers.aws_sms import AwsSms
    from unichannel.providers.brevo import Brevo
    from unichannel.providers.expo import Expo
    from unichannel.providers.fcm import Fcm
    from unichannel.providers.mailersend import MailerSend
    from unichannel.providers.mailgun import Mailgun
    from unichannel.providers.mailjet import Mailjet
    from unichannel.providers.mandrill import Mandrill
    from unichannel.providers.onesignal import OneSignal
    from unichannel.providers.ovh import Ovh
    from unichannel.providers.postmark import Postmark
    from unichannel.providers.resend import Resend
    from unichannel.providers.sendgrid import SendGrid
    from unichannel.providers.ses import Ses
    from unichannel.providers.sparkpost import SparkPost
    from unichannel.providers.telnyx import Telnyx
    from unichannel.providers.tracking import Machines, Tracking
    from unichannel.providers.twilio import Twilio
    from unichannel.providers.webhook import Webhook
    from unichannel.providers.webpush import BrowserPush

_WHERE = {
    "AfricasTalking": "unichannel.providers.africastalking",
    "Apns": "unichannel.providers.apns",
    "AwsSms": "unichannel.providers.aws_sms",
    "Brevo": "unichannel.providers.brevo",
    "BrowserPush": "unichannel.providers.webpush",
    "Expo": "unichannel.providers.expo",
    "Fcm": "unichannel.providers.fcm",
    "Machines": "unichannel.providers.tracking",
    "MailerSend": "unichannel.providers.mailersend",
    "Mailgun": "unichannel.providers.mailgun",
    "Mailjet": "unichannel.providers.mailjet",
    "Mandrill": "unichannel.providers.mandrill",
    "OneSignal": "unichannel.providers.onesignal",
    "Ovh": "unichannel.providers.ovh",
    "Postmark": "unichannel.providers.postmark",
    "Resend": "unichannel.providers.resend",
    "SendGrid": "unichannel.providers.sendgrid",
    "Ses": "unichannel.providers.ses",
    "SparkPost": "unichannel.providers.sparkpost",
    "Telnyx": "unichannel.providers.telnyx",
    "Tracking": "unichannel.providers.tracking",
    "Twilio": "unichannel.providers.twilio",
    "Webhook": "unichannel.providers.webhook",
}

__all__ = [
    "AfricasTalking",
    "Apns",
    "AwsSms",
    "Brevo",
    "BrowserPush",
    "Expo",
    "Fcm",
    "Machines",
    "MailerSend",
    "Mailgun",
    "Mailjet",
    "Mandrill",
    "OneSignal",
    "Ovh",
    "Postmark",
    "Resend",
    "SendGrid",
    "Ses",
    "SparkPost",
    "Telnyx",
    "Tracking",
    "Twilio",
    "Webhook",
]


def __getattr__(name: str) -> Any:
    return lazy(__name__, _WHERE, name)


def __dir__() -> list[str]:
    return sorted(__all__)

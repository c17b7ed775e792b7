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
    from unichannel.providers.bird import Bird
    from unichannel.providers.brevo import Brevo
    from unichannel.providers.d360 import D360
    from unichannel.providers.expo import Expo
    from unichannel.providers.fcm import Fcm
    from unichannel.providers.infobip import Infobip
    from unichannel.providers.infobip_email import InfobipEmail
    from unichannel.providers.line import Line
    from unichannel.providers.mailersend import MailerSend
    from unichannel.providers.mailgun import Mailgun
    from unichannel.providers.mailjet import Mailjet
    from unichannel.providers.mandrill import Mandrill
    from unichannel.providers.messenger import Messenger
    from unichannel.providers.onesignal import OneSignal
    from unichannel.providers.ovh import Ovh
    from unichannel.providers.plivo import Plivo
    from unichannel.providers.postmark import Postmark
    from unichannel.providers.resend import Resend
    from unichannel.providers.sendgrid import SendGrid
    from unichannel.providers.ses import Ses
    from unichannel.providers.sinch import Sinch
    from unichannel.providers.sinch_conversations import SinchConversations
    from unichannel.providers.slack import Slack
    from unichannel.providers.sparkpost import SparkPost
    from unichannel.providers.teams import Teams
    from unichannel.providers.telegram import Telegram
    from unichannel.providers.telnyx import Telnyx
    from unichannel.providers.tracking import Machines, Tracking
    from unichannel.providers.twilio import Twilio
    from unichannel.providers.viber import Viber
    from unichannel.providers.vonage import Vonage
    from unichannel.providers.webhook import Webhook
    from unichannel.providers.webpush import BrowserPush
    from unichannel.providers.whatsapp import WhatsAppCloud

_WHERE = {
    "AfricasTalking": "unichannel.providers.africastalking",
    "Apns": "unichannel.providers.apns",
    "AwsSms": "unichannel.providers.aws_sms",
    "Bird": "unichannel.providers.bird",
    "Brevo": "unichannel.providers.brevo",
    "BrowserPush": "unichannel.providers.webpush",
    "D360": "unichannel.providers.d360",
    "Expo": "unichannel.providers.expo",
    "Fcm": "unichannel.providers.fcm",
    "Infobip": "unichannel.providers.infobip",
    "InfobipEmail": "unichannel.providers.infobip_email",
    "Line": "unichannel.providers.line",
    "Machines": "unichannel.providers.tracking",
    "MailerSend": "unichannel.providers.mailersend",
    "Mailgun": "unichannel.providers.mailgun",
    "Mailjet": "unichannel.providers.mailjet",
    "Mandrill": "unichannel.providers.mandrill",
    "Messenger": "unichannel.providers.messenger",
    "OneSignal": "unichannel.providers.onesignal",
    "Ovh": "unichannel.providers.ovh",
    "Plivo": "unichannel.providers.plivo",
    "Postmark": "unichannel.providers.postmark",
    "Resend": "unichannel.providers.resend",
    "SendGrid": "unichannel.providers.sendgrid",
    "Ses": "unichannel.providers.ses",
    "Sinch": "unichannel.providers.sinch",
    "SinchConversations": "unichannel.providers.sinch_conversations",
    "Slack": "unichannel.providers.slack",
    "SparkPost": "unichannel.providers.sparkpost",
    "Teams": "unichannel.providers.teams",
    "Telegram": "unichannel.providers.telegram",
    "Telnyx": "unichannel.providers.telnyx",
    "Tracking": "unichannel.providers.tracking",
    "Twilio": "unichannel.providers.twilio",
    "Viber": "unichannel.providers.viber",
    "Vonage": "unichannel.providers.vonage",
    "Webhook": "unichannel.providers.webhook",
    "WhatsAppCloud": "unichannel.providers.whatsapp",
}

__all__ = [
    "D360",
    "AfricasTalking",
    "Apns",
    "AwsSms",
    "Bird",
    "Brevo",
    "BrowserPush",
    "Expo",
    "Fcm",
    "Infobip",
    "InfobipEmail",
    "Line",
    "Machines",
    "MailerSend",
    "Mailgun",
    "Mailjet",
    "Mandrill",
    "Messenger",
    "OneSignal",
    "Ovh",
    "Plivo",
    "Postmark",
    "Resend",
    "SendGrid",
    "Ses",
    "Sinch",
    "SinchConversations",
    "Slack",
    "SparkPost",
    "Teams",
    "Telegram",
    "Telnyx",
    "Tracking",
    "Twilio",
    "Viber",
    "Vonage",
    "Webhook",
    "WhatsAppCloud",
]


def __getattr__(name: str) -> Any:
    return lazy(__name__, _WHERE, name)


def __dir__() -> list[str]:
    return sorted(__all__)

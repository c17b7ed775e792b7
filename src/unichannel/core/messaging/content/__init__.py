"""Contents: what a message is on one channel. Each class declares its channel and its texts."""

from unichannel.core.messaging.content.base import FEATURES, Content, Part, said
from unichannel.core.messaging.content.email import Attachment, Email
from unichannel.core.messaging.content.in_app import InApp
from unichannel.core.messaging.content.pieces import Dial, Media, OpenUrl, Reply, Suggestion
from unichannel.core.messaging.content.push import Push, WebPush
from unichannel.core.messaging.content.rcs import Card, Rcs
from unichannel.core.messaging.content.talking import Chat, Voice
from unichannel.core.messaging.content.texting import Mms, Sms
from unichannel.core.messaging.content.whatsapp import WhatsApp, WhatsAppTemplate

__all__ = [
    "FEATURES",
    "Attachment",
    "Card",
    "Chat",
    "Content",
    "Dial",
    "Email",
    "InApp",
    "Media",
    "Mms",
    "OpenUrl",
    "Part",
    "Push",
    "Rcs",
    "Reply",
    "Sms",
    "Suggestion",
    "Voice",
    "WebPush",
    "WhatsApp",
    "WhatsAppTemplate",
    "said",
]

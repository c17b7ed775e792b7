"""Channels, what a message is on each, and what a text message takes."""

from unichannel.core.messaging.content import Content, Email, Push, Sms
from unichannel.core.messaging.sms import Segments, segments, to_gsm
from unichannel.core.words.channel import BUILT_IN, EVIDENCE, Channel

__all__ = ["BUILT_IN", "EVIDENCE", "Channel", "Content", "Email", "Push", "Segments", "Sms", "segments", "to_gsm"]

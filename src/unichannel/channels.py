"""Channels and what a message is on each."""

from unichannel.core.messaging.content import Content, Email, Push, Sms
from unichannel.core.words.channel import BUILT_IN, EVIDENCE, Channel

__all__ = ["BUILT_IN", "EVIDENCE", "Channel", "Content", "Email", "Push", "Sms"]

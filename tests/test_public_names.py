"""The public names, pinned in both directions: none is lost, and none is added unseen."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module

import pytest

NAMES: dict[str, str] = {
    "unichannel": """
        Answer Apprise AsyncEngine Batch Branch Budget BusinessHours Call Cap Category Console Digest Email Emit Engine
        Exit Feed Gap Handler Journey MemoryStore Message Migration Money Prices Profile Push Rate Repeat Request
        Retention Route Send Sms Smtp Split SqlStore StartJourney Tracking Twilio Update Wait Window clicked
        consent days diff engaged
        acting hours json_schema load minutes months on opened replied seconds start variant weeks when withdrawal years
    """,
    "unichannel.channels": """
        Attachment BUILT_IN Card Channel Chat Content Dial EVIDENCE Email FEATURES InApp Media Mms OpenUrl Part Push Rcs
        Reply Segments Sms Voice WebPush WhatsApp WhatsAppTemplate definition segments to_gsm
    """,
    "unichannel.conditions": """
        Condition On Truth above address_stale at_least at_most attribute attribute_date below business_hours
        clicked consent_older contains converted data data_date data_days delivered engaged equals exists failed
        happened in_order listed local_hours local_time on one_of opened reached replied sent silent start
        tagged unanswered weekday
    """,
    "unichannel.consents": """
        Circumstances Consent ConsentDigest ConsentRules ConsentState Proof Proved consent denial implied pending
        withdrawal
    """,
    "unichannel.steps": """
        Arm Branch Call Digest Emit Exit Handler Repeat Send Split StartJourney Step Trigger Update Variant Wait manual
        on_date recurring variant when
    """,
    "unichannel.files": "load",
    "unichannel.integrations.apscheduler": "install",
    "unichannel.integrations.celery": "install",
    "unichannel.integrations.django": "engine",
    "unichannel.integrations.fastapi": "lifespan receiver",
    "unichannel.integrations.loop": "Stop run_forever run_forever_async",
    "unichannel.policies": """
        AddressAge COUNTRIES Country FIRST_CONTACT FRENCH_CHARTER FirstContact Hours Implied Mention Sender SendingHours
        Source US_FEDERAL
    """,
    "unichannel.providers": """
        AfricasTalking Apns AwsSms Bird Brevo BrowserPush D360 Expo Fcm Infobip InfobipEmail Line Machines
        MailerSend Mailgun Mailjet Mandrill Messenger OneSignal Ovh Plivo Postmark Resend SendGrid
        Ses Sinch SinchConversations Slack SparkPost Teams Telegram Telnyx Tracking Twilio Viber Vonage Webhook
        WhatsAppCloud
    """,
    "unichannel.strategies": """
        Adaptive BestValue ByCategory Followed Function Learning Mixed Ordered Preferred Question Ranking
        Strategy Used
    """,
    "unichannel.testing": "Chaos Crash CrashReport Lab ManualClock RecordingTransport SeededEntropy Sent crash_sweep",
    "unichannel.ports": """
        APART Abilities Access Allowance Answer Arguments Block Changes Choices Confirmation Context Conversation
        Erasure Fault FunctionCall Gate History Hook Inbox Loaded Note Outbound Outcome Parked Provider Receipt Received
        Receiver Redirect Request Session Store Sweep Taken Transport Unsubscribing Want Wish
    """,
    "unichannel.errors": """
        BadSignature ConfigurationError ConflictError DefinitionChanged DefinitionError InDoubtError InvalidInput
        MalformedWebhook MissingExtra MissingVariable RejectedError SchemaError UnavailableError UnichannelError
        UnknownError WebhookError
    """,
}
HEAVY = ("pydantic", "httpx", "sqlalchemy", "liquid", "phonenumbers", "tenacity", "asyncio")


@pytest.mark.parametrize("module", NAMES)
def test_the_names_are_these(module: str) -> None:
    assert sorted(import_module(module).__all__) == sorted(NAMES[module].split())


@pytest.mark.parametrize("module", NAMES)
def test_each_name_is_there(module: str) -> None:
    found = import_module(module)
    for name in NAMES[module].split():
        assert getattr(found, name) is not None, name


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    import unichannel

    with pytest.raises(AttributeError, match="no attribute 'Enrolment'"):
        _ = unichannel.Enrolment


def test_dir_shows_the_names() -> None:
    import unichannel

    assert dir(unichannel) == sorted(unichannel.__all__)


def imported_by(statement: str) -> set[str]:
    """The top-level packages in memory after a statement, in a Python of its own."""
    ask = f"{statement}\nimport json, sys; print(json.dumps(sorted({{name.split('.')[0] for name in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def test_importing_unichannel_imports_nothing_that_is_heavy() -> None:
    assert not imported_by("import unichannel") & set(HEAVY)


def test_the_pytest_plugin_imports_nothing_that_is_heavy() -> None:
    assert not imported_by("import unichannel.testing.plugin") & {"pydantic", "sqlalchemy", "httpx", "liquid"}


def test_a_journey_is_defined_without_any_way_to_send_or_store() -> None:
    named = "from unichannel import Branch, Email, Journey, Message, Send, Sms, Wait, consent, days, on, opened, start"
    assert not imported_by(named) & {"httpx", "sqlalchemy", "asyncio", "tenacity"}

"""Consents: what goes into the ledger, the rules it is kept by, and what shows it to others."""

from unichannel.core.audience.consent import Circumstances, Consent, consent, denial, implied, pending, withdrawal
from unichannel.core.policy.consent_state import ConsentState
from unichannel.core.policy.consenting import ConsentRules
from unichannel.core.telling.proof import ConsentDigest, Proof, Proved

__all__ = [
    "Circumstances",
    "Consent",
    "ConsentDigest",
    "ConsentRules",
    "ConsentState",
    "Proof",
    "Proved",
    "consent",
    "denial",
    "implied",
    "pending",
    "withdrawal",
]

"""Pooling: what the base shows is read by every worker, and made anew by one of them, at most once an hour."""

from __future__ import annotations

import json
from dataclasses import replace

from unichannel.core.policy.prior import SAMPLE, Prior, pooled
from unichannel.core.policy.setting import Setting
from unichannel.core.words.instant import HOUR, MINUTE
from unichannel.flows.kit import Kit
from unichannel.ports import Session

__all__ = ["PAUSE", "read_prior"]

PAUSE = 10 * MINUTE
"""How often a worker looks whether there is a newer snapshot."""


def read_prior(session: Session, kit: Kit, now: int) -> Setting:
    """The settings with the latest snapshot of the base; a new one where the last is an hour old."""
    latest = session.prior()
    if latest is None or now >= latest[1] + HOUR:
        body = Prior(segments=pooled(one.engagement for one in session.sample(SAMPLE))).as_json()
        # Numbered by the hour: of two workers that make one at the same time the first is kept.
        session.put_prior(now // HOUR, now, json.dumps(body, separators=(",", ":")))
        latest = session.prior()
    if latest is None or latest[0] == kit.setting.prior.id:
        return kit.setting
    return replace(kit.setting, prior=Prior.from_json(latest[0], latest[1], json.loads(latest[2])))

"""People that the tests of steps have in common."""

from __future__ import annotations

from typing import Protocol

import pytest

from unichannel.testing import Lab


class Meet(Protocol):
    def __call__(self, id: str = ..., **fields: object) -> str: ...


@pytest.fixture
def meet(lab: Lab) -> Meet:
    """Somebody with a mailbox and a phone, in UTC unless told otherwise."""

    def make(id: str = "ada", **fields: object) -> str:
        known = {"email": f"{id}@example.com", "phone": "+33612345678", "timezone": "UTC", **fields}
        return lab.profile(id, **known)

    return make

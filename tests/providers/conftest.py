"""What providers are tested against beside their documentation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.providers.http2 import Http2, serving_http2


@pytest.fixture
def http2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Http2]:
    """A server that speaks HTTP/2, which our own clients trust."""
    with serving_http2(tmp_path) as (app, authority):
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
        yield app

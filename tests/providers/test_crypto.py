"""Public-key signatures: one writing of a signature is accepted, and no other."""

from __future__ import annotations

import base64
import string

import pytest

from unichannel.providers._shared.crypto import decoded

_ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"


@pytest.mark.parametrize("size", [1, 2, 70, 71])
def test_bits_that_base64_does_not_use_are_not_free(size: int) -> None:
    """The last letter before the padding has bits to spare: others there are the same bytes to a lenient reader."""
    written = base64.b64encode(bytes(range(size))).decode("ascii")
    body, padding = written.rstrip("="), written[len(written.rstrip("=")) :]
    other = body[:-1] + _ALPHABET[_ALPHABET.index(body[-1]) ^ 1] + padding
    assert base64.b64decode(other, validate=True) == base64.b64decode(written)
    assert decoded(written) == bytes(range(size))
    with pytest.raises(ValueError, match="base64"):
        decoded(other)

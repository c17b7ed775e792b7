"""The pytest plugin: a test cannot really send (P52), and a host that uses nothing of it imports nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

from unichannel import Email, Engine, MemoryStore, Message, Profile, Smtp

hello = Message("hello", Email("Hello", text="Hello"), category="transactional")


def test_a_real_transport_refuses(block_real_sends: None) -> None:
    engine = Engine(MemoryStore(), routes={"email": Smtp("smtp://127.0.0.1:1", sender="shop@example.com")})
    engine.identify(Profile("ada", email="ada@example.com"))
    engine.send("ada", hello)
    with pytest.raises(pytest.fail.Exception, match="a test tried to really send by 'smtp'"):
        engine.run_due()
    engine.close()


def test_the_plugin_imports_nothing_until_a_fixture_is_used() -> None:
    code = "import sys, unichannel.testing.plugin; print('pydantic' in sys.modules, 'httpx' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]

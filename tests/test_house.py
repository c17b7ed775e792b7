"""The house: who may import whom (import-linter), and what it cannot see."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "unichannel"
CLOCKS = {"now", "utcnow", "today", "uuid1", "uuid4", "time_ns", "monotonic"}


def modules(package: str) -> list[Path]:
    found = sorted((SOURCE / package).rglob("*.py"))
    assert found, package
    return found


def attributes_of(module: Path, name: str) -> Iterator[str]:
    """What is used of an imported module: the X in ``name.X``."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == name:
            yield node.attr


def calls(module: Path) -> Iterator[str]:
    """The names of the methods that are called: the X in ``something.X(…)``."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func.attr


def test_imports_keep_to_the_contracts(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    status = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert status == 0, capsys.readouterr().out


@pytest.mark.parametrize("package", ["core", "flows"])
def test_core_and_flows_read_no_clock_and_no_chance(package: str) -> None:
    for module in modules(package):
        assert not CLOCKS & set(calls(module)), module


@pytest.mark.parametrize("package", ["core", "flows"])
def test_core_and_flows_open_no_files(package: str) -> None:
    for module in modules(package):
        tree = ast.parse(module.read_text(encoding="utf-8"))
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert not names & {"open", "print", "input"}, module


@pytest.mark.parametrize("package", ["providers", "ports"])
def test_codecs_use_of_httpx_its_values_only(package: str) -> None:
    for module in modules(package):
        assert set(attributes_of(module, "httpx")) <= {"Request", "Response"}, module


def test_flows_write_no_coroutines() -> None:
    for module in modules("flows"):
        tree = ast.parse(module.read_text(encoding="utf-8"))
        assert not [node for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef | ast.Await)], module


@pytest.mark.parametrize("module", ["unichannel.engine.sync", "unichannel.engine.async_"])
def test_the_engine_imports_no_transport_until_a_codec_needs_carrying(module: str) -> None:
    asked = f"import sys, {module}; print([name for name in sys.modules if name.startswith('unichannel.transports')])"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

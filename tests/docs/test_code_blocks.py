"""What README and docs show is run: Python blocks page by page, YAML blocks are loaded, options of the shell exist.

The blocks of a page run in their order, in one namespace and a directory of their own. A function
``test_…(lab)`` that a block defines is called with a fresh Lab. sybil finds and runs the blocks.
"""

from __future__ import annotations

import inspect
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from sybil import Document, Sybil
from sybil.parsers.markdown import PythonCodeBlockParser
from tests.calling import command

from unichannel import json_schema, load
from unichannel.files.documents import documents
from unichannel.testing import Lab

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^( *)(`{3,}|~{3,})([^\n`]*)\n(.*?)^\1\2`*[ ]*$", re.MULTILINE | re.DOTALL)
LANGUAGES = {"python", "sh", "text", "mermaid", "yaml"}
BLOCKS = Sybil(parsers=[PythonCodeBlockParser()])

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def fences(page: Path) -> Iterator[tuple[str, str]]:
    """(language, text) of each fenced block."""
    for found in FENCE.finditer(page.read_text(encoding="utf-8")):
        yield found[3].strip(), found[4]


def run_tests(namespace: Mapping[str, Any]) -> None:
    """Call what looks like a test, each with a lab of its own."""
    for name, value in namespace.items():
        if name.startswith("test_") and callable(value):
            call_test(value)


def call_test(test: Any) -> None:
    made = Lab()
    try:
        test(**{name: {"lab": made}[name] for name in inspect.signature(test).parameters})
    finally:
        made.close()


@pages
def test_the_python_blocks_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    document: Document = BLOCKS.parse(page)
    examples = list(document.examples())
    assert len(examples) == sum(language == "python" for language, _ in fences(page))
    for example in examples:
        example.evaluate()
    run_tests({name: value for name, value in document.namespace.items() if name != "__builtins__"})


@pages
def test_the_yaml_blocks_are_journeys_and_fit_the_schema(page: Path, tmp_path: Path) -> None:
    blocks = [text for language, text in fences(page) if language == "yaml"]
    for n, text in enumerate(blocks):
        path = tmp_path / f"{n}.yaml"
        path.write_text(text, encoding="utf-8")
        for document in documents(str(path), path.read_bytes()):
            Draft202012Validator(json_schema("file")).validate(document.value)
    if blocks:
        assert load(tmp_path)


@pages
def test_every_block_names_a_language_and_none_is_left_out(page: Path) -> None:
    assert {language for language, _ in fences(page)} <= LANGUAGES


@pages
def test_the_links_between_pages_lead_somewhere(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" not in target and not target.startswith("#"):
            assert (page.parent / target.partition("#")[0]).exists(), target


def commands(page: Path) -> Iterator[list[str]]:
    """The commands of the page's shell blocks, in words."""
    for language, text in fences(page):
        if language == "sh":
            for line in text.replace("\\\n", " ").splitlines():
                for part in re.split(r"&&|\||;", line.partition("  #")[0]):
                    if part.strip():
                        yield shlex.split(part)


def our_commands() -> Iterator[list[str]]:
    for page in PAGES:
        for words in commands(page):
            if words[0].rpartition("/")[2] == "unichannel":
                yield words[1:]


@pytest.mark.parametrize("words", list(our_commands()), ids=" ".join)
def test_the_options_of_our_command_exist(words: list[str]) -> None:
    options = {word.partition("=")[0] for word in words if word.startswith("--")}
    done = command(words[0], "--help", env={"COLUMNS": "200", "TERM": "dumb"})
    assert done.returncode == 0, done.stderr
    assert not [option for option in options if option not in done.stdout]


def test_quick_start_holds_one_block_of_two_lines() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.partition("## Quick start\n")[2].partition("\n## ")[0]
    blocks = [(found[3].strip(), found[4]) for found in FENCE.finditer(section)]
    assert [language for language, _ in blocks] == ["sh"]
    demo, tests = blocks[0][1].splitlines()
    assert demo.endswith("unichannel demo")
    assert "pytest" in tests

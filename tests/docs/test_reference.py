"""The reference says what the code says. ``python tests/docs/test_reference.py`` writes what is generated."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from unichannel import errors
from unichannel.core.words.trace import CODES

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"

HEAD = """# Trace codes

Every decision about a send leaves a trace, made or not: codes and numbers, from which `why` and `timeline` make
sentences when they are asked. These are the codes. They are stable: a code is added, never given another meaning.

| code | meaning |
|---|---|
"""


def trace_codes() -> str:
    """The page of trace codes, as it has to be."""
    return HEAD + "".join(f"| `{code}` | {meaning} |\n" for code, meaning in CODES.items())


def tree() -> str:
    """The tree of errors, from where it is drawn."""
    drawn = re.search(r"^    UnichannelError\n(?:    .*\n)+", errors.__doc__ or "", re.MULTILINE)
    assert drawn is not None
    return "".join(line.removeprefix("    ") + "\n" for line in drawn[0].splitlines())


def page(name: str) -> str:
    return (REFERENCE / f"{name}.md").read_text(encoding="utf-8")


def test_the_trace_codes_are_those_of_the_code() -> None:
    assert page("trace-codes") == trace_codes(), "write it anew: python tests/docs/test_reference.py"


def test_the_tree_of_errors_is_that_of_the_code() -> None:
    assert f"```text\n{tree()}```" in page("errors")


def test_the_tree_has_every_error() -> None:
    assert set(re.findall(r"\b[A-Z]\w+", tree())) == set(errors.__all__)


@pytest.mark.parametrize("name", ["conditions", "steps"])
def test_the_page_knows_every_public_name(name: str) -> None:
    text = page(name)
    left_out = {"Condition", "Arm", "Step", "Variant", "On"}  # what the others make, or are
    public = set(import_module(f"unichannel.{name}").__all__) - left_out
    assert not [one for one in sorted(public) if not re.search(rf"\b{one}\b", text)]


SCHEMAS = {"journey.schema.json": "stored", "files.schema.json": "file"}


def schema(form: str) -> str:
    """A JSON Schema as a Python of its own gives it, which knows no kinds of tests'."""
    ask = f"import json, unichannel; print(json.dumps(unichannel.json_schema({form!r}), indent=1, sort_keys=True))"
    return subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(("name", "form"), SCHEMAS.items())
def test_the_published_schemas_are_those_of_the_code(name: str, form: str) -> None:
    published = (REFERENCE / name).read_text(encoding="utf-8")
    assert published == schema(form), "write it anew: python tests/docs/test_reference.py"


if __name__ == "__main__":
    for name, form in SCHEMAS.items():
        (REFERENCE / name).write_text(schema(form), encoding="utf-8")
    (REFERENCE / "trace-codes.md").write_text(trace_codes(), encoding="utf-8")

"""The docs say what the code says. ``python tests/docs/test_reference.py`` writes what is generated.

That is the page of trace codes; a page for each recipe in ``examples``, made from its docstring and
its journeys; and on any other page the fence below ``<!-- picture of NAME -->`` or ``<!-- outline of
NAME -->``, NAME being a journey that a Python block above it defines.
"""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from unichannel import Journey, errors
from unichannel.core.telling.clause import CLAUSES
from unichannel.core.words.trace import CODES

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
RECIPES = DOCS / "recipes"
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
MEND = "write it anew: python tests/docs/test_reference.py"

HEAD = """# Trace codes

Every decision about a send leaves a trace, made or not: codes and numbers, from which `why` and `timeline` make
sentences when they are asked. These are the codes. They are stable: a code is added, never given another meaning.

| code | meaning |
|---|---|
"""


REASONS = """
## Codes of explanations

`why` gives these too, with values of their own. No trace holds them: they follow from several traces, or from what
became of a delivery.

| code | meaning |
|---|---|
"""


def trace_codes() -> str:
    """The page of trace codes, as it has to be."""
    return HEAD + _rows(CODES) + REASONS + _rows(CLAUSES)


def _rows(codes: dict[str, str]) -> str:
    return "".join(f"| `{code}` | {meaning} |\n" for code, meaning in codes.items())


def tree() -> str:
    """The tree of errors, from where it is drawn."""
    drawn = re.search(r"^    UnichannelError\n(?:    .*\n)+", errors.__doc__ or "", re.MULTILINE)
    assert drawn is not None
    return "".join(line.removeprefix("    ") + "\n" for line in drawn[0].splitlines())


def page(name: str) -> str:
    return (REFERENCE / f"{name}.md").read_text(encoding="utf-8")


def test_the_trace_codes_are_those_of_the_code() -> None:
    assert page("trace-codes") == trace_codes(), MEND


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


PICTURE = re.compile(r"(<!-- (picture|outline) of (\w+) -->\n)```(?:mermaid|text)\n(.*?)```\n", re.DOTALL)
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def fence(journey: Journey, kind: str = "picture") -> str:
    """A journey's picture or outline, as a fenced block."""
    return f"```mermaid\n{journey.diagram()}```\n" if kind == "picture" else f"```text\n{journey}\n```\n"


def pictured(text: str) -> str:
    """A page with its pictures as they have to be: of journeys that the blocks above each define."""

    def drawn(found: re.Match[str]) -> str:
        namespace: dict[str, Any] = {"__name__": "page"}
        for block in BLOCK.finditer(text, 0, found.start()):
            exec(block[1], namespace)  # noqa: S102 -- our own pages
        return found[1] + fence(namespace[found[3]], found[2])

    return PICTURE.sub(drawn, text)


def pictured_pages() -> list[Path]:
    """Pages with a picture that are not generated as a whole."""
    pages = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
    return [page for page in pages if page.parent != RECIPES and PICTURE.search(page.read_text(encoding="utf-8"))]


def load_example(path: Path) -> ModuleType:
    spec = spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def example_journeys(module: ModuleType) -> list[Journey]:
    """What an example calls ``journeys`` or ``journey``."""
    found = getattr(module, "journeys", None) or [module.journey]
    return list(found)


def told(path: Path) -> dict[str, str]:
    """What an example's docstring says: its title, the scenarios, and each paragraph by its first word."""
    doc = load_example(path).__doc__ or ""
    first, *others = [" ".join(part.split()).replace("``", "`") for part in doc.strip().split("\n\n")]
    title, _, scenarios = first.rstrip(".").rpartition(" (")
    said = {head: text[:1].upper() + text[1:] for head, _, text in (one.partition(": ") for one in others)}
    return {"title": title, "scenarios": scenarios.rstrip(")"), **said}


def recipe(path: Path) -> str:
    """The page of a recipe: aim, figure to watch, picture, code, what was decided."""
    said, code = told(path), path.read_text(encoding="utf-8").split('"""', 2)[2].strip()
    parts = [f"# {said['title']}\n", f"Scenarios: {said['scenarios']}.\n"]
    parts += [f"**{head}:** {said[head]}\n" for head in ("Aim", "Figure to watch")]
    parts.append("## The picture\n")
    for journey in example_journeys(load_example(path)):
        parts += [f"`{journey.name}`, drawn from what runs:\n", fence(journey)]
        parts += ["In words:\n", fence(journey, "outline")]
    parts += ["## What was decided\n", f"{said['Decided']}\n", "## The code\n", f"```python\n{code}\n```\n"]
    parts += [f"```sh\npython examples/{path.name}\n```\n", f"{TESTED}\n"]
    return "\n".join(parts)


TESTED = "It plays in virtual time and sends nothing. The tests run it like that, and hold this page to what it says."


def recipes_index() -> str:
    """The list of recipes."""
    lines = []
    for path in EXAMPLES:
        said, page = told(path), f"{path.stem.replace('_', '-')}.md"
        lines.append(
            f"| [{said['title']}]({page}) | {said['scenarios']} | {said['Aim']} | {said['Figure to watch']} |\n"
        )
    return "".join(
        [
            "# Recipes\n\nJourneys for common aims, each in one file that runs: `python examples/….py`.\n\n",
            "| recipe | scenarios | aim |\n|---|---|---|\n",
            *lines,
        ]
    )


def generated() -> dict[Path, str]:
    """Every page that is generated, or in part, as it has to be."""
    pages = {REFERENCE / "trace-codes.md": trace_codes(), RECIPES / "index.md": recipes_index()}
    pages |= {RECIPES / f"{path.stem.replace('_', '-')}.md": recipe(path) for path in EXAMPLES}
    return pages | {page: pictured(page.read_text(encoding="utf-8")) for page in pictured_pages()}


GENERATED = generated()


@pytest.mark.parametrize("page", GENERATED, ids=lambda page: page.name)
def test_what_is_generated_is_as_it_would_be_now(page: Path) -> None:
    assert page.read_text(encoding="utf-8") == GENERATED[page], MEND


def test_no_recipe_is_left_behind() -> None:
    assert set(RECIPES.glob("*.md")) == {page for page in GENERATED if page.parent == RECIPES}


def test_every_picture_on_a_page_is_of_a_journey_there() -> None:
    for page in sorted(DOCS.rglob("*.md")):
        text = page.read_text(encoding="utf-8")
        if page.parent != RECIPES:
            assert text.count("```mermaid\n") == len([one for one in PICTURE.finditer(text) if one[2] == "picture"]), (
                page
            )


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
    RECIPES.mkdir(exist_ok=True)
    for name_, form_ in SCHEMAS.items():
        (REFERENCE / name_).write_text(schema(form_), encoding="utf-8")
    for page_, text_ in GENERATED.items():
        page_.write_text(text_, encoding="utf-8")

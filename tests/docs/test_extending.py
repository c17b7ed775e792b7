"""The provider that the docs write passes the suite that the docs subclass."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "extending" / "provider.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_worked_example_passes_the_suite(tmp_path: Path) -> None:
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    (tmp_path / "test_pigeon.py").write_text("\n".join(blocks), encoding="utf-8")
    asked = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_pigeon.py"]
    done = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) >= 15


def test_it_is_about_thirty_lines() -> None:
    code = BLOCK.findall(PAGE.read_text(encoding="utf-8"))[0]
    methods = code[code.index("class Pigeon") : code.index("def read")]
    assert len([line for line in methods.splitlines() if line.strip()]) <= 40

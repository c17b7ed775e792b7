"""The engine: that of the other examples."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from shop import make_engine

__all__ = ["make_engine"]

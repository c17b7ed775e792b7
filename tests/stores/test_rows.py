"""What is written into a row is read from it again, whatever the host's values are."""

from __future__ import annotations

import json
from functools import reduce
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unichannel.stores.sql import rows

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda some: st.lists(some) | st.dictionaries(st.text(), some),
)
DEEP: Any = reduce(lambda inner, _: [inner], range(400), 1)


@given(VALUES)
def test_a_value_comes_back_as_it_was(value: Any) -> None:
    assert rows.loads(rows.listed([value])) == [value]
    assert json.loads(rows.listed([value])) == [value]


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("half a pair \ud83d", id="half-a-surrogate-pair"),
        pytest.param({"\udc00": "\x00"}, id="a-key-of-half-a-pair-and-a-nul"),
        pytest.param([float("inf"), float("-inf")], id="infinite"),
        pytest.param([10**400, -0.0, 5e-324, 1.7976931348623157e308], id="the-ends-of-numbers"),
        pytest.param(DEEP, id="400-deep"),
    ],
)
def test_what_a_strict_parser_refuses_comes_back_too(value: Any) -> None:
    assert rows.loads(rows.listed([value])) == [value]

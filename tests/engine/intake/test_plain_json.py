"""What orjson reads at once is what the careful reading reads."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.intake import payload
from engine.intake.refusal import Refusal

_TEXT = st.text(max_size=8) | st.sampled_from(['"', '\\"', "\\", "\x00", '":', "a\x7f", "\u2028"])
_NUMBER = st.one_of(
    st.integers(-(2**65), 2**65),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([2**63 - 1, 2**63, 2**64, -(2**63) - 1, 10**18, 10**19]),
)
_VALUE = st.recursive(
    st.none() | st.booleans() | _NUMBER | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.lists(st.tuples(_TEXT, inner), max_size=4),
    max_leaves=12,
)
_PAIRS = st.lists(st.tuples(_TEXT, _VALUE), max_size=4)


def written(value: Any, style: int) -> str:
    r"""JSON text; a list of pairs is an object, whose keys may come twice.

    Of the styles one has blanks, one writes everything beyond ASCII and each quote as `\uXXXX`.
    """
    between, after = (", ", " : ") if style == 1 else (",", ":")
    if isinstance(value, list) and value and all(isinstance(one, tuple) for one in value):
        pairs = (f"{written(key, style)}{after}{written(one, style)}" for key, one in value)
        return "{" + between.join(pairs) + "}"
    if isinstance(value, list):
        return "[" + between.join(written(one, style) for one in value) + "]"
    text = json.dumps(value, ensure_ascii=style == 2)
    return text.replace('\\"', "\\u0022") if style == 2 else text


def an_object(pairs: list[tuple[str, Any]], style: int) -> str:
    return written(pairs, style) if pairs else "{}"


def said(value: Any) -> Any:
    """What can be compared: a refusal by what it says."""
    if isinstance(value, Refusal):
        return ("refused", value.code, value.message, value.field, value.status)
    if isinstance(value, list):
        return [said(one) for one in value]
    if isinstance(value, dict):
        return {name: said(one) for name, one in value.items()}
    if isinstance(value, float):
        return ("float", value, math.copysign(1, value))
    return (type(value).__name__, value)


def outcome(read: Any, *arguments: Any) -> Any:
    try:
        found = read(*arguments)
    except Refusal as refusal:
        return said(refusal)
    if isinstance(found, payload.Batch):
        return said(found.head), said(found.items)
    return said(found)


def carefully(read: Any, *arguments: Any) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(payload, "_plain", lambda _text: None)
        return outcome(read, *arguments)


@given(_PAIRS, st.integers(0, 2))
def test_a_call_reads_as_with_care(pairs: list[tuple[str, Any]], style: int) -> None:
    """However a client writes its JSON, a call is the same, or is refused in the same words."""
    text = an_object(pairs, style).encode("utf-8", "surrogatepass")
    assert outcome(payload.read_object, text) == carefully(payload.read_object, text)


@given(st.lists(_PAIRS | _VALUE, max_size=4), _PAIRS, st.integers(0, 2), st.booleans())
def test_a_batch_reads_as_with_care(
    items: list[Any], head: list[tuple[str, Any]], style: int, bare: bool
) -> None:
    """The same for each item of a batch, whatever its neighbours are."""
    listed = "[" + ",".join(written(one, style) for one in items) + "]"
    around = an_object(head, style)[1:-1]
    text = listed if bare else f'{{"batch":{listed}{"," if around else ""}{around}}}'
    body = text.encode("utf-8", "surrogatepass")
    assert outcome(payload.read_batch, body) == carefully(payload.read_batch, body)


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":2}',
        '{"a" :1,"a":2}',
        '{"a":"\\u0022\\u0022","a":""}',
        '{"a":{"b":1,"b":1}}',
        '{"a":18446744073709551616}',
        '{"a":1e999}',
        '{"a":"\\u0000"}',
        '{"a":' + "[" * 300 + "]" * 300 + "}",
        '{"a":"' + "x" * 33_000 + '"}',
    ],
)
def test_what_cannot_be_stored_is_not_plain(text: str) -> None:
    """A key that comes twice, a number that is none of ours, a NUL and what is too deep or too
    large are refused although orjson reads them.
    """
    assert outcome(payload.read_object, text.encode())[0] == "refused"
    batch = outcome(payload.read_batch, f'{{"batch":[{text},{{"b":1}}]}}'.encode())
    assert batch[1][0][0] == "refused"
    assert batch[1][1] == {"b": ("int", 1)}

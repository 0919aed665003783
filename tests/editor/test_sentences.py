"""What rooms below the pages refuse is said in the reader's language."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from editor.language import use
from editor.sentences import SENTENCES, retold

ROOT = Path(__file__).resolve().parents[2]
PLACES = re.compile(r"\{\w*\}")


def _raised(folder: str, names: set[str]) -> set[str]:
    """The sentences that are raised there, with bare places."""
    found = set()
    for path in (ROOT / folder).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in names and node.args:
                match node.args[0]:
                    case ast.Constant(value=str(text)):
                        found.add(text)
                    case ast.JoinedStr(values=parts):
                        found.add(
                            "".join(
                                str(one.value) if isinstance(one, ast.Constant) else "{}"
                                for one in parts
                            )
                        )
    return found


def test_every_refusal_is_known() -> None:
    """Whatever edits and documents refuse is among the sentences that are translated."""
    raised = _raised("dsl/edits", {"Refusal", "Unsayable"})
    raised |= _raised("editor/documents", {"NotEditableError"})
    known = {PLACES.sub("{}", one) for one in SENTENCES}
    known |= {"This stands {} in the flow already."}
    known |= {"{} {}"}  # a diagnostic's own sentence and hint stay as they are
    assert len(raised) > 20
    assert raised - known == set()


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("No step is chosen.", "Kein Schritt ist gewählt."),
        ("`x.flow` is not there.", "`x.flow` gibt es nicht."),
        ("There is a file `{a}` already.", "Eine Datei `{a}` gibt es schon."),
        ("nobody said this", "nobody said this"),
        ("", ""),
    ],
)
def test_a_sentence_is_retold_with_its_names(sentence: str, said: str) -> None:
    """Names stay as they are; what nobody knows comes as it is."""
    use("de")
    try:
        assert retold(sentence) == said
    finally:
        use("en")

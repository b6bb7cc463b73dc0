"""The table of close codes in the docs is the one of the code."""

from pathlib import Path

from realtime.consumers.codes import MEANINGS, CloseCode

DOCS = Path(__file__).parents[2] / "docs" / "realtime.md"


def test_every_close_code_is_documented():
    assert set(MEANINGS) == set(CloseCode)
    rows = [
        f"| {code.value} | `{code.name.lower()}` | {what} | {then} |"
        for code, (what, then) in MEANINGS.items()
    ]
    lines = DOCS.read_text().splitlines()
    assert [line for line in lines if line in rows] == rows
    assert sum(line.startswith(("| 10", "| 44")) for line in lines) == len(rows)

"""Spreadsheet formulas in cells of CSV files: neutralised by an apostrophe, reversibly. Pure."""

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""Beginnings that a spreadsheet runs; the last four are the wide forms that East Asian settings take for the first."""


def without_formula(text: str) -> str:
    """Return `text` with an apostrophe before it where a spreadsheet would run it as a formula.

    A text that has apostrophes before such a beginning gets one more: taking one away gives every text back.
    """
    return f"'{text}" if text.lstrip("'").startswith(_STARTS) else text

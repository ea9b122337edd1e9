"""Word edit distance: words inserted, deleted and substituted between two texts (Levenshtein). Pure."""

from rapidfuzz.distance import Levenshtein


def word_edit_distance(before: str, after: str) -> int:
    """Return the least number of words to insert, delete or substitute; white space counts for nothing."""
    return Levenshtein.distance(before.split(), after.split())

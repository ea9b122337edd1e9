"""Worked examples from the literature, as records with their sources; the results are in the tests."""

from collections.abc import Sequence

from annotator.statistics.records import Rating


def from_lines(lines: Sequence[str]) -> list[Rating]:
    """Read ratings: one line an annotator, one word a case; `.` is a missing rating."""
    return [
        (case, annotator, value)
        for annotator, line in enumerate(lines)
        for case, value in enumerate(line.split())
        if value != "."
    ]


def from_contingency(table: Sequence[Sequence[int]]) -> list[Rating]:
    """Read a contingency table: rows are alice's categories, columns bob's."""
    cells = [
        (row, column) for row, counts in enumerate(table) for column, count in enumerate(counts) for _ in range(count)
    ]
    return [
        (case, annotator, value) for case, cell in enumerate(cells) for annotator, value in zip("ab", cell, strict=True)
    ]


def from_counts(table: Sequence[Sequence[int]]) -> list[Rating]:
    """Read counts: one row a case, how many annotators chose each category; which annotator does not matter."""
    records: list[Rating] = []
    for case, counts in enumerate(table):
        values = [category for category, count in enumerate(counts) for _ in range(count)]
        records += [(case, annotator, value) for annotator, value in enumerate(values)]
    return records


# Krippendorff (2011), Computing Krippendorff's Alpha-Reliability
KRIPPENDORFF_A_BINARY = from_lines(["0 1 0 0 0 0 0 0 1 0", "1 1 1 0 0 1 0 0 0 0"])
KRIPPENDORFF_B_NOMINAL = from_lines(["a a b b d c c c e d d a", "b a b b b c c c e d d d"])
KRIPPENDORFF_C_MISSING = from_lines(
    [
        "1 2 3 3 2 1 4 1 2 . . .",
        "1 2 3 3 2 2 4 1 2 5 . 3",
        ". 3 3 3 2 3 4 2 2 5 1 .",
        "1 2 3 3 2 4 4 1 2 5 1 .",
    ]
)

# Cohen (1960), Educational and Psychological Measurement 20, 37-46: two judges, 200 cases
COHEN_1960 = from_contingency([[88, 10, 2], [14, 40, 6], [18, 10, 12]])

# Feinstein and Cicchetti (1990), Journal of Clinical Epidemiology 43, 543-549: the same raw agreement, two kappas
FEINSTEIN_BALANCED = from_contingency([[40, 9], [6, 45]])
FEINSTEIN_SKEWED = from_contingency([[80, 10], [5, 5]])

# Fleiss (1971), Psychological Bulletin 76, 378-382, table 1: 30 patients, 6 psychiatrists, 5 diagnoses
FLEISS_1971_COUNTS = [
    [0, 0, 0, 6, 0],
    [0, 3, 0, 0, 3],
    [0, 1, 4, 0, 1],
    [0, 0, 0, 0, 6],
    [0, 3, 0, 3, 0],
    [2, 0, 4, 0, 0],
    [0, 0, 4, 0, 2],
    [2, 0, 3, 1, 0],
    [2, 0, 0, 4, 0],
    [0, 0, 0, 0, 6],
    [1, 0, 0, 5, 0],
    [1, 1, 0, 4, 0],
    [0, 3, 3, 0, 0],
    [1, 0, 0, 5, 0],
    [0, 2, 0, 3, 1],
    [0, 0, 5, 0, 1],
    [3, 0, 0, 1, 2],
    [5, 1, 0, 0, 0],
    [0, 2, 0, 4, 0],
    [1, 0, 2, 0, 3],
    [0, 0, 0, 0, 6],
    [0, 1, 0, 5, 0],
    [0, 2, 0, 1, 3],
    [2, 0, 0, 4, 0],
    [1, 0, 0, 4, 1],
    [0, 5, 0, 1, 0],
    [4, 0, 0, 0, 2],
    [0, 2, 0, 4, 0],
    [1, 0, 5, 0, 0],
    [0, 0, 0, 0, 6],
]
FLEISS_1971 = from_counts(FLEISS_1971_COUNTS)

# Gwet (2014), Handbook of Inter-Rater Reliability, 4th edition, with the results that the author's package irrCAC 1.0
# prints for them: cont3x3abstractors, distrib.6raters (the first half of Fleiss's table) and cac.raw4raters
GWET_ABSTRACTORS = from_contingency([[13, 0, 0], [0, 20, 7], [0, 4, 56]])
GWET_SIX_RATERS = from_counts(FLEISS_1971_COUNTS[:15])
GWET_FOUR_RATERS = KRIPPENDORFF_C_MISSING

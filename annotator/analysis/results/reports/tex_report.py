"""The report in LaTeX: booktabs tables in a document that compiles by itself, whatever its texts hold."""

import re
from collections.abc import Iterator, Sequence

from annotator.analysis.results.reports.values import Report
from annotator.analysis.results.table_values import Table

_ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"$<$",
    ">": r"$>$",
    "|": r"$|$",
    "[": "{[}",  # a line break takes what follows in brackets for a length, and a star for a form of its own
    "]": "{]}",
    "*": "{*}",
    "−": r"$-$",
    "–": "--",
    "’": "'",
    "“": "``",
    "”": "''",
    "…": r"\ldots{}",
}
_UNKNOWN = r"[^ -~\u00a1-\u0125\u0128-\u0137\u0139-\u013e\u0141-\u0148\u014a-\u0165\u0168-\u017e]"
_SPECIAL = re.compile("|".join([*map(re.escape, _ESCAPES), _UNKNOWN]))
"""What is escaped: characters with a meaning in TeX, and those that pdflatex cannot print in its own encoding."""

_PREAMBLE = r"""\documentclass{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage[a4paper,landscape,margin=15mm]{geometry}
\usepackage{booktabs}
\usepackage{graphicx}
\usepackage{iftex}
\newcommand{\unprinted}[2]{\ifPDFTeX\texttt{U+#1}\else#2\fi}
\begin{document}
"""

_NO_WIDER = "\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%\n"


def render(report: Report) -> Iterator[str]:
    """Write the document, a table environment for each table."""
    yield f"{_PREAMBLE}\\section*{{{_escaped(report.title)}}}\n{_escaped(report.about)}\n\n{_escaped(report.answer)}\n"
    if report.limits:
        items = "".join(f"\\item {_escaped(sentence)}\n" for sentence in report.limits)
        yield f"\\begin{{itemize}}\n{items}\\end{{itemize}}\n"
    for table in report.tables:
        yield from _table(table)
    yield "\\end{document}\n"


def _table(table: Table) -> Iterator[str]:
    """A table as wide as the page at most; its note is part of the caption."""
    columns = "".join("r" if cell.numeric else "l" for cell in table.rows[0])
    caption = f"{table.title}. {table.note}" if table.note else table.title
    yield f"\\begin{{table}}[p]\n\\centering\n\\caption{{{_escaped(caption)}}}\n\\label{{tab:{table.slug}}}\n"
    yield f"{_NO_WIDER}\\begin{{tabular}}{{{columns}}}\n"
    yield f"\\toprule\n{_line([column.text for column in table.columns])}\\midrule\n"
    for row in table.rows:
        yield _line([cell.text for cell in row])
    yield "\\bottomrule\n\\end{tabular}}\n\\end{table}\n"


def _line(texts: Sequence[str]) -> str:
    return " & ".join(_escaped(text) for text in texts) + " \\\\\n"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda found: _ESCAPES.get(found[0]) or _unprinted(found[0]), " ".join(text.split()))


def _unprinted(character: str) -> str:
    """The number of a character for pdflatex, itself for XeLaTeX and LuaLaTeX if it is a visible one."""
    shown = character if character.isprintable() else ""
    return f"\\unprinted{{{ord(character):04X}}}{{{shown}}}"

"""Tables of a study's two runs: comparison, outcomes, kinds, lengths of reasoning, patterns."""

from collections.abc import Sequence
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from annotator.analysis.results.table_values import (
    Cell,
    Column,
    Table,
    amount,
    p_value,
    points,
    scope_text,
    share,
    times,
    word,
)
from annotator.analysis.results.values import Comparison, PartResult, StudyResults
from annotator.studies.models import Annotation


def pair_tables(results: StudyResults) -> list[Table]:
    """Return the tables of the study's pair that have rows."""
    tables = [_parts(results), _outcomes(results), _groups(results), _kinds(results), _lengths(results)]
    tables.append(_patterns(results))
    return [table for table in tables if table.rows]


def _parts(results: StudyResults) -> Table:
    pair = results.pair
    rows: list[tuple[str, Comparison, dict[str, str]]] = [
        (_("all prompts"), pair.all, {}),
        *(
            (_("all prompts, judged by %(scope)s") % {"scope": scope_text(scope)}, compared, {"scope": scope})
            for scope, compared in pair.by_scope.items()
            if scope != results.scope
        ),
        (_("without prompts of known defects"), pair.sound, {"concern": "sound"}),
        (_("as treated: the second really reasoned, the first did not"), pair.treated, {"concern": "treated"}),
        (_("answers of about the same length"), pair.matched, {"concern": "matched"}),
    ]
    return Table(
        "comparison",
        _("The two runs on the same prompts"),
        [
            Column("part", _("Prompts counted")),
            Column("n", _("n")),
            Column("better", _("Better")),
            Column("worse", _("Worse")),
            Column("both", _("Both obey")),
            Column("neither", _("Neither obeys")),
            Column("prompts", _("Prompts, points")),
            Column("constraints", _("Constraints, points")),
            Column("odds", _("Better for each worse")),
            Column("p", _("p")),
            Column("mid_p", _("mid-p")),
        ],
        [_part_row(name, compared, filters) for name, compared, filters in rows],
        note=_(
            "Better and worse: every constraint obeyed by one of the two alone, loose. Answers of about the same "
            "length differ by a fifth of the longer at most; length is itself changed by reasoning, so this is no "
            "fair comparison either, but says how much of the effect goes with length."
        ),
    )


def _part_row(name: str, compared: Comparison, filters: dict[str, str]) -> list[Cell]:
    flips = {
        "second": compared.only_second,
        "first": compared.only_first,
        "both": compared.both,
        "neither": compared.neither,
    }
    return [
        word(name),
        amount(compared.n, {"concern": filters.get("concern", "")}),
        *(amount(n, {"obeyed_by": side, **filters}) for side, n in flips.items()),
        points(compared.prompts),
        points(compared.constraints),
        times(compared.odds),
        p_value(compared.p_value),
        p_value(compared.mid_p),
    ]


def _outcomes(results: StudyResults) -> Table:
    pair = results.pair
    rows = [
        [word(outcome, family="outcome"), amount(n, {"outcome": outcome}), share(n, pair.cases, {"outcome": outcome})]
        for outcome, n in pair.outcomes.items()
    ]
    swaps = [
        word("swap", family="effect"),
        amount(pair.swaps, {"effect": "swap"}),
        share(pair.swaps, pair.cases, {"effect": "swap"}),
    ]
    return Table(
        "outcomes",
        _("Outcomes of the cases"),
        [Column("outcome", _("Outcome")), Column("cases", _("Cases")), Column("share", _("Of all cases, %"))],
        [*rows, swaps],
        note=_(
            "By the number of constraints obeyed. A tie hides its swaps: one constraint gained and another lost. Where "
            "an answer is empty or cut off there is no outcome."
        ),
    )


def _groups(results: StudyResults) -> Table:
    return Table(
        "groups",
        _("Planning and precision kinds apart"),
        _part_columns(_("Group of kinds")),
        [_kind_row(part, word(part.name, family="kind_group")) for part in results.pair.groups],
        note=_(
            "Planning: counting over the whole text, structure, coordination. Precision: exact local form. The groups "
            "follow the definition of arXiv 2606.09662, not its list of kinds."
        ),
    )


def _kinds(results: StudyResults) -> Table:
    return Table(
        "kinds",
        _("Where, by kind of constraint"),
        _part_columns(_("Kind")),
        [_kind_row(part, word(part.name)) for part in results.pair.kinds],
        note=_("Those that lost most come first. Gained and lost count cases, in which a kind may be stated twice."),
    )


def _part_columns(first: str) -> Sequence[Column]:
    return [
        Column("kind", first),
        Column("n", _("Constraints")),
        Column("first", _("First, %")),
        Column("second", _("Second, %")),
        Column("gained", _("Gained")),
        Column("lost", _("Lost")),
        Column("difference", _("Difference, points")),
    ]


def _kind_row(part: PartResult, head: Cell) -> list[Cell]:
    kind = {"kind": part.name}
    return [
        head,
        amount(part.n, kind),
        share(part.first, part.n, kind),
        share(part.second, part.n, kind),
        amount(part.gained, {**kind, "effect": "gained"}),
        amount(part.lost, {**kind, "effect": "lost"}),
        points(part.difference, cases=urlencode(kind)),
    ]


def _lengths(results: StudyResults) -> Table:
    outcomes = list(results.pair.outcomes)
    return Table(
        "lengths",
        _("Outcomes by length of the reasoning"),
        [
            Column("from", _("Characters, from")),
            Column("to", _("to")),
            Column("n", _("Cases")),
            *(Column(outcome, outcome, family="outcome") for outcome in outcomes),
        ],
        [
            [
                amount(part.low),
                amount(part.high),
                amount(part.n, {"shortest": part.low, "longest": part.high}),
                *(
                    amount(part.outcomes[outcome], {"outcome": outcome, "shortest": part.low, "longest": part.high})
                    for outcome in outcomes
                ),
            ]
            for part in results.pair.lengths
        ],
        note=_("Cases whose second run reasoned, in four parts of about equal size."),
    )


def _patterns(results: StudyResults) -> Table:
    return Table(
        "patterns",
        _("Failure patterns"),
        [
            Column("pattern", _("Pattern")),
            *(Column(label, label, family="label") for label in Annotation.Label.values),
            Column("gold", _("Gold")),
        ],
        [
            [
                word(part.name),
                *(
                    amount(part.labels[label], {"pattern": part.slug, "label": label})
                    for label in Annotation.Label.values
                ),
                amount(part.gold, {"gold_pattern": part.slug}),
            ]
            for part in results.pair.patterns
        ],
        note=_("Cases to which an annotator gave the pattern, by the label beside it, and cases whose gold has it."),
    )

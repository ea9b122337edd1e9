"""Tables of a study's two runs: comparison, outcomes, kinds, lengths, patterns, gold."""

from collections.abc import Sequence
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from annotator.analysis.results.table_values import (
    Cell,
    Column,
    Table,
    amount,
    linked,
    number,
    p_value,
    percent,
    points,
    scope_text,
    share,
    times,
    word,
)
from annotator.analysis.results.values import Comparison, CorrectedShare, PartResult, StudyResults
from annotator.studies.models import Annotation, Case


def pair_tables(results: StudyResults) -> list[Table]:
    """Return the tables of the study's pair that have rows."""
    tables = [_parts(results), _outcomes(results), _groups(results), _kinds(results), _lengths(results)]
    tables += [_patterns(results), _corrected(results)]
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
            Column("newcombe", _("Prompts, points (Newcombe)")),
            Column("constraints", _("Constraints, points")),
            Column("cohen_h", _("Cohen’s h")),
            Column("odds", _("Better for each worse")),
            Column("p", _("p")),
            Column("mid_p", _("mid-p")),
        ],
        [_part_row(name, compared, filters) for name, compared, filters in rows],
        note=_(
            "Better and worse: every constraint obeyed by one of the two alone, loose. Answers of about the same "
            "length differ by a fifth of the longer at most; length is itself changed by reasoning, so this is no "
            "fair comparison either, but says how much of the effect goes with length. The difference in "
            "prompts stands with Tango’s interval and with Newcombe’s."
        ),
    )


def _part_row(name: str, compared: Comparison, filters: dict[str, str]) -> list[Cell]:
    flips = {
        "second": compared.only_second,
        "first": compared.only_first,
        "both": compared.both,
        "neither": compared.neither,
    }
    counted = {"obeyed_by": "decided", **filters}
    row = [
        word(name),
        amount(compared.n, counted),
        *(amount(n, {"obeyed_by": side, **filters}) for side, n in flips.items()),
        points(compared.prompts),
        points(compared.newcombe),
        points(compared.constraints),
        number(compared.cohen_h, digits=2),
        times(compared.odds),
        p_value(compared.p_value),
        p_value(compared.mid_p),
    ]
    return linked(row, cases=urlencode(counted))


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
            "an answer is empty or cut off there is no outcome. Cases for practice and hidden checks are among them."
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
            linked(
                [
                    amount(part.low),
                    amount(part.high),
                    amount(part.n),
                    *(
                        amount(part.outcomes[outcome], {"outcome": outcome, "shortest": part.low, "longest": part.high})
                        for outcome in outcomes
                    ),
                ],
                cases=urlencode({"shortest": part.low, "longest": part.high}),
            )
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


def _corrected(results: StudyResults) -> Table:
    return Table(
        "corrected",
        _("Outcomes decided by a judge model, corrected by gold"),
        [
            Column("outcome", _("Outcome")),
            Column("judged", _("Cases decided by a judge")),
            Column("by_judge", _("By the judge, %")),
            Column("gold", _("Cases with gold")),
            Column("differing", _("Gold differs")),
            Column("corrected", _("Corrected, %")),
            Column("gold_alone", _("By gold alone, %")),
            Column("weight", _("Weight of the judge")),
        ],
        [_corrected_row(part) for part in results.pair.corrected],
        note=_(
            "Prediction-powered means (PPI++) of the outcome that people would give, over all these cases. They hold "
            "where the cases with gold are a random part of them. With fewer than 50 gold values a corrected interval "
            "covers the truth too rarely, so none is shown; nor where gold and judge differ in fewer than five cases."
        ),
    )


def _corrected_row(part: CorrectedShare) -> list[Cell]:
    judged, gold = {"concern": "judged"}, {"concern": "judged_with_gold"}
    is_outcome = part.name in Case.Outcome.values
    by_outcome = {**judged, "outcome": part.name} if is_outcome else judged
    shown = percent if is_outcome else points
    row = [
        word(part.name, family="outcome") if is_outcome else word(part.name, family="corrected"),
        amount(part.judged, judged),
        share(part.by_judge, part.judged, by_outcome),
        amount(part.corrected.n, gold),
        amount(part.differing, gold),
        *linked([shown(part.corrected)], cases=urlencode(judged)),
        shown(part.gold_alone),
        number(part.weight, digits=2),
    ]
    return linked(row, cases=urlencode(gold))

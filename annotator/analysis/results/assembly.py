"""Assembly of a study's results from rows; loads numpy, scipy and statsmodels."""

from collections.abc import Sequence

from annotator.analysis.results.baselines import baselines_of
from annotator.analysis.results.comparisons import detectable
from annotator.analysis.results.pair_result import pair_result
from annotator.analysis.results.rows import answered_prompts
from annotator.analysis.results.run_results import model_baselines, run_results
from annotator.analysis.results.values import StudyResults
from annotator.runs.models import Run
from annotator.studies.models import Study


def assembled_results(study: Study, runs: Sequence[Run]) -> StudyResults:
    """Compute everything anew."""
    own = (study.first_run_id, study.second_run_id)
    rows = answered_prompts([run.pk for run in runs])
    baselines = baselines_of(runs, preferred=own)
    first, second = rows[study.first_run_id], rows[study.second_run_id]
    both = [row for prompt, row in first.items() if prompt in second]
    pair = pair_result(study, first, second)
    return StudyResults(
        study=study.slug,
        title=study.title,
        dataset=str(study.first_run.dataset),
        scope=study.scope,
        first_role=study.first_role,
        second_role=study.second_role,
        first_run=study.first_run_id,
        second_run=study.second_run_id,
        prompts=len(both),
        constraints=sum(len(row.decisions.get(study.scope, ())) for row in both),
        pair=pair,
        runs=run_results(runs, rows, baselines, study.scope),
        baselines=model_baselines(baselines, rows, study.scope),
        detectable=detectable(pair.all),
        random_order=study.order != Study.Order.HARDEST,
    )

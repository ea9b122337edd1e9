"""Model card of a router in Markdown: its purpose, training data, figures and limits. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from annotator.routing.reports import SplitReport
from annotator.routing.tables import split_table, token_table
from annotator.strategies.text_router import TFIDF, TextRouter

_READING = """Every figure is of prompts that the router of the fold did not see. `helped` is the base rate of AUPRC.
`guessed right` guesses helped from a probability of one half on; compare it with `majority`. Accuracies are the mean
share of a prompt's constraints that are obeyed, in per cent; `best` is the better of never and always. Intervals are
95 % percentile bootstrap with equal prompts resampled together."""
_LIMITS = (
    "It knows the text of the prompt alone: neither the model that answers nor the constraints as data.",
    "It was trained on the prompts above. Prompts of another origin are out of what was measured; see the splits by "
    "kind, composition and dataset.",
    "Cases without a whole answer on both sides are not in the training: reasoning that uses up the budget is not "
    "counted against it.",
    "Tokens at equal accuracy are a bound: that threshold was chosen on the same prompts.",
)


def card_of(name: str, router: TextRouter, training: Mapping[str, Any], reports: Sequence[SplitReport]) -> str:
    """Return the model card."""
    classes, studies = training["classes"], training["studies"]
    features = "TF-IDF of words and pairs of words" if router.kind == TFIDF else "WordLlama vectors, 256 dimensions"
    tie = "say not to reason" if training["ties"] == "no" else "are left out"
    size = len(router.terms) or len(router.weights)
    lines = [
        f"# Router {name}",
        "",
        "Says from the text of a prompt whether to let a language model reason before it answers.",
        "",
        f"- Features: {features} ({size:,}).",
        f"- Logistic regression with class weights; calibration: {training['calibration']}, by inner folds.",
        f"- Threshold: reasons from a probability of {router.threshold:.3f} on.",
        f"- Hash: `{router.hash}`",
        "- Stored as JSON numbers; predicts without scikit-learn.",
        "",
        "## Training data",
        "",
        *(
            f"- Study `{study['slug']}`: runs {study['runs'][0]} and {study['runs'][1]}, {study['n']} prompts "
            f"({study['left_out']} cases left out), {study['model']}, {study['dataset']}."
            for study in studies
        ),
        f"- Labels: {training['labels']}; helped {classes['helped']}, hurt {classes['hurt']}, tie {classes['tie']}; "
        f"ties {tie}.",
        "",
        "## On held-out prompts",
        "",
        _READING,
        "",
        split_table(reports),
        "",
        token_table(reports),
        "",
        "## Limits",
        "",
        *(f"- {limit}" for limit in _LIMITS),
    ]
    return "\n".join(lines) + "\n"

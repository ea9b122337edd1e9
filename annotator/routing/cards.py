"""Model card of a router in Markdown: its purpose, training data, figures and limits. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from annotator.embeddings import minilm
from annotator.routing.deciders import Decider
from annotator.routing.reports import SplitReport
from annotator.routing.tables import calibration_table, split_table, token_table
from annotator.strategies.text_router import MINILM, TFIDF, WORDLLAMA, TextRouter

_READING = """Every figure is of prompts that the router of the fold did not see. `helped` is the base rate of AUPRC.
`guessed right` guesses helped from a probability of one half on; compare it with `majority`. Accuracies are the mean
share of a prompt's constraints that are obeyed, in per cent; `best` is the better of never and always. Intervals are
95 % percentile bootstrap with equal prompts resampled together. A Brier score is worth something below that of the base
rate; the calibration error is of ten groups of neighbouring probabilities."""
_FEATURES = {
    TFIDF: "TF-IDF of words and pairs of words",
    WORDLLAMA: "WordLlama vectors, 256 dimensions",
    MINILM: f"vectors of {minilm.MODEL}, 384 dimensions, of the first 256 tokens of a prompt",
}
_LIMITS = (
    "It knows the text of the prompt alone: neither the model that answers nor the constraints as data.",
    "It was trained on the prompts above. Prompts of another origin are out of what was measured; see the splits by "
    "kind, composition and dataset.",
    "Cases without a whole answer on both sides are not in the training: reasoning that uses up the budget is not "
    "counted against it.",
    "Tokens at equal accuracy are a bound: that threshold was chosen on the same prompts.",
)


def card_of(name: str, router: Decider, training: Mapping[str, Any], reports: Sequence[SplitReport]) -> str:
    """Return the model card."""
    classes, studies = training["classes"], training["studies"]
    tie = "say not to reason" if training["ties"] == "no" else "are left out"
    lines = [
        f"# Router {name}",
        "",
        "Says from the text of a prompt whether to let a language model reason before it answers.",
        "",
        *(_of_text(router, training) if isinstance(router, TextRouter) else _of_finetuned(training)),
        f"- Threshold: reasons from a probability of {router.threshold:.3f} on.",
        f"- Hash: `{router.hash}`",
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
        calibration_table(reports),
        "",
        token_table(reports),
        "",
        "## Limits",
        "",
        *(f"- {limit}" for limit in _LIMITS),
    ]
    return "\n".join(lines) + "\n"


def _of_text(router: TextRouter, training: Mapping[str, Any]) -> list[str]:
    size = len(router.terms) or len(router.weights)
    return [
        f"- Features: {_FEATURES[router.kind]} ({size:,}).",
        *(f"- Its {part}: `{value}`." for part, value in router.embedding.items()),
        f"- Logistic regression with class weights; calibration: {training['calibration']}, by inner folds.",
        "- Stored as JSON numbers; predicts without scikit-learn.",
    ]


def _of_finetuned(training: Mapping[str, Any]) -> list[str]:
    calibration = (
        "platt, on a fifth of the prompts that was not trained on"
        if training["calibration"] == "platt"
        else "none; all prompts were trained on"
    )
    revision = f", revision `{training['revision']}`" if training["revision"] else ""
    return [
        f"- The whole of `{training['base']}`{revision} fine-tuned to classify prompts; every weight was trained.",
        f"- Learning rate {training['learning_rate']:g}, falling to zero; {training['epochs']} epochs; "
        f"{training['batch_size']} prompts a step; the first {training['longest']} tokens of a prompt; AdamW, seed "
        f"{training['seed']}.",
        f"- Calibration: {calibration}.",
        "- Stored as safetensors and JSON; each file's hash is in the router's.",
    ]

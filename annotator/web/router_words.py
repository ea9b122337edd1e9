"""Words on screen of stored values of routers and their trainings, by family."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ROUTER_WORDS: Mapping[str, Mapping[str, str | Promise]] = {
    "features": {
        "tfidf": _("words and pairs of words (TF-IDF)"),
        "wordllama": _("vectors of WordLlama"),
        "minilm": _("vectors of MiniLM"),
        "finetuned": _("the prompt, by a fine-tuned language model"),
    },
    "training": {
        "queued": _("waits"),
        "claimed": _("being trained"),
        "done": _("done"),
        "failed": _("failed"),
        "stalled": _("stopped"),
    },
    "training_step": {
        "": _("starts"),
        "reading": _("reads the cases"),
        "random": _("is tested on prompts at random"),
        "kind": _("is tested on kinds of constraints that it did not see"),
        "composition": _("is tested on numbers of constraints that it did not see"),
        "dataset": _("is tested on datasets that it did not see"),
        "model": _("is tested on language models that it did not see"),
        "whole": _("is trained on all prompts"),
    },
    "ties": {"no": _("a tie says not to reason"), "left_out": _("ties are left out")},
    "calibration": {"platt": _("Platt’s scaling"), "isotonic": _("isotonic regression")},
    "router_labels": {"verdicts": _("labels by verdicts"), "gold": _("labels by gold")},
    "held_out": {
        "random": _("prompts at random"),
        "kind": _("kinds of constraints"),
        "composition": _("numbers of constraints"),
        "dataset": _("datasets"),
        "model": _("language models"),
    },
    "rewording": {
        "a polite opening": _("a polite opening"),
        "thanks at the end": _("thanks at the end"),
        "as a wish": _("as a wish"),
        "in one line": _("in one line"),
    },
}

"""Trained routers as rows, without a training."""

from typing import Any

from annotator.routing.models import Router
from annotator.strategies.text_router import TextRouter

ESTIMATE = {"value": 0.62, "low": 0.55, "high": 0.7, "n": 240, "status": "ok"}
MISSING = {"value": None, "low": None, "high": None, "n": 1, "status": "not enough data"}
SPLIT = {
    "split": "random", "missing": "", "n": 240, "prompts": 240, "folds": ["part 1"], "base_rate": 0.3, "majority": 0.7,
    "guessed": ESTIMATE, "auroc": ESTIMATE, "auprc": ESTIMATE,
    "calibration": {"brier": {**ESTIMATE, "value": 0.18}, "brier_of_base_rate": 0.21, "error": 0.04},
    "gains": {
        **dict.fromkeys(("never", "always", "oracle", "router", "recovered"), ESTIMATE), "apgr": MISSING,
        "over_best": {"value": -0.01, "low": -0.03, "high": 0.02, "n": 240, "status": "ok"}, "reasoned": 0.25,
    },
    "tokens": {"never": 50.0, "always": 150.0, "router": 75.0, "equal_accuracy": 60.0, "saved": 0.2},
    "steady": {"a polite opening": 0.9},
}  # fmt: skip
ALONE = {"split": "dataset", "missing": "the data has one alone, so that nothing can be held out"}


def make_router(name: str, *, version: int = 1, bias: float = 0.0, **fields: Any) -> Router:
    """Create a router that reasons about tea, with a report of two splits."""
    router = TextRouter(kind="tfidf", bias=bias, weights=[2.0], terms=["tea"], idf=[1.0])
    values = {
        "features": "tfidf",
        "artifact": router.to_json(),
        "content_hash": router.hash,
        "report": [SPLIT, ALONE],
        **fields,
    }
    return Router.objects.create(
        name=name,
        version=version,
        labels="verdicts",
        training={
            "labels": "verdicts", "ties": "no", "calibration": "platt", "n": 240,
            "classes": {"helped": 80, "hurt": 60, "tie": 100},
            "studies": [
                {"slug": "pilot", "runs": [1, 2], "dataset": "pilot", "model": "tiny", "n": 240, "left_out": 3}
            ],
        },
        card="# Router\n\n<script>alert(1)</script>\n",
        **values,
    )  # fmt: skip

"""Names of compared runs: the prompt set, the random set beside it, or the strategy."""

from django.utils.translation import gettext as _

from annotator.exemplars.models import PromptSetUse
from annotator.runs.models import Run
from annotator.web.labels import label_for


def run_name(run: Run) -> str:
    """The name of a run in a comparison, with its number."""
    use: PromptSetUse | None = getattr(run, "prompt_set_use", None)
    if use is None:
        name = label_for("strategy", run.strategy)
    elif use.random_seed is None:
        name = str(use.prompt_set)
    else:
        name = _("random set beside %(set)s, seed %(seed)d") % {"set": use.prompt_set, "seed": use.random_seed}
    return _("%(name)s (run %(run)d)") % {"name": name, "run": run.pk}

"""Random sets: as many demonstrations as a prompt set has, drawn among answers that needed no repair.

A set is compared with one of these, since any demonstrations may help a model, repaired or not. The pool is the answers
of the study's own run (its first one; its second one, with the reasoning, where the set shows reasoning) that are whole
and strict-true on every constraint, without the prompts of the set.
"""

import random

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from annotator.datasets.models import Constraint
from annotator.exemplars.errors import PromptSetError
from annotator.exemplars.set_contents import SetContents
from annotator.runs.models import Generation, Verdict
from annotator.strategies.exemplars import LONGEST_TEXT, comparable_text
from annotator.studies.models import Study


def random_exemplars(study: Study, contents: SetContents, *, seed: int) -> list[dict[str, str]]:
    """Draw as many demonstrations as `contents` has, the same for the same seed. Raises PromptSetError for too few."""
    run = study.second_run if contents.shows_reasoning else study.first_run
    verdicts = Verdict.objects.filter(generation=OuterRef("pk"), scope=Verdict.Scope.ANSWER)
    about_reasoning = Constraint.objects.filter(prompt=OuterRef("prompt"), scope=Constraint.Scope.REASONING)
    rows = (
        run.generations.filter(Exists(verdicts), status=Generation.Status.DONE)
        .exclude(Exists(verdicts.filter(Q(strict=False) | Q(strict=None))))
        .exclude(Generation.without_whole_answer())
        .exclude(Exists(about_reasoning))
        .order_by("position")
        .values_list("prompt__text", "reasoning", "answer")
    )
    own = {comparable_text(exemplar.prompt.text) for exemplar in contents.exemplars}
    pool = [
        {"prompt": prompt, "reasoning": reasoning if contents.shows_reasoning else "", "answer": answer}
        for prompt, reasoning, answer in rows
        if comparable_text(prompt) not in own
        and max(len(prompt), len(reasoning), len(answer)) <= LONGEST_TEXT
        and (reasoning.strip() or not contents.shows_reasoning)
    ]
    if len(pool) < len(contents.exemplars):
        raise PromptSetError(
            _(
                "run %(run)d has %(n)d whole answers that satisfy every constraint, too few for a random set of "
                "%(size)d; compare with the empty set alone, or take exemplars out."
            )
            % {"run": run.pk, "n": len(pool), "size": len(contents.exemplars)}
        )
    return random.Random(seed).sample(pool, len(contents.exemplars))

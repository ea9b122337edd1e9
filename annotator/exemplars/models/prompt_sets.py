"""Prompt sets, their members in order, and the runs that used them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from annotator.datasets.models import valid_name
from annotator.exemplars.models.exemplars import Exemplar
from annotator.runs.models import LanguageModel, Run
from annotator.studies.models import Study


class PromptSet(models.Model):
    """An ordered, versioned list of a study's exemplars, with a template and a token budget.

    `template` is how a few-shot run shows them (`strategies.parameters.FewShotParameters`): each as an earlier turn, or
    all in one block with the target last. `language_model` is the one whose tokenizer counts the budget. Once a run
    uses the set it is frozen, and `content_hash` names it: a change is a new version.
    """

    class Template(models.TextChoices):
        TURNS = "turns"
        BLOCK = "block"

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="prompt_sets")
    name = models.CharField(max_length=64, validators=[valid_name])
    version = models.PositiveIntegerField(default=1)
    template = models.CharField(max_length=16, choices=Template, default=Template.TURNS)
    shows_reasoning = models.BooleanField(default=False)
    budget_tokens = models.PositiveIntegerField(null=True)
    language_model = models.ForeignKey(LanguageModel, null=True, on_delete=models.PROTECT, related_name="prompt_sets")
    content_hash = models.CharField(max_length=96, blank=True)
    frozen_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="prompt_sets"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar = ["study", "name", "-version"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["study", "name", "version"], name="prompt_set_version_once"),
            models.CheckConstraint(
                condition=Q(frozen_at__isnull=True, content_hash="")
                | (Q(frozen_at__isnull=False) & ~Q(content_hash="")),
                name="prompt_set_frozen_by_hash",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class PromptSetMember(models.Model):
    """An exemplar in a prompt set, at a 0-based position."""

    prompt_set = models.ForeignKey(PromptSet, on_delete=models.CASCADE, related_name="members")
    exemplar = models.ForeignKey(Exemplar, on_delete=models.PROTECT, related_name="memberships")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering: ClassVar = ["prompt_set", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["prompt_set", "exemplar"], name="prompt_set_member_once"),
            models.UniqueConstraint(fields=["prompt_set", "position"], name="prompt_set_position_once"),
        ]

    def __str__(self) -> str:
        return f"exemplar {self.exemplar_id} in {self.prompt_set_id}"


class PromptSetUse(models.Model):
    """A few-shot run with a prompt set, and the prompts that were excluded as identical or near to an exemplar.

    `excluded` is a list of {"key", "exemplar", "rule", "similarity"}, where `exemplar` is the number, from 1, of the
    exemplar in the run's parameters; the rules are those of `annotator.exemplars.leakage`. `prompts_before` and
    `prompts_after` count the prompts of the dataset and of the run. With a `random_seed` the run does not use the set
    itself but a random one of equal length, drawn with this seed, which it is compared with.
    """

    prompt_set = models.ForeignKey(PromptSet, on_delete=models.PROTECT, related_name="uses")
    run = models.OneToOneField(Run, on_delete=models.CASCADE, related_name="prompt_set_use")
    random_seed = models.PositiveIntegerField(null=True)
    excluded = models.JSONField(default=list)
    prompts_before = models.PositiveIntegerField()
    prompts_after = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar = ["prompt_set", "id"]

    def __str__(self) -> str:
        return f"{self.prompt_set_id} in run {self.run_id}"

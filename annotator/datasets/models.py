"""Datasets, their prompts and the constraints that each prompt states.

Never changed after the import. Knows nothing of runs.
"""

from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from annotator.constraints import title as constraint_title
from annotator.constraints.messages import msg

valid_name = RegexValidator(
    r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z",
    _("Use 1 to 64 letters, digits, dots, dashes or underscores, starting with a letter or digit."),
)


class Dataset(models.Model):
    """A named, versioned, frozen list of prompts. `content_hash` is its identity; a changed file is a new version.

    `terms` are what is known of the licence of its texts, empty where nothing is. `archived_at` is set while the
    dataset is archived: it stands in no list and takes no new runs.
    """

    name = models.CharField(max_length=64, validators=[valid_name])
    version = models.PositiveIntegerField()
    format = models.CharField(max_length=32)
    content_hash = models.CharField(max_length=96)
    prompt_count = models.PositiveIntegerField()
    terms = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["name", "-version"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["name", "version"], name="dataset_version_once"),
            models.UniqueConstraint(fields=["name", "content_hash"], name="dataset_content_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class Prompt(models.Model):
    """One user turn, with its `key` from the source and its 0-based `position` in the dataset.

    `attributes` are further fields of its format (`datasets.complexbench`); empty for a format without any.
    `metadata` are the fields of its source line that the format does not know, as they are; they are no part of the
    content, and an import of the same content brings them up to date.
    `known_defects` are published faults of the prompt (`datasets.known_defects`), each an object of `source`,
    `sentence` and `contradictory`; they are no part of the content, and an import adds them.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="prompts")
    key = models.CharField(max_length=128)
    position = models.PositiveIntegerField()
    text = models.TextField()
    attributes = models.JSONField(default=dict)
    metadata = models.JSONField(default=dict)
    known_defects = models.JSONField(default=list)

    class Meta:
        ordering: ClassVar = ["dataset", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["dataset", "key"], name="prompt_key_once"),
            models.UniqueConstraint(fields=["dataset", "position"], name="prompt_position_once"),
        ]

    def __str__(self) -> str:
        return f"{self.dataset} {self.key}"


class Constraint(models.Model):
    """One requirement of a prompt; `[span_start, span_end)` of the prompt's text states it, null where unknown.

    `scope` is the part of a generation that the requirement is about. A constraint on the answer counts in the scope
    that a study chose, answer or completion; one on the reasoning counts in the scope `reasoning` alone.
    """

    class Scope(models.TextChoices):
        ANSWER = "answer"
        REASONING = "reasoning"

    prompt = models.ForeignKey(Prompt, on_delete=models.CASCADE, related_name="constraints")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=96)
    kwargs = models.JSONField(default=dict)
    scope = models.CharField(max_length=16, choices=Scope, default=Scope.ANSWER)
    span_start = models.PositiveIntegerField(null=True)
    span_end = models.PositiveIntegerField(null=True)

    class Meta:
        ordering: ClassVar = ["prompt", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["prompt", "position"], name="constraint_position_once"),
            models.CheckConstraint(
                condition=Q(span_start__isnull=True, span_end__isnull=True) | Q(span_start__lt=F("span_end")),
                name="constraint_span_whole_or_absent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prompt} #{self.position + 1} {self.kind}"

    @property
    def title(self) -> str:
        """Return the constraint as a sentence for people, a message that pages translate."""
        sentence = constraint_title(self.kind, self.kwargs)
        return msg("In the reasoning: %(title)s", title=sentence) if self.scope == self.Scope.REASONING else sentence

    def counted_scope(self, chosen: str) -> str:
        """Return the scope whose verdict counts where `chosen` is the scope for constraints on the answer."""
        return chosen if self.scope == self.Scope.ANSWER else self.scope

"""The codebook form: the guideline and a row per pattern, and their cleaned values.

A blank row is no pattern. A pattern is removed only by its checkbox, never because its name is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from annotator.datasets.models import valid_name
from annotator.studies.models import Codebook
from annotator.web.case.form import first_problem
from annotator.web.typed_text import TypedText

_DIGITS = "123456789"  # each pattern has one as its key, so there are at most nine
_FIELDS = ("name", "slug", "hotkey", "help", "examples", "needs_text")
_TYPED = ("was", "name", "slug", "help", "examples", "needs_text")  # all of them are empty in a blank row
_MAX_SLUG = 64


class PatternForm(forms.Form):
    """One failure pattern. `was` is its short name when the page was opened, empty for a new one."""

    was = forms.CharField(widget=forms.HiddenInput, required=False)
    name = TypedText(label=gettext_lazy("Name"), max_length=80, required=False)
    slug = forms.CharField(
        label=gettext_lazy("Short name"),
        max_length=_MAX_SLUG,
        validators=[valid_name],
        required=False,
        help_text=gettext_lazy("Stands in exports. Left empty, it is made from the name."),
    )
    hotkey = forms.ChoiceField(
        label=pgettext_lazy("keyboard", "Key"), choices=[(digit, digit) for digit in _DIGITS], required=False
    )
    position = forms.IntegerField(label=gettext_lazy("Place"), min_value=1, max_value=99, required=False)
    help = TypedText(
        label=gettext_lazy("When to choose it"),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2_000,
        required=False,
        strip=False,
    )
    examples = TypedText(
        label=gettext_lazy("Examples"),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=5_000,
        required=False,
        strip=False,
    )
    needs_text = forms.BooleanField(label=gettext_lazy("Asks for words beside it"), required=False)
    dropped = forms.BooleanField(label=gettext_lazy("Leave this pattern out"), required=False)

    @property
    def blank(self) -> bool:
        return not any(self[name].value() for name in _TYPED)

    def clean(self) -> dict[str, Any]:
        row = self.cleaned_data
        if self.blank or row.get("dropped"):
            return row
        if not row.get("name") and not self.has_error("name"):
            self.add_error("name", _("Give this pattern a name, or tick “Leave this pattern out”."))
        if not row.get("hotkey") and not self.has_error("hotkey"):
            self.add_error("hotkey", self.fields["hotkey"].error_messages["required"])
        return row


class CodebookForm(forms.Form):
    """The guideline; `base` is the id of the codebook version that was edited."""

    base = forms.IntegerField(
        widget=forms.HiddenInput,
        min_value=0,
        max_value=2**63 - 1,
        error_messages=dict.fromkeys(
            ("required", "invalid"), gettext_lazy("This page is damaged or too old; load it again.")
        ),
    )
    guideline = TypedText(
        label=gettext_lazy("Guideline, in Markdown"),
        widget=forms.Textarea(attrs={"rows": 14}),
        max_length=100_000,
        required=False,
        strip=False,
    )


PatternForms = formset_factory(PatternForm, extra=0, max_num=len(_DIGITS), absolute_max=len(_DIGITS))


def initial_forms(codebook: Codebook) -> tuple[CodebookForm, BaseFormSet[PatternForm]]:
    """The forms as they open.

    There are always as many rows as there can be patterns, so that rows typed on top of one version exist on top of
    every other.
    """
    patterns = list(codebook.patterns.order_by("position"))
    rows: list[dict[str, Any]] = [
        {name: getattr(row, name) for name in _FIELDS} | {"was": row.slug} for row in patterns
    ]
    rows += [{"hotkey": digit} for digit in _DIGITS if digit not in {row.hotkey for row in patterns}]
    initial = [{**row, "position": number} for number, row in enumerate(rows, start=1)]
    form = CodebookForm(initial={"base": codebook.pk, "guideline": codebook.guideline})
    return form, PatternForms(initial=initial, prefix="pattern")


def spare_rows(patterns: BaseFormSet[PatternForm]) -> list[PatternForm]:
    """The blank rows to hide: all but the first, which is enough to add a pattern."""
    return [row for row in patterns if row.blank and not row.errors][1:]


def codebook_content(
    form: CodebookForm, patterns: BaseFormSet[PatternForm], known: Mapping[str, str]
) -> dict[str, Any]:
    """The content of valid forms as `codebook_load` takes it, with the patterns sorted by position.

    `known` is slug -> name of the patterns of every version.
    """
    kept = [
        {**row.cleaned_data, "number": number}
        for number, row in enumerate(patterns, start=1)
        if row.cleaned_data["name"] and not row.cleaned_data["dropped"]
    ]
    kept.sort(key=lambda row: row["position"] or 99)
    taken = {row["slug"] for row in kept}
    for row in kept:
        row["slug"] = row["slug"] or _short_name(row, taken, known)
        taken.add(row["slug"])
    return {
        "guideline": form.cleaned_data["guideline"],
        "patterns": [{name: row[name] for name in _FIELDS} for row in kept],
    }


def _short_name(row: Mapping[str, Any], taken: set[str], known: Mapping[str, str]) -> str:
    """The short name made from the name. A name without Latin letters, such as a Chinese one, gets a number: the one
    that a pattern of this name had in another version, or one that no pattern of any version has."""
    slug = slugify(row["name"])[:_MAX_SLUG]
    earlier = (slug for slug, name in known.items() if name == row["name"] and slug not in taken)
    free = (slug for slug in _numbered(row["number"]) if slug not in {*taken, *known})
    return slug or next(earlier, "") or next(free)


def _numbered(first: int) -> Iterator[str]:
    return (f"pattern-{number}" for number in count(first))


def first_error(form: CodebookForm, patterns: BaseFormSet[PatternForm]) -> str:
    """The first error of invalid forms, as one sentence with the number of the pattern on screen."""
    if form.errors:
        return first_problem(form)
    for number, row in enumerate(patterns, start=1):
        if row.errors:
            field = next(iter(row.errors))
            name = row.fields[field].label if field in row.fields else ""
            return _("Pattern %(number)d, %(field)s: %(problem)s") % {
                "number": number,
                "field": name,
                "problem": first_problem(row),
            }
    return str(patterns.non_form_errors()[0]) if patterns.non_form_errors() else _("Load this page again.")

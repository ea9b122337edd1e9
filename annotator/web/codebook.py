"""The codebook editor for a study's leads: guideline and patterns, a preview, and what each version changed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.forms import BaseFormSet, formset_factory
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from annotator import access
from annotator.studies import services
from annotator.studies.codebook_versions import codebook_versions
from annotator.studies.errors import StaleCodebook, StudyError
from annotator.studies.models import Codebook, Study
from annotator.web.doors import SignedInRequest, leads_fill_in
from annotator.web.judgement import first_problem
from annotator.web.markdown import markdown

_MOST_PATTERNS = 9  # each has a digit as its key
_FIELDS = ("name", "slug", "hotkey", "help", "examples", "needs_text")


class PatternForm(forms.Form):
    """One failure pattern. A row without a name is no pattern."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80, required=False)
    slug = forms.CharField(
        label=gettext_lazy("Short name"),
        max_length=64,
        required=False,
        help_text=gettext_lazy("Stands in exports. Left empty, it is made from the name."),
    )
    hotkey = forms.ChoiceField(
        label=pgettext_lazy("keyboard", "Key"), choices=[(digit, digit) for digit in "123456789"], required=False
    )
    position = forms.IntegerField(label=gettext_lazy("Place"), min_value=1, max_value=99, required=False)
    help = forms.CharField(
        label=gettext_lazy("When to choose it"),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2_000,
        required=False,
        strip=False,
    )
    examples = forms.CharField(
        label=gettext_lazy("Examples"),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=5_000,
        required=False,
        strip=False,
    )
    needs_text = forms.BooleanField(label=gettext_lazy("Asks for words beside it"), required=False)
    dropped = forms.BooleanField(label=gettext_lazy("Leave this pattern out"), required=False)


class CodebookForm(forms.Form):
    """The guideline, and the version on which the edit stands."""

    base = forms.IntegerField(
        widget=forms.HiddenInput,
        min_value=0,
        max_value=2**63 - 1,
        error_messages=dict.fromkeys(
            ("required", "invalid"), gettext_lazy("This page is damaged or too old; load it again.")
        ),
    )
    guideline = forms.CharField(
        label=gettext_lazy("Guideline, in Markdown"),
        widget=forms.Textarea(attrs={"rows": 14}),
        max_length=100_000,
        required=False,
        strip=False,
    )


PatternForms = formset_factory(PatternForm, extra=0, max_num=_MOST_PATTERNS, absolute_max=_MOST_PATTERNS)


@leads_fill_in
def codebook_editor(request: SignedInRequest, slug: str) -> HttpResponse:
    """Shows the study's codebook; saving gives the study the next version, a preview shows it and saves nothing."""
    study = access.study_led_by(request.user, slug)
    if request.method != "POST":
        return _page(request, study, *_filled_in(study.codebook))
    form, patterns = CodebookForm(request.POST), PatternForms(request.POST, prefix="pattern")
    if not form.is_valid() or not patterns.is_valid():
        return _page(request, study, form, patterns, refusal=_problem(form, patterns), status=422)
    if "preview" in request.POST:
        return _page(request, study, form, patterns)
    return _save(request, study, form, patterns)


def _save(
    request: SignedInRequest, study: Study, form: CodebookForm, patterns: BaseFormSet[PatternForm]
) -> HttpResponse:
    content = {"guideline": _lines(form.cleaned_data["guideline"]), "patterns": _patterns(patterns)}
    try:
        codebook = services.codebook_edit(study=study, base_id=form.cleaned_data["base"], content=content)
    except StaleCodebook as error:
        # What was typed stays, on top of the version that the page now shows.
        study.refresh_from_db()
        form.data = {**request.POST.dict(), "base": str(study.codebook_id)}
        return _page(request, study, form, patterns, refusal=str(error), status=409)
    except StudyError as error:
        return _page(request, study, form, patterns, refusal=str(error), status=422)
    if codebook.pk == form.cleaned_data["base"]:
        messages.info(request, _("Nothing is different; it is still version %d.") % codebook.version)
    else:
        messages.success(request, _("Saved. From now on people judge by version %d.") % codebook.version)
    return redirect("codebook", study.slug)


def _filled_in(codebook: Codebook) -> tuple[CodebookForm, BaseFormSet[PatternForm]]:
    rows = list(codebook.patterns.order_by("position"))
    initial: list[dict[str, Any]] = [
        {**{name: getattr(row, name) for name in _FIELDS}, "position": place} for place, row in enumerate(rows, start=1)
    ]
    if len(rows) < _MOST_PATTERNS:
        free = next(digit for digit in "123456789" if digit not in {row.hotkey for row in rows})
        initial.append({"hotkey": free, "position": len(rows) + 1})
    form = CodebookForm(initial={"base": codebook.pk, "guideline": codebook.guideline})
    return form, PatternForms(initial=initial, prefix="pattern")


def _patterns(forms_: BaseFormSet[PatternForm]) -> list[dict[str, Any]]:
    """The rows that are patterns, in the order of their places."""
    kept = [row.cleaned_data for row in forms_ if row.cleaned_data.get("name") and not row.cleaned_data["dropped"]]
    kept.sort(key=lambda row: row["position"] or 99)
    return [
        {
            **{name: row[name] for name in _FIELDS},
            "slug": row["slug"] or slugify(row["name"]),
            "help": _lines(row["help"]),
            "examples": _lines(row["examples"]),
        }
        for row in kept
    ]


def _lines(text: str) -> str:
    """Browsers send CRLF, whatever the text had: content that is the same must stay the same."""
    return text.replace("\r\n", "\n")


def _problem(form: CodebookForm, patterns: BaseFormSet[PatternForm]) -> str:
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


def _page(
    request: SignedInRequest,
    study: Study,
    form: CodebookForm,
    patterns: BaseFormSet[PatternForm],
    *,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    typed = form.data.get("guideline") if form.is_bound else form.initial["guideline"]
    context = {
        "study": study,
        "form": form,
        "patterns": patterns,
        "preview": markdown(typed or ""),
        "previewing": "preview" in request.POST,
        "versions": codebook_versions(study),
        "refusal": refusal,
    }
    return render(request, "study/codebook.html", context, status=status)

"""The skipped cases of a study, for its leads: who skipped and why; hands a case out again."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext

from annotator import access
from annotator.studies import services
from annotator.studies.errors import StudyError
from annotator.studies.selectors.skipped_cases import cases_with_skips, skipped_cases, stranded_cases
from annotator.web.decorators import SignedInRequest, lead_page, lead_post_page
from annotator.web.paging import page_by


@lead_page
def skips_page(request: SignedInRequest, slug: str) -> HttpResponse:
    """Skipped cases that are not fully judged; `?only=stranded` those that nobody is left for."""
    study = access.study_led_by(request.user, slug)
    stranded = stranded_cases(study)
    only = request.GET.get("only") == "stranded"
    page = page_by(request, stranded if only else cases_with_skips(study), "pk")
    context = {
        "study": study,
        "only": only,
        "page": page,
        "rows": skipped_cases(study, page.rows),
        "stranded": stranded.count(),
    }
    return render(request, "skips.html", context)


@lead_post_page
def case_hand_out(request: SignedInRequest, slug: str, case_id: int) -> HttpResponse:
    case = access.case_led_by(request.user, slug, case_id)
    try:
        n = services.case_hand_out_again(case=case, author=request.user, note=request.POST.get("note", ""))
    except StudyError as error:
        messages.error(request, str(error))
    else:
        sentence = ngettext(
            "Case %(case)d waits again in the queue of %(n)d annotator who skipped it.",
            "Case %(case)d waits again in the queues of %(n)d annotators who skipped it.",
            n,
        )
        messages.success(request, sentence % {"case": case.pk, "n": n})
    return redirect("skips", slug)

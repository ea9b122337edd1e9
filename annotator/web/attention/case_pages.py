"""The attention page of one case, for the readers and leads of its study.

It says whose answer is whose, so that no annotator may see it."""

from django.http import HttpResponse
from django.shortcuts import render

from annotator import access
from annotator.web.attention.case_screen import MEASURES, layers_of, place_of, traced_answer
from annotator.web.attention.charts import step_chart
from annotator.web.decorators import SignedInRequest, page
from annotator.web.labels import role_name


@page
def case_attention_page(request: SignedInRequest, slug: str, case_id: int) -> HttpResponse:
    """Both answers at `?layer=` by `?measure=`; what is unknown there means the middle layer and the weight."""
    case = access.case_to_read(request.user, slug, case_id)
    layers = layers_of(case)["layers"]
    typed = request.GET.get("layer", "")
    layer = int(typed) if typed.isdecimal() and len(typed) < 6 else None
    layer = layers[place_of(layers, layer)] if layers else None
    measure = request.GET.get("measure", "")
    measure = measure if measure in MEASURES else MEASURES[0]
    answers = [
        traced_answer(role, generation, case.prompt.text, layer, measure)
        for role, generation in ((case.study.first_role, case.first), (case.study.second_role, case.second))
    ]
    context = {
        "study": case.study,
        "case": case,
        "layers": layers,
        "layer": layer,
        "measure": measure,
        "measures": MEASURES,
        "answers": answers,
        "chart": step_chart([(role_name(answer.role), answer.steps) for answer in answers]),
    }
    return render(request, "case_attention.html", context)

"""Routes of version 1 of the API. Views open every object through `annotator.access`."""

from django.urls import URLPattern, URLResolver, path

from annotator.api import adjudication, datasets, documentation, exports, prompt_sets, runs, studies, tokens, verify

urlpatterns: list[URLPattern | URLResolver] = [
    path("token/", tokens.TokenView.as_view(), name="api-token"),
    path("schema/", documentation.SchemaView.as_view(), name="api-schema"),
    path("docs/", documentation.documentation, name="api-docs"),
    path("datasets/", datasets.DatasetList.as_view(), name="api-datasets"),
    path("datasets/<str:name>/<int:version>/prompts/", datasets.PromptList.as_view(), name="api-prompts"),
    path("language-models/", runs.LanguageModelList.as_view(), name="api-language-models"),
    path("runs/", runs.RunList.as_view(), name="api-runs"),
    path("runs/<int:run_id>/generations/", runs.GenerationList.as_view(), name="api-generations"),
    path("studies/", studies.StudyList.as_view(), name="api-studies"),
    path("studies/<str:slug>/close/", studies.CloseView.as_view(), name="api-study-close"),
    path("studies/<str:slug>/reopen/", studies.ReopenView.as_view(), name="api-study-reopen"),
    path("studies/<str:slug>/cases/", studies.CaseList.as_view(), name="api-cases"),
    path("studies/<str:slug>/progress/", studies.ProgressView.as_view(), name="api-progress"),
    path("studies/<str:slug>/annotations/", studies.MyAnnotationList.as_view(), name="api-my-annotations"),
    path("studies/<str:slug>/annotations.jsonl", studies.AnnotationLines.as_view(), name="api-annotation-lines"),
    path("studies/<str:slug>/undecided/", adjudication.UndecidedList.as_view(), name="api-undecided"),
    path(
        "studies/<str:slug>/cases/<int:case_id>/adjudication/",
        adjudication.AdjudicationView.as_view(),
        name="api-adjudication",
    ),
    path("studies/<str:slug>/prompt-sets/", prompt_sets.PromptSetList.as_view(), name="api-prompt-sets"),
    path(
        "studies/<str:slug>/prompt-sets/<str:name>/v<int:version>/",
        prompt_sets.PromptSetView.as_view(),
        name="api-prompt-set",
    ),
    path(
        "studies/<str:slug>/prompt-sets/<str:name>/v<int:version>/export/",
        exports.PromptSetExport.as_view(),
        name="api-prompt-set-export",
    ),
    path(
        "studies/<str:slug>/prompt-sets/<str:name>/v<int:version>/runs/",
        prompt_sets.PromptSetRuns.as_view(),
        name="api-prompt-set-runs",
    ),
    path("studies/<str:slug>/pairs.jsonl", exports.PairsExport.as_view(), name="api-pairs"),
    path("verify", verify.VerifyView.as_view(), name="api-verify"),
    # A redirect to a route with a slash would lose the body of a POST.
    path("verify/", verify.VerifyView.as_view(schema=None)),
]

"""Routes of version 1 of the API. Views open every object through `annotator.access`."""

from django.urls import URLPattern, URLResolver, path

from annotator.api import (
    adjudication,
    curation,
    datasets,
    documentation,
    exemplars,
    exports,
    prompt_sets,
    repairs,
    routing,
    runs,
    studies,
    tokens,
    verify,
)

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
    path("studies/<str:slug>/annotations.jsonl", exports.AnnotationLines.as_view(), name="api-annotation-lines"),
    path("studies/<str:slug>/annotations.csv", exports.AnnotationTable.as_view(), name="api-annotation-table"),
    path("studies/<str:slug>/undecided/", adjudication.UndecidedList.as_view(), name="api-undecided"),
    path(
        "studies/<str:slug>/cases/<int:case_id>/adjudication/",
        adjudication.AdjudicationView.as_view(),
        name="api-adjudication",
    ),
    path("studies/<str:slug>/proposals/", curation.ProposalList.as_view(), name="api-proposals"),
    path("studies/<str:slug>/candidates/", curation.CandidateList.as_view(), name="api-candidates"),
    path(
        "studies/<str:slug>/candidates/<int:candidate_id>/",
        curation.CandidateView.as_view(),
        name="api-candidate",
    ),
    path(
        "studies/<str:slug>/candidates/<int:candidate_id>/reject/",
        curation.RejectionView.as_view(),
        name="api-candidate-reject",
    ),
    path(
        "studies/<str:slug>/candidates/<int:candidate_id>/reopen/",
        curation.ReopeningView.as_view(),
        name="api-candidate-reopen",
    ),
    path("studies/<str:slug>/candidates/<int:candidate_id>/repairs/", repairs.RepairList.as_view(), name="api-repairs"),
    path(
        "studies/<str:slug>/candidates/<int:candidate_id>/mechanical/",
        repairs.MechanicalView.as_view(),
        name="api-repair-mechanical",
    ),
    path(
        "studies/<str:slug>/candidates/<int:candidate_id>/requests/",
        repairs.RepairRequestList.as_view(),
        name="api-repair-requests",
    ),
    path(
        "studies/<str:slug>/repairs/<int:repair_id>/approve/", repairs.ApprovalView.as_view(), name="api-repair-approve"
    ),
    path("studies/<str:slug>/exemplars/", exemplars.ExemplarList.as_view(), name="api-exemplars"),
    path("exemplars/<int:exemplar_id>/withdraw/", exemplars.WithdrawalView.as_view(), name="api-exemplar-withdraw"),
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
    path("routers/", routing.RouterList.as_view(), name="api-routers"),
    path("route", routing.RouteView.as_view(), name="api-route"),
    path("verify", verify.VerifyView.as_view(), name="api-verify"),
    # A redirect to a route with a slash would lose the body of a POST.
    path("route/", routing.RouteView.as_view(schema=None)),
    path("verify/", verify.VerifyView.as_view(schema=None)),
]

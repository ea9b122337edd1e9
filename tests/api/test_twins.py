"""Every change that a screen makes can be made over REST, but for those that belong to a browser."""

from tests.permission_matrix import API, WEB

TWINS = {
    "account/tokens/": "POST token/",
    "account/tokens/<uuid:token>/revoke/": "POST tokens/<uuid:token>/revoke/",
    "account/logout/": "POST account/logout/",
    "people/<int:user_id>/close/": "POST people/<int:user_id>/close/",
    "studies/<str:slug>/members/<int:member_id>/own/": "POST studies/<str:slug>/members/<int:member_id>/own/",
    "people/<int:user_id>/open/": "POST people/<int:user_id>/open/",
    "people/<int:user_id>/tokens/<uuid:token>/revoke/": "POST people/<int:user_id>/tokens/<uuid:token>/revoke/",
    "studies/new/": "POST studies/",
    "studies/<str:slug>/close/": "POST studies/<str:slug>/close/",
    "studies/<str:slug>/reopen/": "POST studies/<str:slug>/reopen/",
    "studies/<str:slug>/archive/": "POST studies/<str:slug>/archive/",
    "studies/<str:slug>/restore/": "POST studies/<str:slug>/restore/",
    "studies/<str:slug>/delete/": "POST studies/<str:slug>/delete/",
    "studies/<str:slug>/add-prompts/": "POST studies/<str:slug>/add-prompts/",
    "studies/<str:slug>/verdicts/": "PATCH studies/<str:slug>/",
    "studies/<str:slug>/next/": "POST studies/<str:slug>/next/",
    "studies/<str:slug>/adjudicate/next/": "POST studies/<str:slug>/undecided/next/",
    "studies/<str:slug>/adjudicate/<int:case_id>/decide/": "POST studies/<str:slug>/cases/<int:case_id>/adjudication/",
    "studies/<str:slug>/adjudicate/<int:case_id>/draft/": (
        "POST studies/<str:slug>/cases/<int:case_id>/adjudication/draft/"
    ),
    "studies/<str:slug>/adjudicate/<int:case_id>/renew/": (
        "POST studies/<str:slug>/cases/<int:case_id>/adjudication/renew/"
    ),
    "studies/<str:slug>/adjudicate/<int:case_id>/leave/": (
        "POST studies/<str:slug>/cases/<int:case_id>/adjudication/leave/"
    ),
    "studies/<str:slug>/flags/<int:flag_id>/settle/": "POST studies/<str:slug>/flags/<int:flag_id>/settle/",
    "studies/<str:slug>/flags/<int:flag_id>/answer/": "POST studies/<str:slug>/flags/<int:flag_id>/answer/",
    "studies/<str:slug>/adjudicate/<int:case_id>/rework/": "POST studies/<str:slug>/cases/<int:case_id>/rework/",
    "studies/<str:slug>/reworks/<int:rework_id>/withdraw/": "POST studies/<str:slug>/reworks/<int:rework_id>/withdraw/",
    "studies/<str:slug>/snapshots/new/": "POST studies/<str:slug>/snapshots/",
    "studies/<str:slug>/webhooks/new/": "POST studies/<str:slug>/webhooks/",
    "studies/<str:slug>/webhooks/<int:webhook_id>/test/": "POST studies/<str:slug>/webhooks/<int:webhook_id>/test/",
    "studies/<str:slug>/webhooks/<int:webhook_id>/disable/": (
        "POST studies/<str:slug>/webhooks/<int:webhook_id>/disable/"
    ),
    "studies/<str:slug>/webhooks/<int:webhook_id>/enable/": "POST studies/<str:slug>/webhooks/<int:webhook_id>/enable/",
    "studies/<str:slug>/webhooks/<int:webhook_id>/secret/": "POST studies/<str:slug>/webhooks/<int:webhook_id>/secret/",
    "studies/<str:slug>/webhooks/<int:webhook_id>/remove/": "POST studies/<str:slug>/webhooks/<int:webhook_id>/remove/",
    "studies/<str:slug>/webhooks/<int:webhook_id>/deliveries/<int:delivery_id>/again/": (
        "POST studies/<str:slug>/webhooks/<int:webhook_id>/deliveries/<int:delivery_id>/again/"
    ),
    "studies/<str:slug>/cases/<int:case_id>/hand-out/": "POST studies/<str:slug>/cases/<int:case_id>/hand-out/",
    "studies/<str:slug>/attention/trace/": "POST studies/<str:slug>/attention/traces/",
    "studies/<str:slug>/cases/<int:case_id>/practice/": "POST studies/<str:slug>/cases/<int:case_id>/practice/",
    "studies/<str:slug>/cases/<int:case_id>/check/": "POST studies/<str:slug>/cases/<int:case_id>/check/",
    "studies/<str:slug>/prompt-sets/new/": "POST studies/<str:slug>/prompt-sets/",
    "studies/<str:slug>/prompt-sets/<str:name>/v<int:version>/members/": (
        "PATCH studies/<str:slug>/prompt-sets/<str:name>/v<int:version>/"
    ),
    "studies/<str:slug>/prompt-sets/<str:name>/v<int:version>/settings/": (
        "PATCH studies/<str:slug>/prompt-sets/<str:name>/v<int:version>/"
    ),
    "studies/<str:slug>/prompt-sets/<str:name>/v<int:version>/copy/": (
        "POST studies/<str:slug>/prompt-sets/<str:name>/v<int:version>/copy/"
    ),
    "studies/<str:slug>/prompt-sets/<str:name>/v<int:version>/start/": (
        "POST studies/<str:slug>/prompt-sets/<str:name>/v<int:version>/runs/"
    ),
    "studies/<str:slug>/codebook/": "PUT studies/<str:slug>/codebook/",
    "studies/<str:slug>/members/": "POST studies/<str:slug>/members/",
    "studies/<str:slug>/members/<int:member_id>/role/": "POST studies/<str:slug>/members/",
    "studies/<str:slug>/members/<int:member_id>/deactivate/": (
        "POST studies/<str:slug>/members/<int:member_id>/deactivate/"
    ),
    "studies/<str:slug>/members/<int:member_id>/reactivate/": (
        "POST studies/<str:slug>/members/<int:member_id>/reactivate/"
    ),
    "studies/<str:slug>/members/<int:member_id>/tokens/<uuid:token>/revoke/": (
        "POST studies/<str:slug>/members/<int:member_id>/tokens/<uuid:token>/revoke/"
    ),
    "studies/<str:slug>/cases/<int:case_id>/repair/": "POST studies/<str:slug>/candidates/",
    "studies/<str:slug>/repairs/send/": "POST studies/<str:slug>/candidates/",
    "studies/<str:slug>/repairs/<int:candidate_id>/draft/": (
        "POST studies/<str:slug>/candidates/<int:candidate_id>/draft/"
    ),
    "studies/<str:slug>/repairs/<int:candidate_id>/mechanical/": (
        "POST studies/<str:slug>/candidates/<int:candidate_id>/mechanical/"
    ),
    "studies/<str:slug>/repairs/<int:candidate_id>/request/": (
        "POST studies/<str:slug>/candidates/<int:candidate_id>/requests/"
    ),
    "studies/<str:slug>/repairs/<int:candidate_id>/keep/": (
        "POST studies/<str:slug>/candidates/<int:candidate_id>/repairs/"
    ),
    "studies/<str:slug>/repairs/<int:candidate_id>/approve/": (
        "POST studies/<str:slug>/repairs/<int:repair_id>/approve/"
    ),
    "studies/<str:slug>/repairs/<int:candidate_id>/reject/": (
        "POST studies/<str:slug>/candidates/<int:candidate_id>/reject/"
    ),
    "studies/<str:slug>/repairs/<int:candidate_id>/reopen/": (
        "POST studies/<str:slug>/candidates/<int:candidate_id>/reopen/"
    ),
    "studies/<str:slug>/exemplars/<int:exemplar_id>/withdraw/": "POST exemplars/<int:exemplar_id>/withdraw/",
    "cases/<int:case_id>/choose/": "POST cases/<int:case_id>/choose/",
    "cases/<int:case_id>/submit/": "POST cases/<int:case_id>/annotation/",
    "cases/<int:case_id>/skip/": "POST cases/<int:case_id>/skip/",
    "cases/<int:case_id>/unskip/": "POST cases/<int:case_id>/unskip/",
    "cases/<int:case_id>/flag/": "POST cases/<int:case_id>/flag/",
    "cases/<int:case_id>/flag/reply/": "POST cases/<int:case_id>/flag/reply/",
    "cases/<int:case_id>/flag/read/": "POST cases/<int:case_id>/flag/read/",
    "cases/<int:case_id>/draft/": "POST cases/<int:case_id>/draft/",
    "cases/<int:case_id>/renew/": "POST cases/<int:case_id>/renew/",
    "runs/new/": "POST runs/",
    "runs/import/<str:upload>/": "POST runs/import/",
    "runs/<int:pk>/budget/": "POST runs/<int:run_id>/budget/",
    "runs/<int:pk>/pause/": "POST runs/<int:run_id>/pause/",
    "runs/<int:pk>/cancel/": "POST runs/<int:run_id>/cancel/",
    "runs/<int:pk>/resume/": "POST runs/<int:run_id>/resume/",
    "runs/<int:pk>/archive/": "POST runs/<int:run_id>/archive/",
    "runs/<int:pk>/restore/": "POST runs/<int:run_id>/restore/",
    "runs/<int:pk>/delete/": "POST runs/<int:run_id>/delete/",
    "routers/": "POST routers/",
    "models/add/": "POST language-models/",
    "datasets/<str:name>/<int:version>/prompts/<int:position>/spans/": (
        "PUT datasets/<str:name>/<int:version>/prompts/<int:position>/spans/"
    ),
    "datasets/<str:name>/<int:version>/archive/": "POST datasets/<str:name>/<int:version>/archive/",
    "datasets/<str:name>/<int:version>/restore/": "POST datasets/<str:name>/<int:version>/restore/",
    "datasets/<str:name>/<int:version>/delete/": "POST datasets/<str:name>/<int:version>/delete/",
}
"""Route of a screen -> the route that does the same over REST."""
OF_BROWSERS = {
    "login/": "a session begins with it; a program gets a token",
    "logout/": "it ends the session of a browser",
    "language/": "a browser keeps its language; a program sends Accept-Language",
    "people/<int:user_id>/forget/": "it asks for the name to be typed, since nothing brings the person back",
    "account/password/": "it asks for the password now, and a token must not be enough to take over an account",
    "studies/<str:slug>/prefetch/": "a page renders the next case early; a program asks for it when it is due",
    "runs/import/": "the file is kept for a preview first; over REST it is imported at once",
    "studies/<str:slug>/repairs/<int:candidate_id>/check/": "it stores nothing; a program posts to verify",
    "studies/<str:slug>/repairs/<int:candidate_id>/edit/": "it stores nothing; it changes what is typed on the page",
}
"""Route of a screen -> why it has no twin."""


def test_every_change_on_a_screen_has_its_route_over_rest_or_a_reason_why_not():
    changes = {route for verb, route in WEB if verb == "POST"}
    assert changes == {*TWINS, *OF_BROWSERS}
    assert not {*TWINS} & {*OF_BROWSERS}


def test_every_twin_exists():
    routes = {f"{verb} {route.removeprefix('api/v1/')}" for verb, route in API}
    assert {*TWINS.values()} <= routes

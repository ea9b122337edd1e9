"""The addresses of the screens. What writes is POST only; see `decorators`."""

from django.conf import settings
from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, URLResolver, path
from django.views.i18n import set_language

from annotator.web import metrics
from annotator.web.account import account, home, login, people
from annotator.web.adjudication import flags, history, reworks
from annotator.web.adjudication import pages as adjudication
from annotator.web.attention import case_pages as case_attention
from annotator.web.attention import pages as attention
from annotator.web.case import own_cases
from annotator.web.case import pages as cases
from annotator.web.case import views as case_views
from annotator.web.curation import acts, attempts, editor, exemplars, picking
from annotator.web.lead import (
    added_prompts,
    agreement,
    case_list,
    checks,
    codebook,
    dashboard,
    events,
    lifecycle,
    members,
    practice,
    routers,
    skips,
    snapshots,
    studies,
    webhooks,
)
from annotator.web.results import downloads
from annotator.web.results import pages as results
from annotator.web.runs import datasets, imports, language_models, spans, workers
from annotator.web.runs import pages as runs
from annotator.web.sets import acts as set_acts
from annotator.web.sets import comparison
from annotator.web.sets import pages as sets

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("login/", login.LoginPage.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("account/", account.account_page, name="account"),
    path("account/password/", account.password_change, name="account-password"),
    path("account/tokens/", account.token_new, name="account-tokens"),
    path("account/tokens/<uuid:token>/revoke/", account.token_revoke, name="account-token-revoke"),
    path("account/logout/", account.logout_everywhere, name="account-logout"),
    path("people/", people.people_page, name="people"),
    path("people/<int:user_id>/", people.person_page, name="person"),
    path("people/<int:user_id>/close/", people.account_close, name="account-close"),
    path("people/<int:user_id>/forget/", people.account_forget, name="account-forget"),
    path("people/<int:user_id>/open/", people.account_open, name="account-open"),
    path("people/<int:user_id>/tokens/<uuid:token>/revoke/", people.account_token_revoke, name="person-token-revoke"),
    path("events/", events.site_events, name="site-events"),
    path("events.<str:form>", events.site_events_file, name="site-events-file"),
    path("language/", set_language, name="language"),
    path("studies/new/", studies.study_new, name="study-new"),
    path("studies/<str:slug>/", studies.study_page, name="study"),
    path("studies/<str:slug>/close/", studies.study_close, name="study-close"),
    path("studies/<str:slug>/reopen/", studies.study_reopen, name="study-reopen"),
    path("studies/<str:slug>/archive/", lifecycle.study_to_archive, name="study-archive"),
    path("studies/<str:slug>/restore/", lifecycle.study_from_archive, name="study-restore"),
    path("studies/<str:slug>/delete/", lifecycle.study_deletion_page, name="study-delete"),
    path("studies/<str:slug>/add-prompts/", added_prompts.study_new_prompts, name="study-add-prompts"),
    path("studies/<str:slug>/verdicts/", studies.study_show_verdicts, name="study-verdicts"),
    path("studies/<str:slug>/next/", cases.next_case, name="study-next"),
    path("studies/<str:slug>/prefetch/", cases.prefetch_next_case, name="study-prefetch"),
    path("studies/<str:slug>/queue/", own_cases.study_queue, name="study-queue"),
    path("studies/<str:slug>/mine/", own_cases.own_cases, name="own-cases"),
    path("studies/<str:slug>/adjudicate/", adjudication.adjudication_queue, name="adjudication"),
    path("studies/<str:slug>/adjudicate/next/", adjudication.adjudication_next, name="adjudication-next"),
    path("studies/<str:slug>/adjudicate/<int:case_id>/", adjudication.adjudication_page, name="adjudication-case"),
    path(
        "studies/<str:slug>/adjudicate/<int:case_id>/decide/",
        adjudication.adjudication_decide,
        name="adjudication-decide",
    ),
    path(
        "studies/<str:slug>/adjudicate/<int:case_id>/draft/", adjudication.adjudication_draft, name="adjudication-draft"
    ),
    path(
        "studies/<str:slug>/adjudicate/<int:case_id>/renew/", adjudication.adjudication_renew, name="adjudication-renew"
    ),
    path(
        "studies/<str:slug>/adjudicate/<int:case_id>/leave/", adjudication.adjudication_leave, name="adjudication-leave"
    ),
    path("studies/<str:slug>/adjudicate/<int:case_id>/rework/", reworks.rework_request, name="rework-request"),
    path("studies/<str:slug>/reworks/<int:rework_id>/withdraw/", reworks.rework_withdraw, name="rework-withdraw"),
    path("studies/<str:slug>/flags/<int:flag_id>/settle/", flags.flag_settle, name="flag-settle"),
    path("studies/<str:slug>/flags/<int:flag_id>/answer/", flags.flag_answer, name="flag-answer"),
    path("studies/<str:slug>/skips/", skips.skips_page, name="skips"),
    path("studies/<str:slug>/snapshots/", snapshots.snapshots_page, name="snapshots"),
    path("studies/<str:slug>/snapshots/progress/", snapshots.snapshots_progress, name="snapshots-progress"),
    path("studies/<str:slug>/snapshots/new/", snapshots.snapshot_new, name="snapshot-new"),
    path("studies/<str:slug>/snapshots/<int:number>.zip", snapshots.snapshot_archive, name="snapshot-archive"),
    path("studies/<str:slug>/snapshots/<int:number>/<str:file>", snapshots.snapshot_file, name="snapshot-file"),
    path("studies/<str:slug>/webhooks/", webhooks.webhooks_page, name="webhooks"),
    path("studies/<str:slug>/webhooks/new/", webhooks.webhook_new, name="webhook-new"),
    path("studies/<str:slug>/webhooks/<int:webhook_id>/", webhooks.webhook_page, name="webhook"),
    path("studies/<str:slug>/webhooks/<int:webhook_id>/test/", webhooks.webhook_test, name="webhook-test"),
    path("studies/<str:slug>/webhooks/<int:webhook_id>/disable/", webhooks.webhook_off, name="webhook-disable"),
    path("studies/<str:slug>/webhooks/<int:webhook_id>/enable/", webhooks.webhook_on, name="webhook-enable"),
    path("studies/<str:slug>/webhooks/<int:webhook_id>/secret/", webhooks.webhook_secret, name="webhook-secret"),
    path("studies/<str:slug>/webhooks/<int:webhook_id>/remove/", webhooks.webhook_removal, name="webhook-remove"),
    path(
        "studies/<str:slug>/webhooks/<int:webhook_id>/deliveries/<int:delivery_id>/again/",
        webhooks.delivery_again,
        name="delivery-again",
    ),
    path("studies/<str:slug>/cases/<int:case_id>/hand-out/", skips.case_hand_out, name="case-hand-out"),
    path("studies/<str:slug>/cases/<int:case_id>/history/", history.case_history_page, name="case-history"),
    path("studies/<str:slug>/agreement/", agreement.agreement_page, name="agreement"),
    path("studies/<str:slug>/agreement/numbers/", agreement.agreement_numbers, name="agreement-numbers"),
    path("studies/<str:slug>/agreement/kinds/", agreement.agreement_kinds, name="agreement-kinds"),
    path("studies/<str:slug>/agreement/pairs/", agreement.agreement_pairs, name="agreement-pairs"),
    path("studies/<str:slug>/results/", results.results_page, name="results"),
    path("studies/<str:slug>/results/numbers/", results.results_numbers, name="results-numbers"),
    path("studies/<str:slug>/results/report.<str:form>", downloads.results_report, name="results-report"),
    path("studies/<str:slug>/results/tables/<str:table>.csv", downloads.results_table, name="results-table"),
    path("studies/<str:slug>/results/charts/<str:chart>.<str:form>", downloads.results_chart, name="results-chart"),
    path("studies/<str:slug>/attention/", attention.attention_page, name="study-attention"),
    path("studies/<str:slug>/attention/numbers/", attention.attention_numbers, name="study-attention-numbers"),
    path("studies/<str:slug>/attention/trace/", attention.attention_request, name="study-attention-request"),
    path(
        "studies/<str:slug>/cases/<int:case_id>/attention/", case_attention.case_attention_page, name="case-attention"
    ),
    path("studies/<str:slug>/dashboard/", dashboard.dashboard_page, name="dashboard"),
    path("studies/<str:slug>/dashboard/numbers/", dashboard.dashboard_numbers, name="dashboard-numbers"),
    path("studies/<str:slug>/cases/", case_list.case_list, name="study-cases"),
    path("studies/<str:slug>/cases/<int:case_id>/practice/", practice.practice_editor, name="practice"),
    path("studies/<str:slug>/cases/<int:case_id>/check/", checks.check_editor, name="check"),
    path("studies/<str:slug>/cases/<int:case_id>/repair/", acts.case_repair, name="case-repair"),
    path("studies/<str:slug>/repairs/", picking.repairs_page, name="repairs"),
    path("studies/<str:slug>/repairs/send/", acts.repairs_send, name="repairs-send"),
    path("studies/<str:slug>/repairs/<int:candidate_id>/", editor.repair_page, name="repair"),
    path("studies/<str:slug>/repairs/<int:candidate_id>/attempts/", editor.repair_attempts, name="repair-attempts"),
    path("studies/<str:slug>/repairs/<int:candidate_id>/check/", editor.repair_check, name="repair-check"),
    path("studies/<str:slug>/repairs/<int:candidate_id>/draft/", editor.repair_draft, name="repair-draft"),
    path("studies/<str:slug>/repairs/<int:candidate_id>/edit/", attempts.repair_edit, name="repair-edit"),
    path(
        "studies/<str:slug>/repairs/<int:candidate_id>/mechanical/",
        attempts.repair_mechanically,
        name="repair-mechanical",
    ),
    path("studies/<str:slug>/repairs/<int:candidate_id>/request/", attempts.repair_request, name="repair-request"),
    path("studies/<str:slug>/repairs/<int:candidate_id>/keep/", editor.repair_keep, name="repair-keep"),
    path("studies/<str:slug>/repairs/<int:candidate_id>/approve/", editor.repair_approve, name="repair-approve"),
    path("studies/<str:slug>/repairs/<int:candidate_id>/reject/", acts.repair_reject, name="repair-reject"),
    path("studies/<str:slug>/repairs/<int:candidate_id>/reopen/", acts.repair_reopen, name="repair-reopen"),
    path("studies/<str:slug>/exemplars/", exemplars.exemplars_page, name="exemplars"),
    path(
        "studies/<str:slug>/exemplars/<int:exemplar_id>/withdraw/",
        exemplars.exemplar_withdrawal,
        name="exemplar-withdraw",
    ),
    path("studies/<str:slug>/prompt-sets/", sets.prompt_set_list, name="prompt-sets"),
    path("studies/<str:slug>/prompt-sets/new/", sets.prompt_set_new, name="prompt-set-new"),
    path("studies/<str:slug>/prompt-sets/compare/", comparison.prompt_set_comparison, name="prompt-set-comparison"),
    path(
        "studies/<str:slug>/prompt-sets/compare/numbers/",
        comparison.prompt_set_comparison_numbers,
        name="prompt-set-comparison-numbers",
    ),
    path("studies/<str:slug>/prompt-sets/<str:name>/v<int:version>/", sets.prompt_set_page, name="prompt-set"),
    path(
        "studies/<str:slug>/prompt-sets/<str:name>/v<int:version>/members/",
        set_acts.prompt_set_members,
        name="prompt-set-members",
    ),
    path(
        "studies/<str:slug>/prompt-sets/<str:name>/v<int:version>/settings/",
        set_acts.prompt_set_settings,
        name="prompt-set-settings",
    ),
    path(
        "studies/<str:slug>/prompt-sets/<str:name>/v<int:version>/copy/",
        set_acts.prompt_set_copy,
        name="prompt-set-copy",
    ),
    path(
        "studies/<str:slug>/prompt-sets/<str:name>/v<int:version>/start/",
        set_acts.prompt_set_start,
        name="prompt-set-start",
    ),
    path("studies/<str:slug>/events/", events.study_events, name="study-events"),
    path("studies/<str:slug>/events.<str:form>", events.study_events_file, name="study-events-file"),
    path("studies/<str:slug>/codebook/", codebook.codebook_editor, name="codebook"),
    path("studies/<str:slug>/members/", members.member_add, name="study-members"),
    path("studies/<str:slug>/members/<int:member_id>/", members.member_page, name="member"),
    path("studies/<str:slug>/members/<int:member_id>/role/", members.member_role, name="member-role"),
    path("studies/<str:slug>/members/<int:member_id>/own/", members.member_own, name="member-own"),
    path("studies/<str:slug>/members/<int:member_id>/deactivate/", members.member_deactivate, name="member-deactivate"),
    path("studies/<str:slug>/members/<int:member_id>/reactivate/", members.member_reactivate, name="member-reactivate"),
    path(
        "studies/<str:slug>/members/<int:member_id>/tokens/<uuid:token>/revoke/",
        members.member_token_revoke,
        name="member-token-revoke",
    ),
    path("cases/<int:case_id>/", cases.case_page, name="case"),
    path("cases/<int:case_id>/diff/", case_views.case_difference, name="case-diff"),
    path("cases/<int:case_id>/markdown/", case_views.case_markdown, name="case-markdown"),
    path("cases/<int:case_id>/choose/", cases.case_choose, name="case-choose"),
    path("cases/<int:case_id>/submit/", cases.case_submit, name="case-submit"),
    path("cases/<int:case_id>/skip/", cases.case_skip, name="case-skip"),
    path("cases/<int:case_id>/unskip/", cases.case_unskip, name="case-unskip"),
    path("cases/<int:case_id>/previous/", own_cases.own_case_before, name="case-previous"),
    path("cases/<int:case_id>/following/", own_cases.own_case_after, name="case-following"),
    path("cases/<int:case_id>/flag/", cases.case_flag, name="case-flag"),
    path("cases/<int:case_id>/flag/reply/", cases.case_flag_reply, name="case-flag-reply"),
    path("cases/<int:case_id>/flag/read/", cases.case_flag_read, name="case-flag-read"),
    path("cases/<int:case_id>/draft/", cases.case_draft, name="case-draft"),
    path("cases/<int:case_id>/renew/", cases.case_renew, name="case-renew"),
    path("runs/", runs.run_list, name="runs"),
    path("runs/new/", runs.run_new, name="run-new"),
    path("runs/import/", imports.run_import_new, name="run-import"),
    path("runs/import/<str:upload>/", imports.run_import_preview, name="run-import-preview"),
    path("runs/<int:pk>/", runs.run_page, name="run"),
    path("runs/<int:pk>/progress/", runs.run_progress, name="run-progress"),
    path("runs/<int:pk>/results/", runs.run_results, name="run-results"),
    path("runs/<int:pk>/pause/", runs.run_pause, name="run-pause"),
    path("runs/<int:pk>/cancel/", runs.run_cancel, name="run-cancel"),
    path("runs/<int:pk>/resume/", runs.run_resume, name="run-resume"),
    path("runs/<int:pk>/budget/", runs.run_budget, name="run-budget"),
    path("runs/<int:pk>/archive/", lifecycle.run_to_archive, name="run-archive"),
    path("runs/<int:pk>/restore/", lifecycle.run_from_archive, name="run-restore"),
    path("runs/<int:pk>/delete/", lifecycle.run_deletion_page, name="run-delete"),
    path("runs/<int:pk>/prompts/<int:position>/", runs.generation_page, name="generation"),
    path("workers/", workers.workers_page, name="workers"),
    path("workers/fleet/", workers.workers_fleet, name="workers-fleet"),
    path("metrics", metrics.metrics, name="metrics"),
    path("routers/", routers.router_list, name="routers"),
    path("routers/progress/", routers.routers_progress, name="routers-progress"),
    path("routers/<str:name>/v<int:version>/", routers.router_page, name="router"),
    path("models/", language_models.model_list, name="models"),
    path("models/add/", language_models.model_add, name="model-add"),
    path("datasets/", datasets.dataset_list, name="datasets"),
    path("datasets/<str:name>/<int:version>/", datasets.dataset_page, name="dataset"),
    path("datasets/<str:name>/<int:version>/prompts/<int:position>/spans/", spans.prompt_spans, name="prompt-spans"),
    path("datasets/<str:name>/<int:version>/archive/", lifecycle.dataset_to_archive, name="dataset-archive"),
    path("datasets/<str:name>/<int:version>/restore/", lifecycle.dataset_from_archive, name="dataset-restore"),
    path("datasets/<str:name>/<int:version>/delete/", lifecycle.dataset_deletion_page, name="dataset-delete"),
]

if settings.OIDC_ISSUER:
    from annotator.web.account import oidc

    urlpatterns += [
        path("login/oidc/", oidc.oidc_login, name="oidc-login"),
        path("login/<str:provider_id>/callback/", oidc.oidc_callback, name="openid_connect_callback"),
    ]

"""Object permissions: the only way to open an object, for web and api alike.

An object that the user may not open does not exist (404). A site lead (`is_staff`) opens everything. A member of a
study with the role lead leads that study. Annotators open their own studies and the cases that were assigned to them;
adjudicators, like leads, all annotations of their study's cases. Curators, like leads, open the repairs, exemplars and
prompt sets of their study. Runs reveal which answer is whose, so they are for
leads: the lead of one study opens its runs and those they started, not the runs of a study in which they annotate.
A deactivated membership opens nothing.
Runs that were started on the command line belong to nobody: every site lead opens them.
"""

from annotator.access.cases import (
    assignment_for,
    assignment_prefetched,
    assignment_to_read,
    case_led_by,
    case_to_adjudicate,
    flag_to_settle,
    own_flag,
    rework_to_withdraw,
)
from annotator.access.curation import (
    candidate_to_repair,
    candidates_to_repair,
    case_to_repair,
    exemplar_for,
    exemplars_for,
    language_models_to_ask,
    prompt_set_for,
    prompt_sets_for,
    repair_for,
    runs_to_compare,
    studies_curated_by,
    study_to_curate,
)
from annotator.access.members import (
    account_for,
    account_token,
    accounts_led_by,
    may_revoke,
    member_led_by,
    member_token,
    own_token,
)
from annotator.access.objects import DELETED_MEANWHILE, Visitor
from annotator.access.roles import is_lead, may, require_lead, require_site_lead, studies_where
from annotator.access.routers import router_report_for, router_reports_for, routers_for
from annotator.access.runs import (
    dataset_for,
    dataset_to_delete,
    datasets_for,
    language_model_for,
    language_models_for,
    prompt_of,
    run_for,
    runs_for,
)
from annotator.access.studies import (
    studies_adjudicated_by,
    studies_led_by,
    studies_of,
    study_for,
    study_led_by,
    study_to_adjudicate,
)

__all__ = [
    "DELETED_MEANWHILE",
    "Visitor",
    "account_for",
    "account_token",
    "accounts_led_by",
    "assignment_for",
    "assignment_prefetched",
    "assignment_to_read",
    "candidate_to_repair",
    "candidates_to_repair",
    "case_led_by",
    "case_to_adjudicate",
    "case_to_repair",
    "dataset_for",
    "dataset_to_delete",
    "datasets_for",
    "exemplar_for",
    "exemplars_for",
    "flag_to_settle",
    "is_lead",
    "language_model_for",
    "language_models_for",
    "language_models_to_ask",
    "may",
    "may_revoke",
    "member_led_by",
    "member_token",
    "own_flag",
    "own_token",
    "prompt_of",
    "prompt_set_for",
    "prompt_sets_for",
    "repair_for",
    "require_lead",
    "require_site_lead",
    "rework_to_withdraw",
    "router_report_for",
    "router_reports_for",
    "routers_for",
    "run_for",
    "runs_for",
    "runs_to_compare",
    "studies_adjudicated_by",
    "studies_curated_by",
    "studies_led_by",
    "studies_of",
    "studies_where",
    "study_for",
    "study_led_by",
    "study_to_adjudicate",
    "study_to_curate",
]

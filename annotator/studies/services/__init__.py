"""Services of studies: every write. Callers import from here; each module owns one kind of change."""

from annotator.studies.services.added_prompts import AddedPrompts, study_add_prompts
from annotator.studies.services.adjudications import adjudication_decide
from annotator.studies.services.adjudicator_presence import presence_end, presence_renew, undecided_case_next
from annotator.studies.services.annotations import AnnotationContent, annotation_submit
from annotator.studies.services.archiving import study_archive, study_restore
from annotator.studies.services.assignments import assignment_choose_blind, assignment_renew, assignment_skip
from annotator.studies.services.checks import check_end, check_set, study_check_every
from annotator.studies.services.codebooks import codebook_called, codebook_default, codebook_edit, codebook_load
from annotator.studies.services.drafts import decision_draft_save, draft_discard, draft_save, drafts_delete_old
from annotator.studies.services.flags import flag_answer, flag_raise, flag_read, flag_reply, flag_settle
from annotator.studies.services.labelled_import import LabelledImport, NewStudy, Side, labelled_study_create
from annotator.studies.services.members import member_add, member_deactivate, member_reactivate, study_hand_over
from annotator.studies.services.pairing import run_pair
from annotator.studies.services.people import account_close, account_open, password_reset, person_create
from annotator.studies.services.practice import practice_end, practice_set
from annotator.studies.services.queue import case_next, case_prefetch
from annotator.studies.services.regrading import run_regrade
from annotator.studies.services.reworks import rework_request, rework_withdraw
from annotator.studies.services.skips import case_hand_out_again, skip_take_back
from annotator.studies.services.studies import (
    study_close,
    study_create,
    study_locked,
    study_reopen,
    study_show_verdicts,
)

__all__ = [
    "AddedPrompts",
    "AnnotationContent",
    "LabelledImport",
    "NewStudy",
    "Side",
    "account_close",
    "account_open",
    "adjudication_decide",
    "annotation_submit",
    "assignment_choose_blind",
    "assignment_renew",
    "assignment_skip",
    "case_hand_out_again",
    "case_next",
    "case_prefetch",
    "check_end",
    "check_set",
    "codebook_called",
    "codebook_default",
    "codebook_edit",
    "codebook_load",
    "decision_draft_save",
    "draft_discard",
    "draft_save",
    "drafts_delete_old",
    "flag_answer",
    "flag_raise",
    "flag_read",
    "flag_reply",
    "flag_settle",
    "labelled_study_create",
    "member_add",
    "member_deactivate",
    "member_reactivate",
    "password_reset",
    "person_create",
    "practice_end",
    "practice_set",
    "presence_end",
    "presence_renew",
    "rework_request",
    "rework_withdraw",
    "run_pair",
    "run_regrade",
    "skip_take_back",
    "study_add_prompts",
    "study_archive",
    "study_check_every",
    "study_close",
    "study_create",
    "study_hand_over",
    "study_locked",
    "study_reopen",
    "study_restore",
    "study_show_verdicts",
    "undecided_case_next",
]

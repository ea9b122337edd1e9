"""Errors of studies. The text of each is one sentence that names the thing, the place and the way out."""

# ruff: noqa: N818 - a name says what happened, as Django's DoesNotExist does; callers catch StudyError


class StudyError(ValueError):
    """A refusal by a service of studies. Its text is shown to the user as it is."""


class CodebookRefused(StudyError):
    """The content of a codebook has a missing, unknown or repeated value."""


class StaleCodebook(StudyError):
    """Another lead saved a version of the codebook after the editor had loaded it."""


class PracticeRefused(StudyError):
    """A case cannot become a practice case or a real one again, or its expected annotation is invalid."""


class CheckRefused(StudyError):
    """A case cannot become a hidden check, or its known answer or the rate of checks is invalid."""


class PracticeDue(StudyError):
    """A practice case cannot be skipped; the real queue opens after it."""


class StudyRefused(StudyError):
    """A study, a membership or an account cannot be created with these values."""


class MemberRefused(StudyRefused):
    """A membership or an account cannot be deactivated, or gets another role: the owner, a lead, or no reason."""


class LabelsRefused(StudyError):
    """A file of labelled pairs has rows that cannot be used; the text has one problem a line."""


class NotAMember(StudyError):
    """A user without an active membership, or a reader, requests a case of the study, or submits one."""


class NotBlind(StudyError):
    """A user who can read whose answer is whose requests a case of a blind study, or chooses a side."""


class StudyClosed(StudyError):
    """The study is closed and takes no more annotations."""


class StudyArchived(StudyError):
    """The study is archived and takes no work of any kind."""


class CaseGone(StudyError):
    """The case was deleted with its study."""


class LeaseLost(StudyError):
    """The lease ended, and other annotators have taken every slot of the case since."""


class BlindChoiceFixed(StudyError):
    """A different blind choice is stored already, the choice is unknown, or the study is not blind."""


class BlindChoiceMissing(StudyError):
    """An annotation of a blind study was submitted before the blind choice."""


class AssignmentClosed(StudyError):
    """The assignment is prefetched, submitted or skipped, and the change needs a held one."""


class AnnotationRefused(StudyError):
    """A field of the annotation is missing, unknown or too long."""


class StaleRevision(StudyError):
    """A newer revision was stored since, from another tab, device or person."""


class StudyChanged(StudyError):
    """The codebook, or when verdicts are shown, was changed after the page was opened."""


class CaseComplete(StudyError):
    """Other annotators took every slot of the case after the lease had ended."""


class AdjudicationRefused(StudyError):
    """A field of the decision is missing, unknown or too long."""


class NothingToDecide(StudyError):
    """The case is incomplete or for practice, so that no decision can be taken on it."""


class FlagRefused(StudyError):
    """The reason of a flag is missing or too long, or the assignment has a flag already."""


class ReworkRefused(StudyError):
    """A case cannot be sent back: without a note, without an annotation, or sent back already."""


class SkipRefused(StudyError):
    """A skipped case cannot be handed out again: nobody's skip of it stands, or enough people have judged it."""


class StaleDraft(StudyError):
    """Another tab or device saved a newer draft. `version` is the newest one, 0 if the draft is gone."""

    def __init__(self, message: str, *, version: int) -> None:
        super().__init__(message)
        self.version = version


class DraftTooLarge(StudyError):
    """The draft is larger than MAX_DRAFT_BYTES."""

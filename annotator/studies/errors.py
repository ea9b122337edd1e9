"""Errors of studies, each one sentence that names the thing, the place and the way out."""

# ruff: noqa: N818 - each name says what happened, as Django's DoesNotExist does; StudyError is the one to catch


class StudyError(ValueError):
    """Anything that a study refuses. Its text is written for the person at the screen."""


class CodebookRefused(StudyError):
    """The content of a codebook is not what a codebook may hold."""


class StaleCodebook(StudyError):
    """Another lead saved a version of the codebook since this one was read."""


class PracticeRefused(StudyError):
    """A case cannot be made practice or real again, or what is expected of it is no annotation."""


class PracticeDue(StudyError):
    """A practice case is skipped; the real queue opens after it."""


class StudyRefused(StudyError):
    """A study cannot be made as asked."""


class NotAMember(StudyError):
    """Somebody asks for work in a study that they do not belong to."""


class StudyClosed(StudyError):
    """The study takes no more work."""


class LeaseLost(StudyError):
    """The lease ended and others have taken the case since."""


class BlindChoiceFixed(StudyError):
    """The blind choice was given before and differs, or the study has none."""


class BlindChoiceMissing(StudyError):
    """A blind study is told the annotation before the blind choice."""


class AssignmentClosed(StudyError):
    """The assignment was submitted or skipped, and what is asked needs one that is held."""


class AnnotationRefused(StudyError):
    """A field of the annotation is missing, unknown or too long."""


class StaleRevision(StudyError):
    """Somebody (another tab, another device) submitted a newer revision."""


class CaseComplete(StudyError):
    """Other annotators filled the case after the lease had ended."""


class AdjudicationRefused(StudyError):
    """A decision lacks something, or holds what does not fit."""


class NothingToDecide(StudyError):
    """A case is not fully judged yet, or is for practice: no decision can be taken on it."""


class FlagRefused(StudyError):
    """A case is flagged without a reason, or a second time."""


class StaleDraft(StudyError):
    """Another tab or device saved a newer draft. `version` is the newest one."""

    def __init__(self, message: str, *, version: int) -> None:
        super().__init__(message)
        self.version = version


class DraftTooLarge(StudyError):
    """The draft is above the size that is kept."""

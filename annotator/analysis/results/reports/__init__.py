"""Reports of a study's results in five formats, from the same values."""

from annotator.analysis.results.reports.report import FORMATS, Report, report_of

__all__ = ["FORMATS", "Report", "report_of"]

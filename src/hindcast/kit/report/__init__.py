"""The report: one page that says what a cohort understood, and what to do in the next class."""

from hindcast.kit.report.report_data import Report, report_of
from hindcast.kit.report.writing import write_report

__all__ = ["Report", "report_of", "write_report"]

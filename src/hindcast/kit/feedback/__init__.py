"""Feedback: one page per learner and unit, from the graded notebooks and the cohort's gradebook."""

from hindcast.kit.feedback.writing import Pages, write_feedback

__all__ = ["Pages", "write_feedback"]

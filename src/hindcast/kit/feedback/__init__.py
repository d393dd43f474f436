"""Feedback: one page per learner and unit, made of what autograding left and of the cohort's gradebook."""

from hindcast.kit.feedback.writing import Pages, write_feedback

__all__ = ["Pages", "write_feedback"]

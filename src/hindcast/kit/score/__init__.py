"""Score: who learns alone grades their own notebooks, as a trainer would, and reads the feedback.

`command` is what a learner asks for, `private_cohort` where notebooks are graded, `sentences` what is said.
"""

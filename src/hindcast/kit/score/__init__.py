"""Score: a learner without a trainer grades their own notebooks, and reads the feedback.

`command` is the verb, `private_cohort` grades the notebooks, `sentences` makes the printed lines.
"""

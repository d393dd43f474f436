"""What predictions were worth, once it is known what came.

`review` has the function, `predictions`, `columns` and `cases` read any table of predictions into one form,
`metrics` and `change_point` have the figures, `honesty` what the table's days show and what no table can,
`sentences`, `group_sentences` and `phrases` the sentences, `page` how they are shown.
"""

from hindcast.replay.review.review import Review, review

__all__ = ["Review", "review"]

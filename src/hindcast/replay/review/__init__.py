"""What predictions were worth, once it is known what came.

`report` has the function, `table`, `columns` and `cases` read any table of predictions into one form,
`measures` and `level` have the figures, `checks` what the table's days show and what no table can, `words`
and `phrases` the sentences, `page` how they are shown.
"""

from hindcast.replay.review.report import Review, review

__all__ = ["Review", "review"]

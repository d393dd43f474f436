"""HindcastError, the error that its reader can mend: what happened and what to do next, as fields."""

import textwrap

WIDTH = 88  # characters; a notebook on a laptop would break a longer line within a word


class HindcastError(Exception):
    """A fault the reader can mend. Shown as its sentences alone, in a notebook and on the command line.

    ``what`` says what was expected and what came, ``do_next`` what to do about it ("" where ``what`` already
    leaves only one thing to do). Each is one or more whole sentences; ``str()`` joins them with a space.
    """

    def __init__(self, what: str, do_next: str = ""):
        super().__init__(what, do_next)
        self.what, self.do_next = what, do_next

    def __str__(self) -> str:
        return " ".join(part for part in (self.what, self.do_next) if part)

    def _render_traceback_(self) -> list[str]:
        """IPython calls this in place of printing a traceback."""
        return textwrap.wrap(str(self), WIDTH, break_long_words=False, break_on_hyphens=False)

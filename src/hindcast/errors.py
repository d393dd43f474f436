"""What goes wrong, said in one sentence: what was expected, what came, what to do next."""

import textwrap

WIDTH = 88  # characters; a notebook on a laptop would break a longer line within a word


class HindcastError(Exception):
    """A fault the reader can mend. Shown as its sentence alone, in a notebook and on the command line."""

    def _render_traceback_(self) -> list[str]:
        """IPython calls this in place of printing a traceback."""
        return textwrap.wrap(str(self), WIDTH, break_long_words=False, break_on_hyphens=False)

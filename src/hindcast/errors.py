"""What goes wrong, said in one sentence: what was expected, what came, what to do next."""


class HindcastError(Exception):
    """A fault the reader can mend. Shown as its sentence alone, in a notebook and on the command line."""

    def _render_traceback_(self) -> list[str]:
        """IPython calls this in place of printing a traceback."""
        return [str(self)]

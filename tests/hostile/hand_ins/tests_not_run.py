"""Test cells that are not run, or that show no result."""

from .register import notebook
from .unit import WRONG, all_wrong, answer, before, cell


@notebook
def zero_test_cell_tagged_skip_execution(nb):
    all_wrong(nb)
    for name in ("letters_test", "square_test"):
        cell(nb, name).metadata.tags = ["raises-exception", "skip-execution"]


@notebook
def zero_not_run_after_exit(nb):
    before(nb, "split", "exit()")


@notebook
def points_kept_assert_cell_of_another_course_shows_nothing(nb):
    answer(nb, letters=WRONG["letters"])

"""Points out of range, values that are no points, and warnings."""

from .register import notebook
from .unit import answer


@notebook
def clamped_value_above_the_points(nb):
    answer(nb, rate="def rate(hits):\n    return 1.0")


@notebook
def clamped_infinite_points(nb):
    answer(nb, rate="def rate(hits):\n    return float('inf')")


@notebook
def zero_nan_as_points(nb):
    answer(nb, rate="def rate(hits):\n    return float('nan')")


@notebook
def zero_negative_points(nb):
    answer(nb, rate="def rate(hits):\n    return -0.5")


@notebook
def points_kept_as_stock_text_as_last_value(nb):
    answer(nb, rate="def rate(hits):\n    return 'half'")


@notebook
def points_kept_as_stock_object_as_last_value(nb):
    answer(nb, rate="import numpy\n\n\ndef rate(hits):\n    return numpy.mean(hits)")


@notebook
def points_kept_warning_on_stderr(nb):
    answer(
        nb,
        square="""
import sys
import warnings


def square(x):
    warnings.warn("slow")
    return x * x
""",
        rate="def rate(hits):\n    print('rating', file=sys.stderr)\n    return sum(hits) / len(hits)",
    )

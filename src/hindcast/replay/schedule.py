"""The schedule of a replay: which rows each origin predicts, which it learns from, and their inputs."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, is_classifier

from hindcast.errors import HindcastError
from hindcast.replay.point_in_time import KnownOutcomes, inputs_as_of, outcome_reports
from hindcast.replay.request import ReplayRequest
from hindcast.replay.times import instants, read_length, shifted, value_text


@dataclass
class Inputs:
    """The inputs of one horizon: a row for each case, as last reported by its decision, and that instant."""

    frame: pd.DataFrame
    decided: np.ndarray


@dataclass
class Schedule:
    """All that is fixed before the first origin. Every process gets a copy."""

    request: ReplayRequest
    estimator: BaseEstimator | None
    baseline: BaseEstimator | None
    inputs: list[Inputs]  # by horizon; the same object, and so one fit, where horizons share their inputs
    baseline_inputs: list[Inputs]
    outcomes: KnownOutcomes
    classes: np.ndarray | None
    positive: object
    window: pd.Timedelta | None
    by_due: np.ndarray  # numbers of the rows, in the order of their due instants
    due: np.ndarray  # the due instants, in that order

    def cases(self, origin: pd.Timestamp, number: int) -> np.ndarray:
        """Numbers of the rows that are predicted at an origin and its horizon."""
        first, last = np.searchsorted(self.due, self.request.due_at(origin, number), side="right")
        return np.sort(self.by_due[first:last])

    def learning_rows(self, origin: pd.Timestamp, inputs: Inputs, windowed: bool) -> np.ndarray:
        """Numbers of the rows with a known outcome, and a decision taken, by the origin; in table order.

        `outcomes` must have been moved to the origin.
        """
        learned = ~np.isnat(self.outcomes.known) & (inputs.decided <= self.request.decided_until(origin))
        if windowed and self.window is not None:
            begin = instants(shifted(pd.DatetimeIndex([origin]), -self.window))[0]
            learned[self.by_due[: np.searchsorted(self.due, begin, side="right")]] = False
        return np.flatnonzero(learned)

    def labels(self, rows: np.ndarray) -> np.ndarray:
        """The outcomes of rows as `fit` takes them: numbers, or classes."""
        values = self.outcomes.values[rows]
        return values if self.classes is None else self.classes[values]

    def for_processes(self) -> "Schedule":
        """A lighter copy for processes, without the estimators, table rows and versions."""
        request = replace(self.request, rows=self.request.rows.iloc[:0], versions={})
        return replace(self, request=request, estimator=None, baseline=None)


def make_schedule(
    request: ReplayRequest,
    estimator: BaseEstimator,
    baseline: BaseEstimator | None,
    names: list[str],
    extra: list[str],
    window: object,
    positive: object,
) -> Schedule:
    """The schedule of `request`: inputs, reports of the outcome and classes. Raises HindcastError."""
    row, values, times = outcome_reports(request)
    classes = None
    if is_classifier(estimator):
        classes, values = _targets_of_classes(values, request.outcome)
        positive = _positive_class(classes, positive, request.outcome)
        _check_no_score_among(request.case, score_names(classes, positive))
    else:
        values = _targets_of_numbers(values, request.outcome, positive)
    due = request.instants(request.due)
    by_due = np.argsort(due, kind="stable")
    schedule = Schedule(
        *(request, estimator, baseline),
        inputs=_inputs_by_horizon(request, names),
        baseline_inputs=_inputs_by_horizon(request, extra or names) if baseline is not None else [],
        outcomes=KnownOutcomes(row, values, times, len(request.rows)),
        classes=classes,
        positive=positive,
        window=None if window is None else read_length(window, "window"),
        by_due=by_due,
        due=due[by_due],
    )
    _check_origins(schedule)
    return schedule


def _inputs_by_horizon(request: ReplayRequest, names: list[str]) -> list[Inputs]:
    """The inputs by horizon. Without reports they are the same for all; the longest horizon decides first."""
    if request.decided or not set(names) & set(request.versions):
        decided = request.decided_at(request.horizons[-1])
        return [Inputs(inputs_as_of(request, names, decided), decided)] * len(request.horizons)
    moments = [request.decided_at(horizon) for horizon in request.horizons]
    return [Inputs(inputs_as_of(request, names, decided), decided) for decided in moments]


def _check_origins(schedule: Schedule) -> None:
    request = schedule.request
    moments = instants(request.origins)
    early = request.origins[moments < schedule.outcomes.first]
    if len(early):
        raise HindcastError(
            f"origins: {len(early)} of {len(request.origins)} lie before any outcome was known, the first "
            f"{value_text(early[0])}; {request.known_at or request.outcome!r} begins on "
            f"{value_text(schedule.outcomes.first)}.",
            "Begin there or later.",
        )
    for number, horizon in enumerate(request.horizons):
        if any(len(schedule.cases(origin, number)) for origin in request.origins):
            continue
        reach = (
            f"the table's cases are due from {value_text(schedule.due[0])} to {value_text(schedule.due[-1])}"
        )
        longer = horizon > pd.Timedelta(schedule.due[-1] - schedule.due[0])
        why = "horizon is longer than the table" if longer else "no case is due at any origin + horizon"
        raise HindcastError(
            f"{why}: with horizon {horizon}, origins from {value_text(request.origins[0])}; {reach}."
        )


def _targets_of_numbers(values: pd.Series, outcome: str, positive: object) -> np.ndarray:
    if positive is not None:
        raise HindcastError("positive is for classes, but estimator is a regressor.", "Leave it out.")
    if not (pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values)):
        raise HindcastError(
            f"The outcome {outcome!r} holds {values.dtype}, but estimator is a regressor: it learns numbers.",
            "Choose a classifier, or convert the column.",
        )
    return values.to_numpy(dtype=float)


def _targets_of_classes(values: pd.Series, outcome: str) -> tuple[np.ndarray, np.ndarray]:
    """The classes in order, and for each outcome the number of its class."""
    plain = values.astype(object)
    found = sorted(plain.unique(), key=lambda one: (type(one).__name__, one))
    if pd.api.types.is_float_dtype(values) and any(one != round(one) for one in found):
        raise HindcastError(
            f"The outcome {outcome!r} holds numbers such as {found[0]}, but estimator is a classifier.",
            "Choose a regressor, or make kinds of them.",
        )
    if len(found) < 2:
        raise HindcastError(
            f"The outcome {outcome!r} has one class only, {found[0]!r}: there is nothing to tell apart."
        )
    classes = np.array(found, dtype=object if any(isinstance(one, str) for one in found) else None)
    return classes, plain.map({one: number for number, one in enumerate(found)}).to_numpy(dtype=np.int64)


def _positive_class(classes: np.ndarray, positive: object, outcome: str) -> object:
    if positive is not None:
        if positive not in classes.tolist():
            listed = ", ".join(map(repr, classes.tolist()))
            raise HindcastError(f"positive is {positive!r}, but the classes of {outcome!r} are {listed}.")
        return positive
    if len(classes) > 2:
        return None
    if classes.dtype == object:
        raise HindcastError(
            f"positive should say which of {classes[0]!r} and {classes[1]!r} the score is the chance of."
        )
    return classes[1]


def score_names(classes: np.ndarray, positive: object) -> dict[str, object]:
    """Names of the score columns of the result, each with the class whose chance it holds."""
    names = {} if positive is None else {"score": positive}
    return names if len(classes) == 2 else names | {f"score_{one}": one for one in classes.tolist()}


def _check_no_score_among(case: list[str], scores: dict[str, object]) -> None:
    taken = [name for name in case if name in scores]
    if taken:
        raise HindcastError(
            f"case names the column {taken[0]!r}, but the replay's own table has a column of that name, "
            f"for the chance of {scores[taken[0]]!r}.",
            "Rename it in your table.",
        )

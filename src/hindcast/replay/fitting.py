"""Fit model and baseline at each origin, and predict the cases that are due."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone
from sklearn.dummy import DummyClassifier

from hindcast.errors import HindcastError
from hindcast.replay.schedule import Inputs, Schedule, score_names
from hindcast.replay.times import NEVER, instant, value_text

# The column `skipped` says why a case has no prediction:
KNOWN_ALREADY = "its outcome was known by the origin"
NOTHING_IN_WINDOW = "no known outcome in the window"
ONE_CLASS = "only one class was known"


@dataclass
class OriginPredictions:
    """The predictions of one origin and horizon.

    `origin` and `horizon` are numbers in the lists of the request, `rows` those of its table; `columns`
    (prediction, scores, baseline) and `skipped` have one value for each of `rows`.
    """

    origin: int
    horizon: int
    rows: np.ndarray
    columns: dict[str, np.ndarray]
    learned_from: int
    newest: np.datetime64
    skipped: np.ndarray
    failed: str = ""


@dataclass
class FittedModel:
    """A fitted model, how many rows it learned from and their newest report; or why there is none."""

    model: BaseEstimator | None
    learned_from: int = 0
    newest: np.datetime64 = NEVER
    skipped: str = ""
    failed: bool = False


def predict_at_origins(schedule: Schedule, chunk: range, every: int) -> Iterator[list[OriginPredictions]]:
    """Predict at each origin of `chunk`; fit at the first and then at every `every`-th of all origins."""
    models: dict[int, FittedModel] = {}
    schedule.outcomes.restart()
    for at in chunk:
        origin = schedule.request.origins[at]
        schedule.outcomes.until(instant(origin))
        if at % every == 0:
            models = {}
        baselines: dict[int, FittedModel] = {}
        parts = []
        for number in range(len(schedule.request.horizons)):
            rows = schedule.cases(origin, number)
            if len(rows):
                parts.append(_predict_at(schedule, at, number, rows, models, baselines))
        yield parts


def _predict_at(
    schedule: Schedule,
    at: int,
    number: int,
    rows: np.ndarray,
    models: dict[int, FittedModel],
    baselines: dict[int, FittedModel],
) -> OriginPredictions:
    """Predict `rows` at one origin and horizon with model and baseline; fit those not fitted yet."""
    origin = schedule.request.origins[at]
    inputs = schedule.inputs[number]
    if id(inputs) not in models:
        learned = schedule.learning_rows(origin, inputs, windowed=True)
        models[id(inputs)] = _fit(schedule, schedule.estimator, inputs.frame, learned)
    fitted = models[id(inputs)]
    skipped = np.full(len(rows), fitted.skipped or None, dtype=object)
    ahead = np.isnat(schedule.outcomes.known[rows])
    skipped[~ahead] = KNOWN_ALREADY
    columns, failed = _predict(schedule, fitted, inputs.frame, rows, ahead)
    if failed:
        skipped[ahead] = failed
    if schedule.baseline is not None:
        columns |= _predict_baseline(
            schedule, origin, schedule.baseline_inputs[number], rows, ahead, baselines
        )
    failed = failed or (fitted.skipped if fitted.failed else "")
    return OriginPredictions(at, number, rows, columns, fitted.learned_from, fitted.newest, skipped, failed)


def _predict_baseline(
    schedule: Schedule,
    origin: pd.Timestamp,
    inputs: Inputs,
    rows: np.ndarray,
    ahead: np.ndarray,
    baselines: dict[int, FittedModel],
) -> dict[str, np.ndarray]:
    if id(inputs) not in baselines:
        learned = schedule.learning_rows(origin, inputs, windowed=False)
        baselines[id(inputs)] = _fit(schedule, schedule.baseline, inputs.frame, learned)
    fitted = baselines[id(inputs)]
    columns, failed = _predict(schedule, fitted, inputs.frame, rows, ahead)
    if failed or fitted.failed:
        why = failed or fitted.skipped
        raise HindcastError(f"baseline stopped at the origin {value_text(origin)}: {why}.")
    kept = {"prediction": "baseline", "score": "baseline_score"}
    return {kept[name]: values for name, values in columns.items() if name in kept}


def _fit(
    schedule: Schedule, estimator: BaseEstimator, frame: pd.DataFrame, learned: np.ndarray
) -> FittedModel:
    if not len(learned):
        return FittedModel(None, skipped=NOTHING_IN_WINDOW)
    evidence = {"learned_from": len(learned), "newest": schedule.outcomes.known[learned].max()}
    values = schedule.outcomes.values[learned]
    classes = schedule.classes
    one_class = classes is not None and values.min() == values.max()
    if classes is not None and one_class and not isinstance(last_step(estimator), DummyClassifier):
        return FittedModel(None, **evidence, skipped=f"{ONE_CLASS}: {classes[values[0]]}")
    try:
        return FittedModel(
            clone(estimator).fit(_rows_of(frame, learned), schedule.labels(learned)), **evidence
        )
    except Exception as error:  # an estimator may raise anything; the other origins go on
        return FittedModel(None, **evidence, skipped=_error_text(error), failed=True)


def _error_text(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0].rstrip('.') if lines else 'without a word'}"


def _rows_of(frame: pd.DataFrame, rows: np.ndarray) -> pd.DataFrame:
    """Rows by ascending number. A slice, where they follow each other, saves copying the table."""
    if rows[-1] - rows[0] + 1 == len(rows):
        return frame.iloc[rows[0] : rows[-1] + 1]
    return frame.iloc[rows]


def _predict(
    schedule: Schedule, fitted: FittedModel, frame: pd.DataFrame, rows: np.ndarray, ahead: np.ndarray
) -> tuple[dict[str, np.ndarray], str]:
    """Prediction and scores of `rows`, missing where not `ahead`; and the text of an error of the model."""
    shape = len(rows)
    names = {} if schedule.classes is None else score_names(schedule.classes, schedule.positive)
    empty = np.full(shape, np.nan) if schedule.classes is None else np.full(shape, None, dtype=object)
    columns = {"prediction": empty, **{name: np.full(shape, np.nan) for name in names}}
    if fitted.model is None or not ahead.any():
        return columns, ""
    frame = _rows_of(frame, rows[ahead])
    try:
        chances = None if schedule.classes is None else fitted.model.predict_proba(frame)
        columns["prediction"][ahead] = fitted.model.predict(frame)
    except Exception as error:
        return columns, _error_text(error)
    if chances is not None:
        for name, one in names.items():
            seen = [number for number, known in enumerate(fitted.model.classes_) if known == one]
            # a model knows only the classes it was fitted on: any other has the chance 0
            columns[name][ahead] = chances[:, seen[0]] if seen else 0.0
    return columns, ""


def last_step(estimator: BaseEstimator) -> BaseEstimator:
    """The last step of a pipeline, which is what predicts; any other estimator as it is."""
    return estimator.steps[-1][1] if hasattr(estimator, "steps") else estimator

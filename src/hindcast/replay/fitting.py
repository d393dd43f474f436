"""The fits and what they say: at each origin a model, a baseline, and the cases that are due."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone
from sklearn.dummy import DummyClassifier

from hindcast.errors import HindcastError
from hindcast.replay.schedule import Inputs, Work, score_names
from hindcast.replay.times import NEVER, instant, said

# skipped: why a case has no prediction
KNOWN_ALREADY = "its outcome was known by the origin"
NOTHING_IN_WINDOW = "no known outcome in the window"
ONE_CLASS = "only one class was known"


@dataclass
class Part:
    """What was said at one origin and horizon."""

    origin: int
    horizon: int
    rows: np.ndarray
    columns: dict[str, np.ndarray]
    learned_from: int
    newest: np.datetime64
    skipped: np.ndarray
    failed: str = ""


@dataclass
class Fitted:
    """A fitted model with its evidence, or why there is none."""

    model: BaseEstimator | None
    learned_from: int = 0
    newest: np.datetime64 = NEVER
    skipped: str = ""
    failed: bool = False


def at_origins(work: Work, chunk: range, every: int) -> Iterator[list[Part]]:
    """The parts of each origin of a chunk, whose first one has a fit of its own, as has every `every`-th."""
    models: dict[int, Fitted] = {}
    work.outcomes.restart()
    for at in chunk:
        origin = work.asked.origins[at]
        work.outcomes.until(instant(origin))
        if at % every == 0:
            models = {}
        baselines: dict[int, Fitted] = {}
        parts = []
        for number in range(len(work.asked.horizons)):
            rows = work.cases(origin, number)
            if len(rows):
                parts.append(_at(work, at, number, rows, models, baselines))
        yield parts


def _at(
    work: Work,
    at: int,
    number: int,
    rows: np.ndarray,
    models: dict[int, Fitted],
    baselines: dict[int, Fitted],
) -> Part:
    """What the model, and the baseline, say of the cases of one origin and horizon."""
    origin = work.asked.origins[at]
    inputs = work.inputs[number]
    if id(inputs) not in models:
        learned = work.learning_rows(origin, inputs, windowed=True)
        models[id(inputs)] = _fit(work, work.estimator, inputs.frame, learned)
    fitted = models[id(inputs)]
    skipped = np.full(len(rows), fitted.skipped or None, dtype=object)
    ahead = np.isnat(work.outcomes.known[rows])
    skipped[~ahead] = KNOWN_ALREADY
    columns, failed = _said(work, fitted, inputs.frame, rows, ahead)
    if failed:
        skipped[ahead] = failed
    if work.baseline is not None:
        columns |= _baseline(work, origin, work.baseline_inputs[number], rows, ahead, baselines)
    failed = failed or (fitted.skipped if fitted.failed else "")
    return Part(at, number, rows, columns, fitted.learned_from, fitted.newest, skipped, failed)


def _baseline(
    work: Work,
    origin: pd.Timestamp,
    inputs: Inputs,
    rows: np.ndarray,
    ahead: np.ndarray,
    baselines: dict[int, Fitted],
) -> dict[str, np.ndarray]:
    if id(inputs) not in baselines:
        learned = work.learning_rows(origin, inputs, windowed=False)
        baselines[id(inputs)] = _fit(work, work.baseline, inputs.frame, learned)
    fitted = baselines[id(inputs)]
    columns, failed = _said(work, fitted, inputs.frame, rows, ahead)
    if failed or fitted.failed:
        why = failed or fitted.skipped
        raise HindcastError(f"baseline stopped at the origin {said(origin)}: {why}.")
    kept = {"prediction": "baseline", "score": "baseline_score"}
    return {kept[name]: values for name, values in columns.items() if name in kept}


def _fit(work: Work, estimator: BaseEstimator, frame: pd.DataFrame, learned: np.ndarray) -> Fitted:
    if not len(learned):
        return Fitted(None, skipped=NOTHING_IN_WINDOW)
    evidence = {"learned_from": len(learned), "newest": work.outcomes.known[learned].max()}
    values = work.outcomes.values[learned]
    one_class = work.classes is not None and values.min() == values.max()
    if one_class and not isinstance(last_step(estimator), DummyClassifier):
        return Fitted(None, **evidence, skipped=f"{ONE_CLASS}: {work.classes[values[0]]}")
    try:
        return Fitted(clone(estimator).fit(_take(frame, learned), work.labels(learned)), **evidence)
    except Exception as error:  # whatever an estimator may raise, at this origin alone
        return Fitted(None, **evidence, skipped=_reason(error), failed=True)


def _reason(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0].rstrip('.') if lines else 'without a word'}"


def _take(frame: pd.DataFrame, rows: np.ndarray) -> pd.DataFrame:
    """Rows by number, ascending; without a copy where they follow each other."""
    if rows[-1] - rows[0] + 1 == len(rows):
        return frame.iloc[rows[0] : rows[-1] + 1]
    return frame.iloc[rows]


def _said(
    work: Work, fitted: Fitted, frame: pd.DataFrame, rows: np.ndarray, ahead: np.ndarray
) -> tuple[dict[str, np.ndarray], str]:
    """Prediction and score, missing for rows that are not ahead; and what went wrong, if anything did."""
    shape = len(rows)
    names = {} if work.classes is None else score_names(work.classes, work.positive)
    empty = np.full(shape, np.nan) if work.classes is None else np.full(shape, None, dtype=object)
    columns = {"prediction": empty, **{name: np.full(shape, np.nan) for name in names}}
    if fitted.model is None or not ahead.any():
        return columns, ""
    frame = _take(frame, rows[ahead])
    try:
        chances = None if work.classes is None else fitted.model.predict_proba(frame)
        columns["prediction"][ahead] = fitted.model.predict(frame)
    except Exception as error:
        return columns, _reason(error)
    if chances is not None:
        for name, one in names.items():
            seen = [number for number, known in enumerate(fitted.model.classes_) if known == one]
            # a class that nobody had seen yet gets no chance from a model that does not know it
            columns[name][ahead] = chances[:, seen[0]] if seen else 0.0
    return columns, ""


def last_step(estimator: BaseEstimator) -> BaseEstimator:
    """Of a pipeline its last step, which says something; any other estimator itself."""
    return estimator.steps[-1][1] if hasattr(estimator, "steps") else estimator

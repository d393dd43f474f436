"""replay(): what a model would have said at each origin, fitted only on what was known then."""

import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pandas as pd
from joblib import Parallel, delayed, effective_n_jobs
from joblib.externals.loky import get_reusable_executor
from sklearn.base import BaseEstimator, clone, is_classifier, is_regressor
from sklearn.dummy import DummyClassifier
from threadpoolctl import threadpool_limits

from hindcast.errors import HindcastError
from hindcast.replay import asked as ask
from hindcast.replay.asked import Asked, said
from hindcast.replay.known import NEVER, Outcomes, reports, settled

ENOUGH_ERRORS = 30  # below that a range says more about luck than about the errors
LONGEST_PIECE = 10  # fits; who interrupts a long run loses no more than these in each process
# skipped: why a case has no prediction
KNOWN_ALREADY = "its outcome was known by the origin"
NOTHING_IN_WINDOW = "no known outcome in the window"
ONE_CLASS = "only one class was known"


def replay(
    estimator: BaseEstimator,
    table: pd.DataFrame,
    *,
    case: str | Sequence[str],
    due: str,
    inputs: str | Sequence[str],
    outcome: str,
    known_at: str | None,
    origins: Iterable,
    horizon: str | pd.Timedelta | Sequence,
    span: str | pd.Timedelta | None = None,
    decided: str | None = None,
    versions: pd.DataFrame | None = None,
    baseline: BaseEstimator | None = None,
    refit: int | None = 1,
    window: str | pd.Timedelta | None = None,
    coverage: float | None = None,
    positive: object = None,
    n_jobs: int | None = None,
    progress: bool = False,
) -> pd.DataFrame:
    """What `estimator` would have said at each origin, fitted only on outcomes that were known then.

    A row of `table` is one case. At an origin the cases are predicted for which
    origin + horizon - span < due <= origin + horizon.

    Parameters
    ----------
    estimator : a scikit-learn regressor or classifier, or a pipeline that ends in one. It is cloned before
        each fit and gets a DataFrame of the inputs; a fixed `random_state` stays fixed.
    table : one row a case. It is never changed.
    case : the column or columns that identify a case.
    due : the column with the moment a case is about. Days are midnights.
    inputs, outcome : what is looked at, and what is to be said.
    known_at : the column with the day each outcome became known; missing where it is not known yet. A value
        known on day D is known at origin D. None if `versions` has every report of the outcome.
    origins : days or moments to stand at. They are replayed in the order of time, each once.
    horizon : how far ahead, such as "7D", or a list of these.
    span : how much time counts as due at once; one day, or the shortest horizon where that is shorter.
    decided : the column with the moment of each row's own decision; otherwise due - horizon. Inputs count as
        last reported by then, in learning rows and in predicted ones.
    versions : reports, one a row: the columns of `case`, then column, value, known_at. A column that has
        reports is taken from there alone: inputs as last reported by the decision, outcomes by the origin.
        Without a report by then the value is missing.
    baseline : another estimator, fitted at every origin on all that was known (see `baselines`).
    refit : 1 fits at every origin, k at every k-th, None at the first only.
    window : None learns from everything known, "365D" from the cases due in that time before the origin.
    coverage : a share such as 0.8: adds a range from the replay's own earlier errors, as known at the origin;
        missing until there are 30 of them.
    positive : the class whose chance is the score; it can be left out for true and false, and for numbers.
    n_jobs : how many processes share the origins; -1 takes all cores. The result is the same.
    progress : show how far it is.

    Returns
    -------
    A row for each origin, horizon and case: origin, horizon, the columns of `case`, due, prediction, low and
    high (with `coverage`), score (classes; score_NAME for each if there are more than two), baseline and
    baseline_score (with `baseline`), known_value and known_on (in the table's last state; missing while not
    known), learned_from (rows), newest_known (the latest report of an outcome in the fit) and skipped (why
    there is no prediction; mostly missing).

    Interrupted (Ctrl-C), it returns the origins that were finished, and warns that these are not all.

    Raises HindcastError for arguments that cannot be replayed, naming the argument or column.
    """
    names = ask.input_names(inputs, outcome, known_at)
    _check_estimator(estimator, "estimator")
    extra = _check_baseline(baseline, estimator, {outcome, known_at})
    _check_policy(refit, coverage, estimator)
    asked = ask.read(
        *(table,),
        case=case,
        due=due,
        outcome=outcome,
        known_at=known_at,
        origins=origins,
        horizon=horizon,
        span=span,
        decided=decided,
        versions=versions,
        needed=list(dict.fromkeys([*names, *extra])),
    )
    work = _prepare(asked, estimator, baseline, names, extra, window, positive)
    _check_origins(work)
    parts = _run(work, refit, n_jobs, progress)
    _check_fits(parts)
    return _result(work, parts, coverage)


# --- the arguments ------------------------------------------------------------------------------------


def _check_estimator(estimator: object, argument: str) -> None:
    if isinstance(estimator, type) or not (hasattr(estimator, "fit") and hasattr(estimator, "predict")):
        raise HindcastError(
            f"{argument} should be a scikit-learn estimator such as LinearRegression(), but is {estimator!r}."
        )
    if is_classifier(estimator):
        if not hasattr(estimator, "predict_proba"):
            raise HindcastError(
                f"{argument} says a class but not how sure it is: {_kind(estimator)} has no predict_proba. "
                "Wrap it in CalibratedClassifierCV, or choose another classifier."
            )
    elif not is_regressor(estimator):
        raise HindcastError(
            f"{argument} should be a regressor or a classifier, but {_kind(estimator)} is neither."
        )


def _kind(estimator: object) -> str:
    """The name of an estimator, of a pipeline's last step."""
    return type(estimator.steps[-1][1] if hasattr(estimator, "steps") else estimator).__name__


def _check_baseline(baseline: object, estimator: object, forbidden: set) -> list[str]:
    """The columns the baseline looks at beside the inputs."""
    if baseline is None:
        return []
    _check_estimator(baseline, "baseline")
    if is_classifier(baseline) != is_classifier(estimator):
        raise HindcastError(
            f"baseline and estimator should say the same kind of thing, but {_kind(baseline)} and "
            f"{_kind(estimator)} are a regressor and a classifier."
        )
    extra = list(getattr(baseline, "columns", ()))
    taken = [name for name in extra if name in forbidden]
    if taken:
        raise HindcastError(f"baseline looks at {taken[0]!r}, which nobody knew yet. Name another column.")
    return extra


def _check_policy(refit: object, coverage: object, estimator: object) -> None:
    whole = isinstance(refit, int | np.integer) and not isinstance(refit, bool)
    if refit is not None and not (whole and refit >= 1):
        raise HindcastError(
            f"refit should be 1 (every origin), a whole number k (every k-th) or None, but is {refit!r}."
        )
    if coverage is None:
        return
    if is_classifier(estimator):
        raise HindcastError("coverage is for number predictions; a class has its score. Leave it out.")
    if isinstance(coverage, bool) or not isinstance(coverage, int | float) or not 0 < coverage < 1:
        raise HindcastError(f"coverage should be a share between 0 and 1, such as 0.8, but is {coverage!r}.")


def _check_origins(work: "Work") -> None:
    asked = work.asked
    moments = ask.instants(asked.origins)
    early = asked.origins[moments < work.outcomes.first]
    if len(early):
        raise HindcastError(
            f"origins: {len(early)} of {len(asked.origins)} lie before any outcome was known, the first "
            f"{said(early[0])}; {asked.known_at or asked.outcome!r} begins on "
            f"{said(work.outcomes.first)}. Begin there or later."
        )
    due = asked.instants(asked.due)
    for number, horizon in enumerate(asked.horizons):
        if any(len(work.cases(origin, number)) for origin in asked.origins):
            continue
        reach = f"the table's cases are due from {said(due.min())} to {said(due.max())}"
        longer = horizon > pd.Timedelta(due.max() - due.min())
        why = "horizon is longer than the table" if longer else "no case is due at any origin + horizon"
        raise HindcastError(f"{why}: with horizon {horizon}, origins from {said(asked.origins[0])}; {reach}.")


# --- what every origin needs ----------------------------------------------------------------------------


@dataclass
class Work:
    """What is settled before the first origin, and handed to every process."""

    asked: Asked
    estimator: BaseEstimator
    baseline: BaseEstimator | None
    frames: list[pd.DataFrame]  # inputs as of the decision, by horizon; one object where they are the same
    baseline_frames: list[pd.DataFrame]
    outcomes: Outcomes
    classes: np.ndarray | None
    positive: object
    window: pd.Timedelta | None
    due: np.ndarray
    by_due: np.ndarray

    def cases(self, origin: pd.Timestamp, number: int) -> np.ndarray:
        """Numbers of the rows that are predicted at an origin and its horizon."""
        after, until = self.asked.due_at(origin, number)
        ordered = self.due[self.by_due]
        first, last = np.searchsorted(ordered, [after, until], side="right")
        return np.sort(self.by_due[first:last])

    def learning_rows(self, origin: pd.Timestamp, windowed: bool) -> np.ndarray:
        """Numbers of the rows whose outcome is known where `outcomes` stands, in the table's order."""
        known = ~np.isnat(self.outcomes.known)
        if windowed and self.window is not None:
            begin = ask.instants(ask.shifted(pd.DatetimeIndex([origin]), -self.window))[0]
            known &= self.due > begin
        return np.flatnonzero(known)

    def labels(self, rows: np.ndarray) -> np.ndarray:
        """The outcomes of rows as an estimator gets them."""
        values = self.outcomes.values[rows]
        return values if self.classes is None else self.classes[values]


def _prepare(
    asked: Asked,
    estimator: BaseEstimator,
    baseline: BaseEstimator | None,
    names: list[str],
    extra: list[str],
    window: object,
    positive: object,
) -> Work:
    row, values, times = reports(asked)
    classes = None
    if is_classifier(estimator):
        classes, values = _classes(values, asked.outcome)
        positive = _positive(classes, positive, asked.outcome)
    else:
        values = _numbers(values, asked.outcome, positive)
    due = asked.instants(asked.due)
    return Work(
        *(asked, estimator, baseline),
        frames=_frames(asked, names),
        baseline_frames=_frames(asked, extra or names) if baseline is not None else [],
        outcomes=Outcomes(row, values, times, len(asked.rows)),
        classes=classes,
        positive=positive,
        window=None if window is None else ask.length(window, "window"),
        due=due,
        by_due=np.argsort(due, kind="stable"),
    )


def _frames(asked: Asked, names: list[str]) -> list[pd.DataFrame]:
    if asked.decided or not set(names) & set(asked.versions):
        return [settled(asked, names, asked.decided_at(asked.horizons[0]))] * len(asked.horizons)
    return [settled(asked, names, asked.decided_at(horizon)) for horizon in asked.horizons]


def _numbers(values: pd.Series, outcome: str, positive: object) -> np.ndarray:
    if positive is not None:
        raise HindcastError("positive is for classes, but estimator is a regressor. Leave it out.")
    if not (pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values)):
        raise HindcastError(
            f"The outcome {outcome!r} holds {values.dtype}, but estimator is a regressor: it learns numbers. "
            "Choose a classifier, or convert the column."
        )
    return values.to_numpy(dtype=float)


def _classes(values: pd.Series, outcome: str) -> tuple[np.ndarray, np.ndarray]:
    """The classes in order, and each outcome as the number of its class."""
    plain = values.astype(object)
    found = sorted(plain.unique(), key=lambda one: (type(one).__name__, one))
    if pd.api.types.is_float_dtype(values) and any(one != round(one) for one in found):
        raise HindcastError(
            f"The outcome {outcome!r} holds numbers such as {found[0]}, but estimator is a classifier. "
            "Choose a regressor, or make kinds of them."
        )
    if len(found) < 2:
        raise HindcastError(
            f"The outcome {outcome!r} has one class only, {found[0]!r}: there is nothing to tell apart."
        )
    classes = np.array(found, dtype=object if any(isinstance(one, str) for one in found) else None)
    return classes, plain.map({one: number for number, one in enumerate(found)}).to_numpy(dtype=np.int64)


def _positive(classes: np.ndarray, positive: object, outcome: str) -> object:
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


# --- the run --------------------------------------------------------------------------------------------


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


def _run(work: Work, refit: int | None, n_jobs: int | None, progress: bool) -> list[Part]:
    """Every origin, in order, in this process or in several; those finished when interrupted."""
    parts, done, total = [], 0, len(work.asked.origins)
    every = refit or total
    chunks = _chunks(total, every, effective_n_jobs(n_jobs))
    with _shown(progress, total) as show:
        try:
            for chunk, said_there in _each(work, chunks, every, n_jobs):
                parts += said_there
                done += len(chunk)
                show(done)
        except KeyboardInterrupt:
            if not done:
                raise
            last = said(work.asked.origins[done - 1])
            warnings.warn(
                f"Interrupted: {done} of {total} origins are finished and returned, up to {last}.",
                stacklevel=3,
            )
    return parts


def _chunks(total: int, every: int, jobs: int) -> list[range]:
    """The origins in pieces: those with a common fit together, few enough to hand over cheaply."""
    size = every if jobs == 1 else every * min(max(1, total // (every * jobs * 4)), LONGEST_PIECE)
    return [range(start, min(start + size, total)) for start in range(0, total, size)]


def _each(
    work: Work, chunks: list[range], every: int, n_jobs: int | None
) -> Iterator[tuple[Sequence[int], list[Part]]]:
    if effective_n_jobs(n_jobs) == 1 or len(chunks) == 1:
        work.outcomes.restart()
        with threadpool_limits(1, "blas"):  # as in the processes: other sums would differ in the last digit
            for chunk in chunks:
                yield from _at_origins(work, chunk, every)
        return
    tasks = (delayed(_whole_chunk)(work, chunk, every) for chunk in chunks)
    results = Parallel(n_jobs=n_jobs, return_as="generator")(tasks)
    try:
        yield from zip(chunks, results, strict=True)
    except BaseException:
        results.close()
        get_reusable_executor().shutdown(wait=True, kill_workers=True)
        raise


def _whole_chunk(work: Work, chunk: range, every: int) -> list[Part]:
    work.outcomes.restart()
    with threadpool_limits(1, "blas"):
        return [part for _, parts in _at_origins(work, chunk, every) for part in parts]


@contextmanager
def _shown(progress: bool, total: int) -> Iterator:
    """A function that shows how many origins are done; on the error stream, gone at the end."""
    if not progress:
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = [TextColumn("origins"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()]
    console = Console(stderr=True)
    nobody_looks = not (console.is_terminal or console.is_jupyter)
    with Progress(*columns, console=console, transient=True, disable=nobody_looks) as bar:
        task = bar.add_task("origins", total=total)
        yield lambda done: bar.update(task, completed=done)


def _at_origins(work: Work, chunk: range, every: int) -> Iterator[tuple[list[int], list[Part]]]:
    """The origins of a chunk, one by one. Models are kept from one to the next until the next fit is due."""
    models: dict[int, Fitted] = {}
    for at in chunk:
        origin = work.asked.origins[at]
        work.outcomes.until(ask.instants(pd.DatetimeIndex([origin]))[0])
        if at % every == 0:
            models = {}
        baselines: dict[int, Fitted] = {}
        parts = []
        for number in range(len(work.asked.horizons)):
            rows = work.cases(origin, number)
            if len(rows):
                parts.append(_at(work, at, number, rows, models, baselines))
        yield [at], parts


@dataclass
class Fitted:
    """A fitted model with its evidence, or why there is none."""

    model: BaseEstimator | None
    learned_from: int = 0
    newest: np.datetime64 = NEVER
    skipped: str = ""
    failed: bool = False


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
    frame = work.frames[number]
    if id(frame) not in models:
        models[id(frame)] = _fit(work, work.estimator, frame, work.learning_rows(origin, windowed=True))
    fitted = models[id(frame)]
    skipped = np.full(len(rows), fitted.skipped or None, dtype=object)
    ahead = np.isnat(work.outcomes.known[rows])
    skipped[~ahead] = KNOWN_ALREADY
    columns, failed = _said(work, fitted, frame, rows, ahead)
    if failed:
        skipped[ahead] = failed
    if work.baseline is not None:
        columns |= _baseline(work, origin, work.baseline_frames[number], rows, ahead, baselines)
    failed = failed or (fitted.skipped if fitted.failed else "")
    return Part(at, number, rows, columns, fitted.learned_from, fitted.newest, skipped, failed)


def _baseline(
    work: Work,
    origin: pd.Timestamp,
    frame: pd.DataFrame,
    rows: np.ndarray,
    ahead: np.ndarray,
    baselines: dict[int, Fitted],
) -> dict[str, np.ndarray]:
    if id(frame) not in baselines:
        baselines[id(frame)] = _fit(work, work.baseline, frame, work.learning_rows(origin, windowed=False))
    columns, failed = _said(work, baselines[id(frame)], frame, rows, ahead)
    if failed or baselines[id(frame)].failed:
        why = failed or baselines[id(frame)].skipped
        raise HindcastError(f"baseline stopped at the origin {said(origin)}: {why}.")
    kept = {"prediction": "baseline", "score": "baseline_score"}
    return {kept[name]: values for name, values in columns.items() if name in kept}


def _fit(work: Work, estimator: BaseEstimator, frame: pd.DataFrame, learned: np.ndarray) -> Fitted:
    if not len(learned):
        return Fitted(None, skipped=NOTHING_IN_WINDOW)
    evidence = {"learned_from": len(learned), "newest": work.outcomes.known[learned].max()}
    values = work.outcomes.values[learned]
    one_class = work.classes is not None and values.min() == values.max()
    if one_class and not isinstance(estimator, DummyClassifier):
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
    names = {} if work.classes is None else _score_names(work.classes, work.positive)
    empty = np.full(shape, np.nan) if work.classes is None else np.full(shape, None, dtype=object)
    columns = {"prediction": empty, **{name: np.full(shape, np.nan) for name in names}}
    if fitted.model is None or not ahead.any():
        return columns, ""
    frame = _take(frame, rows[ahead])
    try:
        columns["prediction"][ahead] = fitted.model.predict(frame)
        chances = None if work.classes is None else fitted.model.predict_proba(frame)
    except Exception as error:
        return columns, _reason(error)
    if chances is not None:
        for name, one in names.items():
            seen = [number for number, known in enumerate(fitted.model.classes_) if known == one]
            # a class that nobody had seen yet gets no chance from a model that does not know it
            columns[name][ahead] = chances[:, seen[0]] if seen else 0.0
    return columns, ""


def _score_names(classes: np.ndarray, positive: object) -> dict[str, object]:
    names = {} if positive is None else {"score": positive}
    return names if len(classes) == 2 else names | {f"score_{one}": one for one in classes.tolist()}


# --- the result -----------------------------------------------------------------------------------------


def _check_fits(parts: list[Part]) -> None:
    """All origins failed: an error. Some did: a warning; their rows say why."""
    failed = [part for part in parts if part.failed]
    if failed and len(failed) == len(parts):
        raise HindcastError(f"estimator stopped at every origin. The first time it said: {failed[0].failed}.")
    if failed:
        count, total = len({part.origin for part in failed}), len({part.origin for part in parts})
        warnings.warn(
            f"estimator stopped at {count} of {total} origins, whose cases have no "
            f"prediction: see the column skipped. The first time it said: {failed[0].failed}.",
            stacklevel=3,
        )


def _result(work: Work, parts: list[Part], coverage: float | None) -> pd.DataFrame:
    asked = work.asked
    rows = np.concatenate([part.rows for part in parts])
    many = [len(part.rows) for part in parts]
    columns = {
        "origin": asked.origins[np.repeat([part.origin for part in parts], many)],
        "horizon": pd.TimedeltaIndex(asked.horizons)[np.repeat([part.horizon for part in parts], many)],
    }
    table = pd.DataFrame(columns)
    for name in dict.fromkeys(asked.case):
        table[name] = asked.rows[name].iloc[rows].set_axis(table.index)
    table["due"] = asked.rows[asked.due].iloc[rows].set_axis(table.index)
    for name in parts[0].columns:
        values = np.concatenate([part.columns[name] for part in parts])
        table[name] = _labelled(values, work) if name in ("prediction", "baseline") else values
    if coverage is not None:
        low, high = _ranges(work, parts, coverage)
        at = table.columns.get_loc("prediction") + 1
        table.insert(at, "low", low)
        table.insert(at + 1, "high", high)
    last = work.outcomes.to_the_end()
    known = np.isnat(last.known[rows])
    values = last.values[rows]
    table["known_value"] = _labelled(
        values if work.classes is None else np.where(known, None, work.classes.astype(object)[values]), work
    )
    table["known_on"] = _moments(last.known[rows], asked.zone)
    table["learned_from"] = np.repeat([part.learned_from for part in parts], many)
    table["newest_known"] = _moments(np.repeat([part.newest for part in parts], many), asked.zone)
    table["skipped"] = pd.array(np.concatenate([part.skipped for part in parts]), dtype="str")
    return table


def _labelled(values: np.ndarray, work: Work) -> pd.api.extensions.ExtensionArray | np.ndarray:
    """Numbers as they are; classes in the kind of column that holds them, with room for missing ones."""
    if work.classes is None:
        return values
    kind = {"b": "boolean", "i": "Int64", "u": "Int64", "f": "float64"}.get(work.classes.dtype.kind, "str")
    return pd.array(values, dtype=kind)


def _moments(times: np.ndarray, zone: object) -> pd.DatetimeIndex:
    index = pd.DatetimeIndex(times)
    return index if zone is None else index.tz_localize("UTC").tz_convert(zone)


def _ranges(work: Work, parts: list[Part], coverage: float) -> tuple[np.ndarray, np.ndarray]:
    """Low and high: the prediction less the outer errors of earlier predictions, as known at the origin.

    An error is prediction - known value, as last reported by the origin, of the same horizon.
    """
    tails = [(1 + coverage) / 2, (1 - coverage) / 2]
    enough = max(ENOUGH_ERRORS, int(np.ceil(2 / (1 - coverage))))
    outcomes, earlier = work.outcomes, {}
    outcomes.restart()
    lows, highs = [], []
    for part in parts:
        outcomes.until(ask.instants(work.asked.origins[[part.origin]])[0])
        rows, said_then = earlier.get(part.horizon, (np.empty(0, dtype=np.int64), np.empty(0)))
        errors = said_then - outcomes.values[rows]
        errors = errors[~np.isnan(errors)]
        prediction = part.columns["prediction"]
        outer = np.quantile(errors, tails) if len(errors) >= enough else [np.nan, np.nan]
        lows.append(prediction - outer[0])
        highs.append(prediction - outer[1])
        earlier[part.horizon] = np.append(rows, part.rows), np.append(said_then, prediction)
    return np.concatenate(lows), np.concatenate(highs)

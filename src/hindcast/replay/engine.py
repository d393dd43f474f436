"""replay(): what a model would have said at each origin, fitted only on what was known then."""

import warnings
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, is_classifier, is_regressor

from hindcast.errors import HindcastError
from hindcast.replay.fitting import OriginPredictions, last_step
from hindcast.replay.parallel import run_origins
from hindcast.replay.request import read_input_names, read_request
from hindcast.replay.result_table import result_table
from hindcast.replay.schedule import make_schedule


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
    origin + horizon - span < due <= origin + horizon. It learns from the cases whose outcome is known, and
    whose decision was taken, by the origin. Days are midnights, and a value known on day D is known at origin
    D; where `known_at` holds days, the decisions of day D count as taken then, at whatever hour.

    Parameters
    ----------
    estimator : a scikit-learn regressor or classifier, or a pipeline that ends in one. It is cloned before
        each fit and gets a DataFrame of the inputs; a fixed `random_state` stays fixed.
    table : one row a case. It is never changed.
    case : the column or columns that identify a case.
    due : the column with the moment a case is about.
    inputs, outcome : what is looked at, and what is to be said.
    known_at : the column with the day each outcome became known; missing where it is not known yet. None if
        `versions` has every report of the outcome.
    origins : days or moments to stand at. They are replayed in the order of time, each once.
    horizon : how far ahead, such as "7D", or a list of these. Whole days keep the hour of the clock.
    span : how much time counts as due at once; one day, or the shortest horizon where that is shorter.
    decided : the column with the moment of each row's own decision; otherwise due - horizon. Inputs count as
        last reported by then, in learning rows and in predicted ones.
    versions : reports, one a row: the columns of `case`, then column, value, known_at; others are ignored. A
        column that has reports is taken from there alone: inputs as last reported by the decision, outcomes
        by the origin. Without a report by then the value is missing.
    baseline : another estimator, fitted at every origin on all that was known (see `baselines`).
    refit : 1 fits at every origin, k at every k-th, None at the first only.
    window : None learns from everything known, "365D" from the cases due in that time before the origin.
    coverage : a share such as 0.8: adds a range from the replay's own earlier errors, as known at the origin;
        missing until there are 30 of them, or more for a share above 0.93.
    positive : the class whose chance is the score; it can be left out for true and false, and for numbers.
    n_jobs : how many processes share the origins; -1 takes all cores. The result is the same. Starting them
        takes a second or two: it pays where fitting takes ten, and the cores are idle.
    progress : show how far it is.

    Returns
    -------
    A row for each origin, horizon and case, in the order of these and of the table: origin, horizon (a
    length of time), the columns of `case`, due, prediction (in the unit of the outcome, or a class), low and
    high (with `coverage`), score (0 to 1, of classes; score_NAME for each if there are more than two),
    baseline and baseline_score (with `baseline`), known_value and known_on (in the table's last state;
    missing while not known), learned_from (rows), newest_known (the latest report of an outcome in the fit)
    and skipped (why there is no prediction; mostly missing).

    Interrupted (Ctrl-C), it returns the origins that were finished, and warns that these are not all.

    Raises HindcastError for arguments that cannot be replayed, naming the argument or column.

    Examples
    --------
    Demand, whose first count is revised two weeks later: the outcome is what its reports say of it.

    >>> import pandas as pd
    >>> from sklearn.linear_model import Ridge
    >>> from hindcast import load_demand
    >>> from hindcast.replay import SameWeekday, replay
    >>> demand = load_demand().query("day < '2023-04-01'").assign(column="orders")
    >>> first = demand.assign(value=demand["orders_reported"], known_at=demand["day"] + pd.Timedelta("1D"))
    >>> later = demand.assign(value=demand["orders"], known_at=demand["revised_on"]).dropna(subset="known_at")
    >>> said = replay(Ridge(), demand, case=["day", "store"], due="day", inputs=["booked_ahead", "promotion"],
    ...               outcome="orders", known_at=None, versions=pd.concat([first, later]),
    ...               origins=pd.date_range("2023-03-01", periods=5), horizon="1D",
    ...               baseline=SameWeekday("day", by="store"))
    >>> len(said), (said["newest_known"] <= said["origin"]).all()
    (30, np.True_)

    Members who cancel within 30 days, month by month: `due` is the day it is settled.

    >>> from sklearn.linear_model import LogisticRegression
    >>> from hindcast import load_members
    >>> members = load_members().query("month < '2023-12-01'")
    >>> members["settled_on"] = members["month"] + pd.Timedelta("30D")
    >>> said = replay(LogisticRegression(), members, case=["member", "month"], due="settled_on",
    ...               decided="month", inputs=["tenure_months", "orders_30d"], outcome="cancelled",
    ...               known_at="settled_on", origins=["2023-09-01", "2023-10-01"], horizon="30D")
    >>> bool(said["score"].between(0, 1).all())
    True
    """
    names = read_input_names(inputs, outcome, known_at)
    _check_estimator(estimator, "estimator")
    extra = _check_baseline(baseline, estimator, {outcome, known_at})
    _check_policy(refit, coverage, estimator)
    request = read_request(
        table,
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
    schedule = make_schedule(request, estimator, baseline, names, extra, window, positive)
    parts = run_origins(schedule, refit, n_jobs, progress)
    _check_fits(parts)
    return result_table(schedule, parts, coverage)


# --- the arguments ------------------------------------------------------------------------------------


def _check_estimator(estimator: object, argument: str) -> None:
    if isinstance(estimator, type) or not (hasattr(estimator, "fit") and hasattr(estimator, "predict")):
        raise HindcastError(
            f"{argument} should be a scikit-learn estimator such as LinearRegression(), but is {estimator!r}."
        )
    if is_classifier(estimator):
        if not hasattr(estimator, "predict_proba"):
            raise HindcastError(
                f"{argument} says a class but not how sure it is: {_estimator_name(estimator)} has no "
                "predict_proba.",
                "Wrap it in CalibratedClassifierCV, or choose another classifier.",
            )
    elif not is_regressor(estimator):
        raise HindcastError(
            f"{argument} should be a regressor or a classifier, but {_estimator_name(estimator)} is neither."
        )


def _estimator_name(estimator: object) -> str:
    """The name of an estimator, of a pipeline's last step."""
    return type(last_step(estimator)).__name__


def _check_baseline(baseline: object, estimator: object, forbidden: set) -> list[str]:
    """The columns the baseline looks at beside the inputs."""
    if baseline is None:
        return []
    _check_estimator(baseline, "baseline")
    if is_classifier(baseline) != is_classifier(estimator):
        raise HindcastError(
            f"baseline and estimator should say the same kind of thing, but {_estimator_name(baseline)} and "
            f"{_estimator_name(estimator)} are a regressor and a classifier."
        )
    extra = list(getattr(baseline, "columns", ()))
    taken = [name for name in extra if name in forbidden]
    if taken:
        raise HindcastError(f"baseline looks at {taken[0]!r}, which nobody knew yet.", "Name another column.")
    return extra


def _check_policy(refit: object, coverage: object, estimator: object) -> None:
    whole = isinstance(refit, int | np.integer) and not isinstance(refit, bool) and refit >= 1
    if refit is not None and not whole:
        raise HindcastError(
            f"refit should be 1 (every origin), a whole number k (every k-th) or None, but is {refit!r}."
        )
    if coverage is None:
        return
    if is_classifier(estimator):
        raise HindcastError("coverage is for number predictions; a class has its score.", "Leave it out.")
    if isinstance(coverage, bool) or not isinstance(coverage, int | float) or not 0 < coverage < 1:
        raise HindcastError(f"coverage should be a share between 0 and 1, such as 0.8, but is {coverage!r}.")


def _check_fits(parts: list[OriginPredictions]) -> None:
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

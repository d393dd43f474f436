"""Baselines to hold a model against, as scikit-learn regressors over a DataFrame with named columns.

For classes scikit-learn has them: `DummyClassifier(strategy="prior")` says the commonest class, and as its
chance of each class the base rate, of what was known at the origin when it stands in
`replay(..., baseline=DummyClassifier(strategy="prior"))`.

The baselines here learn with `fit(X, y)` and say with `predict(X)`; what they look at is named when they are
made. Where there is nothing to go by (a group never seen, a day without history) they say what `otherwise`
states, and `falls_back(X)` tells for which rows.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from hindcast.errors import HindcastError
from hindcast.replay.request import name_list

__all__ = ["LastValue", "PromisedValue", "SameDayLastYear", "SameWeekday"]


class _Baseline(RegressorMixin, BaseEstimator):
    """What the baselines share: reading X, and the fallback `otherwise`."""

    @property
    def columns(self) -> list[str]:
        """The columns of X that it needs; `replay` passes them in."""
        return [
            name for name in [*self._looks_at(), *name_list(getattr(self, "by", None))] if name is not None
        ]

    def fit(self, X: pd.DataFrame, y: Sequence) -> "_Baseline":  # noqa: N803 (scikit-learn's name)
        """Learn from the outcomes `y` of the rows of `X`. Returns itself."""
        X = self._frame(X, reset=True)  # noqa: N806
        outcomes = _checked_outcomes(y, len(X))
        self.otherwise_ = _fallback_value(self.otherwise, outcomes)
        self._learn(X, outcomes)
        return self

    def predict(self, X: pd.DataFrame) -> np.ndarray:  # noqa: N803
        """A number for each row of `X`, in the unit of the outcome."""
        said = self._say(X)
        return np.where(np.isnan(said), self.otherwise_, said)

    def falls_back(self, X: pd.DataFrame) -> np.ndarray:  # noqa: N803
        """For each row of `X` whether there was nothing to go by, so that `otherwise` is said."""
        return np.isnan(self._say(X))

    def _say(self, X: pd.DataFrame) -> np.ndarray:  # noqa: N803
        check_is_fitted(self)
        return self._recall(self._frame(X, reset=False))

    def _frame(self, X: pd.DataFrame, reset: bool) -> pd.DataFrame:  # noqa: N803
        if not isinstance(X, pd.DataFrame):
            raise HindcastError(f"{type(self).__name__} needs a DataFrame with named columns, not {type(X)}.")
        validate_data(self, X, reset=reset, skip_check_array=True)
        for name in self.columns:
            if name not in X.columns:
                raise HindcastError(
                    f"{type(self).__name__} looks at the column {name!r}, but there are "
                    f"{', '.join(map(str, X.columns))}."
                )
        return X.reset_index(drop=True)


class PromisedValue(_Baseline):
    """Says what a column says, such as the minutes an app promised.

    column : the name of the column; None takes the only one there is.
    otherwise : said where the promise is missing: "mean" or "median" of what was learned, or a number.
    """

    def __init__(self, column: str | None = None, otherwise: str | float = "mean"):
        self.column = column
        self.otherwise = otherwise

    def _looks_at(self) -> list[str | None]:
        return [self.column]

    def _learn(self, X: pd.DataFrame, y: np.ndarray) -> None:  # noqa: N803
        if self.column is None and len(X.columns) != 1:
            raise HindcastError(f"PromisedValue should name one column of {', '.join(map(str, X.columns))}.")
        self.column_ = self.column or X.columns[0]

    def _recall(self, X: pd.DataFrame) -> np.ndarray:  # noqa: N803
        return X[self.column_].to_numpy(dtype=float, na_value=np.nan)


class _ByTime(_Baseline):
    """Says a value learned earlier: of the latest row that has the same key, in its group."""

    def _looks_at(self) -> list[str | None]:
        return [self.when]

    def _learn(self, X: pd.DataFrame, y: np.ndarray) -> None:  # noqa: N803
        self.when_ = self.when or _only_times(X, type(self).__name__)
        times = self._times(X)
        learned = self._keys(X, times).assign(_time=times, _value=y)
        learned = learned[learned["_time"].notna()].sort_values("_time", kind="stable")
        self.learned_ = learned.drop(columns="_time").drop_duplicates(
            [*learned.columns.drop(["_time", "_value"])], keep="last", ignore_index=True
        )

    def _recall(self, X: pd.DataFrame) -> np.ndarray:  # noqa: N803
        wanted = self._keys(X, self._wanted(self._times(X)))
        keys = list(wanted.columns)
        return wanted.merge(self.learned_, on=keys, how="left")["_value"].to_numpy(dtype=float)

    def _times(self, X: pd.DataFrame) -> pd.Series:  # noqa: N803
        times = X[self.when_]
        if not pd.api.types.is_datetime64_any_dtype(times.dtype):
            raise HindcastError(
                f"{type(self).__name__} needs days or moments in {self.when_!r}, which holds {times.dtype}."
            )
        return times

    def _keys(self, X: pd.DataFrame, times: pd.Series) -> pd.DataFrame:  # noqa: N803
        groups = {f"by {name}": X[name].astype(object) for name in name_list(self.by)}
        return pd.DataFrame({**groups, **self._parts(times)}, index=X.index)

    def _wanted(self, times: pd.Series) -> pd.Series:
        """For each row's time, the time whose value is predicted for it."""
        return times

    def _parts(self, times: pd.Series) -> dict[str, object]:
        """The parts in which two times must agree to share a value."""
        raise NotImplementedError


class LastValue(_ByTime):
    """Says the outcome of the latest row it learned from, in the group of `by`.

    when : the column with each row's day or moment; None takes the only such column.
    by : the column or columns of groups, such as the store; None for one group.
    otherwise : said of a group never seen: "mean" or "median" of what was learned, or a number.
    """

    def __init__(
        self,
        when: str | None = None,
        by: str | Sequence[str] | None = None,
        otherwise: str | float = "mean",
    ):
        self.when = when
        self.by = by
        self.otherwise = otherwise

    def _parts(self, times: pd.Series) -> dict[str, object]:
        return {"all": 0}


class SameWeekday(LastValue):
    """Says the outcome of the latest row on the same weekday, at the same time of day, in the group of `by`.

    The parameters are those of LastValue.

    >>> import pandas as pd
    >>> from hindcast.replay import SameWeekday
    >>> days = pd.DataFrame({"day": pd.date_range("2025-09-01", periods=15)})
    >>> SameWeekday("day").fit(days[:14], range(14)).predict(days[14:])  # a Monday
    array([7.])
    """

    def _parts(self, times: pd.Series) -> dict[str, object]:
        return {"weekday": times.dt.day_of_week, "time": _time_of_day(times)}


class SameDayLastYear(LastValue):
    """Says the outcome of the same day of the year before, at the same time of day, in the group of `by`.

    Of 29 February it says the 28th of the year before. The parameters are those of LastValue.
    """

    def _wanted(self, times: pd.Series) -> pd.Series:
        return times - pd.DateOffset(years=1)

    def _parts(self, times: pd.Series) -> dict[str, object]:
        days = {"year": times.dt.year, "month": times.dt.month, "day": times.dt.day}
        return {**days, "time": _time_of_day(times)}


def _time_of_day(times: pd.Series) -> pd.Series:
    """Seconds since midnight by the clock."""
    return times.dt.hour * 3600 + times.dt.minute * 60 + times.dt.second


def _only_times(X: pd.DataFrame, who: str) -> str:  # noqa: N803
    times = [name for name in X.columns if pd.api.types.is_datetime64_any_dtype(X[name].dtype)]
    if len(times) != 1:
        found = ", ".join(map(str, times)) or "none"
        raise HindcastError(
            f"{who} should name its column of days with when=; of such columns there are: {found}."
        )
    return times[0]


def _checked_outcomes(y: Sequence, size: int) -> np.ndarray:
    try:
        outcomes = pd.Series(np.asarray(y).ravel()).to_numpy(dtype=float)
    except (TypeError, ValueError) as error:
        raise HindcastError("The outcomes y should be numbers.") from error
    if len(outcomes) != size or not size:
        raise HindcastError(
            f"X and y should have as many rows, at least one; they have {size} and {len(outcomes)}."
        )
    if np.isnan(outcomes).any():
        raise HindcastError("The outcomes y have a missing value.", "Learn from known outcomes only.")
    return outcomes


def _fallback_value(otherwise: object, outcomes: np.ndarray) -> float:
    if isinstance(otherwise, str) and otherwise in ("mean", "median"):
        return float(getattr(np, otherwise)(outcomes))
    if (
        isinstance(otherwise, bool)
        or not isinstance(otherwise, int | float | np.number)
        or np.isnan(otherwise)
    ):
        raise HindcastError(f'otherwise should be "mean", "median" or a number, but is {otherwise!r}.')
    return float(otherwise)

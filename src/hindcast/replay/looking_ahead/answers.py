"""The answers of a replay function to changed tables, and which predictions differ between two answers."""

import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd

from hindcast.errors import HindcastError
from hindcast.replay.request import ReplayRequest
from hindcast.replay.times import instants, value_text

SAID = ("prediction", "low", "high", "score", "baseline")
HORIZON = ("horizon", "horizon_days")
# Sums in another order differ in the last digits; what a leak moves is far larger.
NOISE = 1e-7


class Answers:
    """The answers of a replay function: to the table as it is (`first`), and to changed ones.

    `horizon` and `said` are the columns that its answers have beside origin and case; an answer is held with
    its origin, horizon and case as its index.
    """

    def __init__(
        self,
        replay_fn: Callable[..., pd.DataFrame],
        request: ReplayRequest,
        table: pd.DataFrame,
        versions: pd.DataFrame | None,
    ):
        self._function, self._request = replay_fn, request
        answer = self._call(table, versions)
        self.horizon, self.said = self._columns(answer)
        self.first = self._keyed(answer)
        self._scale = {name: _scale(self.first[name]) for name in self.said}
        again = self.to(table, versions)
        if len(again) != len(self.first) or self.moved(again):
            raise HindcastError(
                "replay_fn says something else when it is called twice with the same table, so nothing "
                "can be tested.",
                "Give its estimator a fixed random_state.",
            )

    def to(self, table: pd.DataFrame, versions: pd.DataFrame | None) -> pd.DataFrame:
        """Its answer to a table. Raises what the function raises."""
        return self._keyed(self._call(table, versions))

    def _call(self, table: pd.DataFrame, versions: pd.DataFrame | None) -> pd.DataFrame:
        """Its answer to a copy of the table."""
        given = [table.copy()] if versions is None else [table.copy(), versions.copy()]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return self._function(*given, self._request.origins)

    def _columns(self, answer: pd.DataFrame) -> tuple[list[str], list[str]]:
        case = self._request.case
        if not isinstance(answer, pd.DataFrame):
            raise HindcastError(
                f"replay_fn should return a DataFrame, but returned a {type(answer).__name__}."
            )
        for name in ["origin", *case]:
            if name not in answer.columns:
                raise HindcastError(
                    f"replay_fn should return a table with the column {name!r}; its columns are "
                    f"{', '.join(map(str, answer.columns))}."
                )
        horizon = [name for name in HORIZON if name in answer.columns and name not in case][:1]
        told = [name for name in answer.columns if str(name).startswith(SAID) and name not in case]
        if not told:
            raise HindcastError("replay_fn should return a table with a column prediction or score.")
        return horizon, told

    def _keyed(self, answer: pd.DataFrame) -> pd.DataFrame:
        """The predicted columns, indexed by origin, horizon and case."""
        keys = ["origin", *self.horizon, *self._request.case]
        answer = answer[keys + self.said]
        times = {"origin": self._request.origins.dtype, **self._request.rows[self._request.case].dtypes}
        try:
            kept = {name: kind for name, kind in times.items() if kind.kind == "M"}
            keyed = answer.assign(
                **{name: pd.to_datetime(answer[name]).astype(kind) for name, kind in kept.items()}
            )
        except (TypeError, ValueError) as error:
            reason = str(error).splitlines()[0].rstrip(".")
            raise HindcastError(f"replay_fn should return days in {', '.join(kept)}: {reason}.") from error
        keyed = keyed.set_index(keys)
        if keyed.index.has_duplicates:
            twice = ", ".join(map(value_text, keyed.index[keyed.index.duplicated()][0]))
            raise HindcastError(
                f"replay_fn should return one row for each {', '.join(keys)}, but has two: {twice}."
            )
        return keyed

    def moved(self, answer: pd.DataFrame, checked: np.ndarray | None = None) -> dict[tuple, tuple]:
        """Predictions that differ from `first`, of those `checked` or all: key -> column, old, new value."""
        before = self.first if checked is None else self.first[checked]
        where = answer.index.get_indexer(before.index)
        gone = where < 0
        moved: dict[tuple, tuple] = {}
        for name in self.said:
            was = before[name].reset_index(drop=True)
            became = answer[name].reset_index(drop=True).reindex(where).reset_index(drop=True)
            for row in np.flatnonzero(gone | _differ(was, became, self._scale[name])):
                moved.setdefault(before.index[row], (name, was[row], None if gone[row] else became[row]))
        return moved

    def appeared(self, answer: pd.DataFrame, after: np.datetime64) -> dict[tuple, tuple]:
        """Predictions up to the origin that were not there before."""
        new = answer[~answer.index.isin(self.first.index)]
        early = instants(pd.DatetimeIndex(new.index.get_level_values("origin"))) <= after
        name = self.said[0]
        return {key: (name, None, value) for key, value in new.loc[early, name].items()}


def _scale(values: pd.Series) -> float:
    """The largest absolute number of a column; 0 where it holds none."""
    if not pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_bool_dtype(values.dtype):
        return 0.0
    return float(np.nanmax(np.abs(values.to_numpy(dtype=float, na_value=np.nan)), initial=0.0))


def _differ(was: pd.Series, became: pd.Series, scale: float) -> np.ndarray:
    """Which values differ by more than noise; missing is like missing."""
    if all(pd.api.types.is_numeric_dtype(one.dtype) for one in (was, became)):
        one, other = (values.to_numpy(dtype=float, na_value=np.nan) for values in (was, became))
        return ~np.isclose(one, other, rtol=NOISE, atol=NOISE * scale, equal_nan=True)
    one, other = was.astype(object), became.astype(object)
    return ((one != other) & ~(one.isna() & other.isna())).to_numpy(dtype=bool)

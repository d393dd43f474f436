"""What replaying costs beside the fitting, how it grows, and another library's backtesting on the same work.

python benchmarks/replay.py [REPEATS]

The last table needs skforecast, which is no dependency of the course (and wants an older pandas). In an
environment of its own, where this file takes hindcast from the checkout:

python -m venv FOLDER && FOLDER/bin/pip install skforecast && FOLDER/bin/python benchmarks/replay.py
"""

import importlib.util
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from hindcast.replay import SameWeekday, replay

ROWS, ORIGINS, STORES = 100_000, 60, 50
DAY, HOUR = pd.Timedelta(days=1), pd.Timedelta(hours=1)
NAMED, COUNTED = ["store", "weekday"], ["booked_ahead", "last_week", "rain", "price", "promotion"]


class Timed(RegressorMixin, BaseEstimator):
    """Wrapper of an estimator that adds up the seconds spent in it."""

    seconds = 0.0

    def __init__(self, estimator=None):
        self.estimator = estimator

    @property
    def columns(self) -> list[str]:
        """Columns that a baseline needs from the replay."""
        return getattr(self.estimator, "columns", [])

    def fit(self, X, y):  # noqa: N803 (scikit-learn's name)
        start = time.perf_counter()
        self.fitted_ = clone(self.estimator).fit(X, y)
        Timed.seconds += time.perf_counter() - start
        return self

    def predict(self, X):  # noqa: N803
        start = time.perf_counter()
        said = self.fitted_.predict(X)
        Timed.seconds += time.perf_counter() - start
        return said


def orders(rows: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Orders by day and store, and their reports: counted the day after, a third revised, last week's too."""
    rng = np.random.default_rng(0)
    days = pd.date_range("2015-01-01", periods=rows // STORES)
    stores = [f"store {number:02d}" for number in range(STORES)]
    table = pd.MultiIndex.from_product([days, stores], names=["day", "store"]).to_frame(index=False)
    table["weekday"] = table["day"].dt.day_name()
    table["booked_ahead"] = rng.poisson(30, rows)
    table["promotion"] = rng.random(rows) < 0.2
    table["rain"], table["price"] = rng.gamma(1.0, 2.0, rows), rng.normal(3.0, 0.5, rows)
    table["orders"] = rng.poisson(table["booked_ahead"] * 1.5 + 10 * table["promotion"])
    table["last_week"] = table["orders"].shift(7 * STORES).fillna(50.0)
    keys = table[["day", "store"]]
    first = keys.assign(column="orders", value=table["orders"] - 1.0, known_at=table["day"] + DAY)
    revised = keys.assign(column="orders", value=table["orders"] * 1.0, known_at=table["day"] + 10 * DAY)
    revised = revised[rng.random(rows) < 1 / 3]
    lags = pd.concat([first, revised]).assign(column="last_week")
    lags["day"] += 7 * DAY
    versions = pd.concat([first, revised, lags[lags["day"] <= days[-1]]], ignore_index=True)
    return table, versions


def linear() -> BaseEstimator:
    columns = make_column_transformer(
        (OneHotEncoder(), NAMED), (StandardScaler(), [name for name in COUNTED if name != "last_week"])
    )
    return make_pipeline(columns, Ridge())


def replayed(estimator: BaseEstimator, rows: int, origins: int, **more) -> Callable[[], tuple[float, float]]:
    """A replay as a function that returns its seconds, and those spent outside fit and predict."""
    table, versions = orders(rows)
    days = table["day"].unique()
    what = {
        "case": ["day", "store"],
        "due": "day",
        "inputs": NAMED + COUNTED,
        "outcome": "orders",
        "known_at": None,
        "horizon": "1D",
        "coverage": 0.8,
        "versions": versions,
        # spread over the last half of the days
        "origins": days[np.linspace(len(days) // 2, len(days) - 2, origins).astype(int)],
    }

    def run() -> tuple[float, float]:
        Timed.seconds, start = 0.0, time.perf_counter()
        replay(Timed(estimator), table, **what, **more)
        whole = time.perf_counter() - start
        return whole, whole - Timed.seconds

    return run


def medians(runs: dict[str, Callable[[], tuple]], repeats: int) -> dict[str, tuple]:
    """Median seconds of each run, taken in turns so that a busy moment hits all."""
    rounds = [{name: run() for name, run in runs.items()} for _ in range(repeats)]
    return {
        name: tuple(map(statistics.median, zip(*[one[name] for one in rounds], strict=True))) for name in runs
    }


def trees() -> BaseEstimator:
    """A gradient boosting of few, small trees, as for a first model."""
    columns = make_column_transformer((OrdinalEncoder(), NAMED), remainder="passthrough")
    return make_pipeline(columns, HistGradientBoostingRegressor(max_iter=30, max_leaf_nodes=15))


def share_and_growth(repeats: int) -> None:
    """Print the first table: ours alone. Fits of baseline and model are not counted as the engine's time."""
    weekday = Timed(SameWeekday("day", by="store"))
    took = medians(
        {
            "linear": replayed(linear(), ROWS, ORIGINS),
            "linear, rows halved": replayed(linear(), ROWS // 2, ORIGINS),
            "linear, origins halved": replayed(linear(), ROWS, ORIGINS // 2),
            "linear, with a baseline": replayed(linear(), ROWS, ORIGINS, baseline=weekday),
            "trees": replayed(trees(), ROWS, ORIGINS),
        },
        repeats,
    )
    print(f"{ORIGINS} origins over {ROWS:,} rows, reports of the outcome and of an input, ranges")
    print(f"{'':<26}{'seconds':>9}{'engine':>9}{'share':>8}")
    for name, (whole, own) in took.items():
        print(f"{name:<26}{whole:>9.2f}{own:>9.2f}{own / whole:>8.1%}")
    whole, own = took["linear"]
    for name in ("rows", "origins"):
        less = took[f"linear, {name} halved"]
        print(f"{name} doubled: the whole {whole / less[0]:.2f} times, the engine {own / less[1]:.2f} times")


def processor_seconds() -> dict[int, float]:
    """Processor seconds by process, of this one and those it has started."""
    import psutil

    me = psutil.Process()
    return {one.pid: sum(one.cpu_times()[:2]) for one in (me, *me.children(recursive=True))}


def worked(run: Callable[[], tuple]) -> Callable[[], tuple[float, float, float]]:
    """A run as a function of its wall seconds and processor seconds: of all processes, of the busiest."""

    def timed() -> tuple[float, float, float]:
        before = processor_seconds()
        seconds = run()[0]
        spent = [after - before.get(one, 0.0) for one, after in processor_seconds().items()]
        return seconds, sum(spent), max(spent)

    return timed


def processes(repeats: int) -> None:
    """Print the second table: what a second process saves, and costs.

    On a busy machine wall seconds depend on its other work. The processor seconds of the busiest process
    are what the run would take on idle cores.
    """
    runs = {}
    for name, estimator in (("linear", linear()), ("trees", trees())):
        for number in (1, 2):
            runs[name, number] = worked(replayed(estimator, ROWS, ORIGINS, n_jobs=number))
    begin = time.perf_counter()
    replayed(linear(), ROWS // 10, 4, n_jobs=2)()
    print(f"two processes are started, and have read the libraries, in {time.perf_counter() - begin:.1f} s")
    took = medians(runs, repeats)
    print(f"{'two against one':<26}{'clock':>9}{'work':>9}{'busiest':>9}")
    for name in ("linear", "trees"):
        (clock, work, _), (clock_two, work_two, busiest) = took[name, 1], took[name, 2]
        print(f"{name:<26}{clock_two / clock:>9.2f}{work_two / work:>9.2f}{busiest / work:>9.2f}")


# --- beside skforecast ------------------------------------------------------------------------------------

STEPS, LAGS = 24, range(24, 48)


def hours() -> pd.DataFrame:
    """A table with one number an hour and three inputs."""
    rng = np.random.default_rng(1)
    index = pd.date_range("2010-01-01", periods=ROWS, freq="h")
    table = pd.DataFrame(rng.normal(size=(ROWS, 3)), columns=["a", "b", "c"], index=index)
    daily = np.sin(2 * np.pi * np.arange(ROWS) / 24)
    return table.assign(y=10 + daily + table["a"] + rng.normal(size=ROWS))


def ours_by_hour(table: pd.DataFrame) -> np.ndarray:
    lags = {f"lag_{lag}": table["y"].shift(lag) for lag in LAGS}
    rows = table.assign(hour=table.index, **lags).iloc[LAGS[-1] :]
    ends = table.index[ROWS - ORIGINS * STEPS - 1 :: STEPS][:ORIGINS]
    said = replay(
        Ridge(),
        rows,
        case="hour",
        due="hour",
        inputs=[*lags, "a", "b", "c"],
        outcome="y",
        known_at="hour",
        origins=ends,
        horizon=STEPS * HOUR,
        span=STEPS * HOUR,
    )
    return said["prediction"].to_numpy()


def theirs_by_hour(table: pd.DataFrame) -> np.ndarray:
    from skforecast.model_selection import TimeSeriesFold, backtesting_forecaster
    from skforecast.recursive import ForecasterRecursive

    folds = TimeSeriesFold(
        steps=STEPS,
        initial_train_size=ROWS - ORIGINS * STEPS,
        refit=True,
        fixed_train_size=False,
        verbose=False,
    )
    _, said = backtesting_forecaster(
        ForecasterRecursive(Ridge(), lags=list(LAGS)),
        y=table["y"],
        exog=table[["a", "b", "c"]],
        cv=folds,
        metric="mean_absolute_error",
        n_jobs=1,
        show_progress=False,
    )
    return said["pred"].to_numpy()


def beside_skforecast(repeats: int) -> None:
    """Print the last table: the same fits and predictions by skforecast."""
    table = hours()
    apart = np.abs(ours_by_hour(table) - theirs_by_hour(table)).max()

    def seconds(run: Callable[[pd.DataFrame], np.ndarray]) -> Callable[[], tuple[float]]:
        def timed() -> tuple[float]:
            start = time.perf_counter()
            run(table)
            return (time.perf_counter() - start,)

        return timed

    took = medians({"ours": seconds(ours_by_hour), "skforecast": seconds(theirs_by_hour)}, repeats)
    ours, theirs = took["ours"][0], took["skforecast"][0]
    print(f"{ORIGINS} refits over {ROWS:,} hours; ridge, 24 lags, 3 inputs; {STEPS} hours ahead; one process")
    print(f"ours {ours:.2f} s, skforecast {theirs:.2f} s, ratio {ours / theirs:.2f}")
    print(f"the predictions are at most {apart:.0e} apart")


def main() -> int:
    """Measure, print the tables, return the exit code."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    warnings.simplefilter("ignore")
    with threadpool_limits(1):  # threads of libraries would hide what a second process saves
        share_and_growth(repeats)
        print()
        if importlib.util.find_spec("psutil"):
            processes(repeats)
            print()
    if importlib.util.find_spec("skforecast"):
        beside_skforecast(repeats)
    else:
        print("skforecast is not installed here: no comparison. This file's docstring says how to add it.")
    print(f"Medians of {repeats}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The baselines: their predictions, those without any data to go by, and scikit-learn's own checks."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils import estimator_checks

from hindcast.errors import HindcastError
from hindcast.replay import LastValue, PromisedValue, SameDayLastYear, SameWeekday

MADE = [PromisedValue("minutes"), LastValue("day"), SameWeekday("day", by="shop"), SameDayLastYear("day")]
WITHOUT_DATA = [
    "check_estimator_cloneable",
    "check_estimator_tags_renamed",
    "check_valid_tag_types",
    "check_estimator_repr",
    "check_no_attributes_set_in_init",
    "check_do_not_raise_errors_in_init_or_set_params",
    "check_mixin_order",
    "check_get_params_invariance",
    "check_set_params",
    "check_parameters_default_constructible",
]


@pytest.fixture
def X() -> pd.DataFrame:  # noqa: N802
    """Four weeks of two shops, two years running, the latest first."""
    days = pd.date_range("2024-03-01", periods=28).append(pd.date_range("2025-03-01", periods=28))
    rows = pd.MultiIndex.from_product([days[::-1], ["north", "south"]], names=["day", "shop"])
    return rows.to_frame(index=False).assign(minutes=range(112))


@pytest.fixture
def y(X) -> np.ndarray:  # noqa: N803
    return X["minutes"].to_numpy() * 2.0


def asked(*rows: tuple) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["day", "shop", "minutes"])
    return table.assign(day=pd.to_datetime(table["day"]))


def value_of(X, y, day, shop) -> float:  # noqa: N803
    return y[((X["day"] == day) & (X["shop"] == shop)).to_numpy()].item()


def test_a_promise_is_said_as_it_stands_and_a_missing_one_falls_back(X, y):  # noqa: N803
    fitted = PromisedValue("minutes", otherwise=7).fit(X, y)
    rows = asked(("2025-04-01", "north", 12.0), ("2025-04-01", "south", np.nan))
    assert fitted.predict(rows).tolist() == [12.0, 7.0]
    assert fitted.falls_back(rows).tolist() == [False, True]


def test_the_last_value_is_that_of_the_latest_day_of_its_group(X, y):  # noqa: N803
    rows = asked(("2025-04-01", "south", 0), ("2025-04-01", "north", 0), ("2025-04-01", "west", 0))
    fitted = LastValue("day", by="shop").fit(X, y)
    last = [value_of(X, y, "2025-03-28", shop) for shop in ("south", "north")]
    assert fitted.predict(rows).tolist() == [*last, y.mean()]
    assert fitted.falls_back(rows).tolist() == [False, False, True]


def test_the_same_weekday_is_the_latest_one(X, y):  # noqa: N803
    rows = asked(("2025-04-01", "south", 0), ("2025-04-11", "north", 0))
    said = SameWeekday("day", by=["shop"]).fit(X, y).predict(rows)
    assert said.tolist() == [value_of(X, y, "2025-03-25", "south"), value_of(X, y, "2025-03-28", "north")]


def test_the_same_weekday_by_the_hour_is_the_same_hour():
    hours = pd.DataFrame({"at": pd.date_range("2025-01-01", periods=24 * 14, freq="h")})
    fitted = SameWeekday("at").fit(hours, np.arange(len(hours)))
    ahead = hours + pd.Timedelta("14D")
    latest = list(range(24 * 7, 24 * 14))
    assert fitted.predict(ahead).tolist() == latest * 2


def test_the_same_day_last_year_is_that_day_and_the_day_before_where_there_was_none(X, y):  # noqa: N803
    rows = asked(("2025-03-05", "north", 0), ("2026-03-05", "north", 0), ("2023-03-05", "north", 0))
    fitted = SameDayLastYear("day", by="shop", otherwise="median").fit(X, y)
    days = [value_of(X, y, day, "north") for day in ("2024-03-05", "2025-03-05")]
    assert fitted.predict(rows).tolist() == [*days, np.median(y)]
    leap = pd.DataFrame({"day": pd.to_datetime(["2023-02-27", "2023-02-28", "2023-03-01"])})
    fitted = SameDayLastYear().fit(leap, [1.0, 2.0, 3.0])
    assert fitted.predict(pd.DataFrame({"day": [pd.Timestamp("2024-02-29")]})).tolist() == [2.0]


@pytest.mark.parametrize("estimator", MADE, ids=lambda one: type(one).__name__)
def test_it_behaves_like_an_estimator(estimator, X, y):  # noqa: N803
    with pytest.raises(NotFittedError):
        estimator.predict(X)
    before = X.copy(deep=True)
    fresh = clone(estimator)
    fitted = fresh.fit(X, y)
    assert fitted is fresh
    assert list(fitted.feature_names_in_) == list(X.columns) and fitted.n_features_in_ == 3
    said = fitted.predict(X)
    assert said.shape == (len(X),) and not np.isnan(said).any()
    assert clone(fitted).get_params() == estimator.get_params()
    assert fitted.fit(X, y).predict(X).tolist() == said.tolist()
    assert fitted.predict(X.iloc[::-1])[::-1].tolist() == said.tolist()
    assert fitted.predict(X.iloc[[7]]).tolist() == said[[7]].tolist()
    assert pickle.loads(pickle.dumps(fitted)).predict(X).tolist() == said.tolist()
    pd.testing.assert_frame_equal(X, before)
    with pytest.raises(ValueError, match="feature names"):
        fitted.predict(X.rename(columns={"minutes": "hours"}))


@pytest.mark.parametrize("check", WITHOUT_DATA)
@pytest.mark.parametrize("estimator", MADE, ids=lambda one: type(one).__name__)
def test_it_passes_scikit_learns_check(estimator, check):
    getattr(estimator_checks, check)(type(estimator).__name__, estimator)


@pytest.mark.parametrize(
    ("estimator", "words"),
    [
        (PromisedValue(), "name one column"),
        (PromisedValue("hours"), "'hours'"),
        (LastValue("shop"), "'shop'"),
        (LastValue("day", by="town"), "'town'"),
        (LastValue("day", otherwise="mode"), "otherwise"),
        (LastValue("day", otherwise=np.nan), "otherwise"),
    ],
)
def test_a_wrong_argument_is_named(estimator, words, X, y):  # noqa: N803
    with pytest.raises(HindcastError, match=words):
        estimator.fit(X, y)


def test_arrays_without_names_and_missing_outcomes_are_refused(X, y):  # noqa: N803
    with pytest.raises(HindcastError, match="DataFrame"):
        LastValue("day").fit(X.to_numpy(), y)
    with pytest.raises(HindcastError, match="missing"):
        LastValue("day").fit(X, np.where(y > 5, np.nan, y))
    with pytest.raises(HindcastError, match="rows"):
        LastValue("day").fit(X, y[:5])
    with pytest.raises(HindcastError, match="day"):
        LastValue().fit(X.assign(other=X["day"]), y)

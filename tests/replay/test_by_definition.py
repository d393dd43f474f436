"""replay() compared with its definition, row by row, on random tables."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, RegressorMixin

from hindcast.replay import replay

DAY = pd.Timedelta(days=1)


class Fingerprint(RegressorMixin, BaseEstimator):
    """Predicts a number that depends on every value it learned from and on its inputs."""

    def fit(self, X, y):  # noqa: N803
        weights = X.fillna(-7.0).to_numpy(dtype=float) @ [1.0, 0.1]
        self.learned_ = float(np.sum(np.sin(weights) * y) + len(y))
        return self

    def predict(self, X):  # noqa: N803
        return self.learned_ + X.fillna(-7.0).to_numpy(dtype=float) @ [1.0, 0.1]


def drawn(seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cases of sixty days, some known early, late or never; reports of an input and of the outcome."""
    rng = np.random.default_rng(seed)
    size = 120
    table = pd.DataFrame({"case": rng.permutation(size), "due": pd.Timestamp("2025-01-01")})
    table["due"] += rng.integers(0, 60, size) * DAY
    table["decided"] = table["due"] - rng.integers(0, 9, size) * DAY
    table["a"], table["b"], table["y"] = rng.integers(0, 9, (3, size)) * 1.0
    table["known"] = (table["due"] + rng.integers(-6, 20, size) * DAY).mask(rng.random(size) < 0.1)
    reports = table.loc[rng.integers(0, size, 260), ["case", "due"]].reset_index(drop=True)
    reports["column"] = np.where(rng.random(260) < 0.5, "a", "y")
    reports["value"] = rng.integers(10, 99, 260) * 1.0
    reports["known_at"] = reports.pop("due") + rng.integers(-12, 20, 260) * DAY
    return table, reports.drop_duplicates(["case", "column", "known_at"])


def last(reports: pd.DataFrame, case: int, column: str, by: pd.Timestamp) -> tuple:
    """Value and day of the last report by a moment."""
    found = reports[(reports["case"] == case) & (reports["column"] == column) & (reports["known_at"] <= by)]
    if found.empty:
        return np.nan, pd.NaT
    newest = found.loc[found["known_at"].idxmax()]
    return newest["value"], newest["known_at"]


def by_definition(table, versions, origins, horizons, span, decided, refit, window) -> pd.DataFrame:
    rows, models = [], {}
    used = set() if versions is None else set(versions["column"])
    for number, origin in enumerate(origins):
        for ahead in sorted(map(pd.Timedelta, horizons)):
            state = table.assign(at=table["decided"] if decided else table["due"] - ahead)
            longest = table["due"] - max(map(pd.Timedelta, horizons))
            taken = state["at"] if decided or "a" in used else longest
            if "a" in used:
                state["a"] = [last(versions, one.case, "a", one.at)[0] for one in state.itertuples()]
            if "y" in used:
                told = [last(versions, case, "y", origin) for case in state["case"]]
                state["y"], state["known"] = zip(*told, strict=True)
            known = state["known"] <= origin
            learned = state[known & (taken <= origin) & (state["due"] > origin - pd.Timedelta(window))]
            if number % (refit or len(origins)) == 0:
                models[ahead] = (Fingerprint().fit(learned[["a", "b"]], learned["y"]), len(learned))
            until = origin + ahead
            due = state[(state["due"] > until - pd.Timedelta(span)) & (state["due"] <= until)]
            for index, case in due.iterrows():
                said = models[ahead][0].predict(due.loc[[index], ["a", "b"]])[0]
                said = np.nan if known[index] else said
                rows.append((origin, ahead, case["case"], said, models[ahead][1]))
    return pd.DataFrame(rows, columns=["origin", "horizon", "case", "prediction", "learned_from"])


@pytest.mark.parametrize("seed", range(12))
def test_it_says_what_its_definition_says(seed):
    table, versions = drawn(seed)
    versions = [versions, versions[versions["column"] == "a"], versions[versions["column"] == "y"], None][
        seed % 4
    ]
    origins = pd.date_range("2025-01-25", periods=6, freq="3D")
    horizons, span = [(["3D"], "1D"), (["2D", "7D"], "2D"), (["5D"], "5D")][seed % 3]
    decided, refit = seed % 5 < 2, [1, 2, None, 4][seed // 3 % 4]
    window = ["400D", "12D"][seed % 2]
    said = replay(
        *(Fingerprint(), table),
        case="case",
        due="due",
        inputs=["a", "b"],
        outcome="y",
        known_at="known",
        origins=origins,
        horizon=horizons,
        span=span,
        decided="decided" if decided else None,
        versions=versions,
        refit=refit,
        window=window,
    )
    expected = by_definition(table, versions, origins, horizons, span, decided, refit, window)
    assert len(said) > 5 and said["prediction"].notna().any()
    assert said["case"].tolist() == expected["case"].tolist()
    assert (said["origin"] == expected["origin"]).all() and (said["horizon"] == expected["horizon"]).all()
    assert said["learned_from"].tolist() == expected["learned_from"].tolist()
    np.testing.assert_allclose(said["prediction"], expected["prediction"], rtol=1e-9)

"""Recipe of backdated_cancellations.csv and cancellation_replays.csv: what a model would have said.

On the first of each month, the origin, a scikit-learn pipeline is fitted afresh on the rows whose outcome was
known by then, 30 days after their month began; it then gives each member of that day a score. A member who
was called may have stayed because of the call, so rows of called members are not learned from: the score is
the chance to cancel if nobody calls.

`cancellation_replays.csv` holds the same replay at six origins beside two that go wrong in one way each.
`make()` returns the tables, `hindcast data build` writes them. Same seed, same versions: same bytes.
"""

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

SEED = 2025_0903
ORIGINS = pd.date_range("2024-01-01", "2025-12-01", freq="MS")
REPLAYED = pd.date_range("2025-04-01", "2025-09-01", freq="MS")
HORIZON_DAYS = 30
HORIZON = pd.Timedelta(days=HORIZON_DAYS)

# Of the accounts closed before this day, 90 days before the tables were drawn, most have been deleted.
DELETED_BEFORE = pd.Timestamp("2026-01-15") - pd.Timedelta(days=90)
DELETED_SHARE = 0.6

PLANS = ["pay as you go", "monthly", "yearly"]
ZONES = ["Old Town", "Harbour", "Riverside", "University", "Hilltop"]
STATES = ["active", "closed"]
COUNTED = ["tenure_months", "orders_30d", "late_share_30d", "tickets_30d", "discount_share_30d"]


def model(back_filled: bool) -> Pipeline:
    """The pipeline that is fitted at every origin; `back_filled` adds the account's state of today."""
    named, lists = ["plan", "zone"], [PLANS, ZONES]
    if back_filled:
        named, lists = [*named, "state_today"], [*lists, STATES]
    # Without orders both shares are missing: fill in 0 and add an indicator.
    imputed = SimpleImputer(strategy="constant", fill_value=0.0, add_indicator=True)
    counted = make_pipeline(imputed, StandardScaler())
    columns = ColumnTransformer(
        [("counted", counted, COUNTED), ("named", OneHotEncoder(categories=lists), named)]
    )
    # Few cancel, so the model is regularised: C was chosen by cross-validation on the rows of 2023 alone.
    return make_pipeline(columns, LogisticRegression(C=0.1, solver="newton-cholesky", tol=1e-10))


def replay(members: pd.DataFrame, origins: pd.DatetimeIndex, back_filled: bool = False) -> pd.DataFrame:
    """One row for each member at each of `origins`, with the score and the share known to have cancelled."""
    rows = members.sort_values(["month", "member"], kind="stable", ignore_index=True)
    rows["state_today"] = rows.groupby("member")["account_state"].transform("last")
    known_on, called = rows["month"] + HORIZON, rows["called_on"].notna()
    parts = []
    for origin in origins:
        known, cases = rows[known_on <= origin], rows[rows["month"] == origin]
        learned = known[~called[known.index]]
        fitted = model(back_filled).fit(learned, learned["cancelled"])
        parts.append(
            cases.assign(
                origin=origin,
                called=called[cases.index],
                score=fitted.predict_proba(cases)[:, 1].round(3),
                baseline_score=round(known["cancelled"].mean(), 3),
                known_on=known_on[cases.index],
            )
        )
    return pd.concat(parts, ignore_index=True)


def survivors(members: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The rows that are left once the accounts of most members who left long ago have been deleted."""
    closed = members.groupby("member")["closed_on"].max()
    gone = (closed < DELETED_BEFORE) & (rng.random(len(closed)) < DELETED_SHARE)
    return members[~members["member"].map(gone)]


def make(members: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The two tables by their path in datasets/."""
    said = replay(members, ORIGINS).assign(horizon_days=HORIZON_DAYS)
    letters = {
        "P": replay(members, REPLAYED),
        "Q": replay(survivors(members, np.random.default_rng(SEED)), REPLAYED),
        "R": replay(members, REPLAYED, back_filled=True),
    }
    replays = pd.concat([rows.assign(replay=letter) for letter, rows in letters.items()], ignore_index=True)
    return {"backdated_cancellations.csv": said[BACKDATED], "cancellation_replays.csv": replays[REPLAYS]}


BACKDATED = [
    "origin",
    "horizon_days",
    "member",
    "plan",
    "called",
    "score",
    "baseline_score",
    "cancelled",
    "known_on",
]
REPLAYS = ["replay", "origin", "member", "score", "cancelled", "known_on"]

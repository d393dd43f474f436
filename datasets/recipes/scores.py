"""Recipe of scores.csv and truth/scores_truth.csv: members, who cancels, a fitted model's scores.

Members live month by month from June to November 2025. Each month the app records what they do (orders, late
orders, messages, discounts). A true chance follows from it, and a coin with that chance decides who cancels.
Those who cancelled are gone the month after. A scikit-learn pipeline is then fitted on rows of June to August
only. It sees what the app records. It does not see a rival's offer, made mostly to families on yearly plans.

`make()` returns the tables, `hindcast data build` writes them. Same seed, same versions: same bytes.
"""

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

SEED = 2025_0902
MONTHS = [pd.Timestamp(2025, month, 1) for month in range(6, 12)]
FIRST_MEMBERS, JOINING = 6700, 330
SAMPLED = {6: 1150, 7: 1150, 8: 1150, 9: 5900, 11: 3900}
LEARNED_FROM = (6, 7, 8)

HOUSEHOLDS = ["one adult", "couple", "family", "shared flat"]
HOUSEHOLD_SHARES = [0.43, 0.23, 0.20, 0.14]
USUAL_ORDERS = {"one adult": 4.0, "couple": 5.0, "family": 7.0, "shared flat": 6.0}
PLANS = ["pay as you go", "monthly", "yearly"]
PLAN_SHARES = {
    "one adult": [0.30, 0.44, 0.26],
    "couple": [0.25, 0.43, 0.32],
    "family": [0.13, 0.25, 0.62],
    "shared flat": [0.30, 0.50, 0.20],
}
# The true chance, as log odds. Fewer orders announce a cancellation, except in shared flats.
HOUSEHOLD_PUSH = {"one adult": -7.4, "couple": -7.4, "family": -9.8, "shared flat": -5.35}
PLAN_PUSH = {"pay as you go": 0.2, "monthly": 0.0, "yearly": -2.4}
FEWER_ORDERS_MEAN = {"one adult": 4.4, "couple": 4.4, "family": 4.4, "shared flat": 2.3}
# How often the rival's offer reaches a member in a month. The app never learns of it.
OFFER_REACHES = {"pay as you go": 0.002, "monthly": 0.002, "yearly": 0.023}
FAMILY_HEARS = 2.4
OFFER_TAKEN = 0.85

DISTRICTS, AISLES = 40, 30
COUNTED = ["order_change", "late_share", "messages", "discount_share", "tenure_months", "usual_orders"]
NAMED = ["household", "plan", "district"]
BASKET = [f"aisle_{number:02d}" for number in range(AISLES)]


def new_members(count: int, tenure: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """What stays the same about a member: household, plan, district, how much and how they usually order."""
    household = rng.choice(HOUSEHOLDS, size=count, p=HOUSEHOLD_SHARES)
    plan = np.array([rng.choice(PLANS, p=PLAN_SHARES[kind]) for kind in household])
    usual = np.array([USUAL_ORDERS[kind] for kind in household]) * rng.gamma(6.0, 1 / 6.0, size=count)
    return pd.DataFrame(
        {
            "household": household,
            "plan": plan,
            "tenure_months": tenure,
            "district": rng.integers(DISTRICTS, size=count).astype(str),
            "usual": np.maximum(usual, 0.8).round(4),
            "discount_habit": rng.beta(1.6, 5.0, size=count).round(4),
        }
    )


def a_month(members: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """What the app records about each member up to the first of the month."""
    count = len(members)
    slipping = rng.random(count) < 0.11
    pace = np.where(slipping, rng.uniform(0.05, 0.6, count), rng.lognormal(0.0, 0.15, count))
    # In shared flats counts vary without anyone leaving: flatmates take turns, travel, order for a party.
    swing = np.where(rng.random(count) < 0.36, rng.uniform(0.02, 0.35, count), rng.lognormal(0.2, 0.3, count))
    pace = np.where(members["household"] == "shared flat", swing, pace)
    orders = rng.poisson(members["usual"] * pace)
    before = rng.poisson(3 * members["usual"]) / 3
    bad_route = rng.random(count) < 0.08
    late = rng.binomial(orders, np.where(bad_route, 0.55, 0.07))
    late_share = np.where(orders > 0, late / np.maximum(orders, 1), 0.0)
    discount = np.clip(members["discount_habit"] + rng.normal(0.0, 0.08, count), 0.0, 1.0)
    basket = rng.dirichlet(np.full(AISLES, 0.7), size=count).round(4)
    recorded = pd.DataFrame(
        {
            "order_change": np.log((orders + 1) / (before + 1)).round(4),
            "late_share": late_share.round(4),
            "messages": rng.poisson(0.12 + 0.35 * late),
            "discount_share": discount.round(4),
            "usual_orders": before.round(4),
        },
        index=members.index,
    )
    return pd.concat([members, recorded, pd.DataFrame(basket, columns=BASKET, index=members.index)], axis=1)


def chance_from_inputs(rows: pd.DataFrame) -> np.ndarray:
    """The chance to cancel for reasons that are in the app's records."""
    logit = (
        rows["household"].map(HOUSEHOLD_PUSH)
        + rows["plan"].map(PLAN_PUSH)
        - rows["household"].map(FEWER_ORDERS_MEAN) * rows["order_change"]
        + 4.2 * rows["late_share"]
        + 0.8 * np.minimum(rows["messages"], 4)
        + 2.2 * rows["discount_share"]
        - 0.012 * np.minimum(rows["tenure_months"], 40)
    )
    return (1 / (1 + np.exp(-logit))).to_numpy()


def offer_rate(rows: pd.DataFrame) -> np.ndarray:
    """How likely the rival's offer reaches each member this month."""
    family = np.where(rows["household"] == "family", FAMILY_HEARS, 1.0)
    return rows["plan"].map(OFFER_REACHES).to_numpy() * family


def with_outcome(rows: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Add the two true chances (all told; from the inputs alone) and toss the coin."""
    stays = 1 - chance_from_inputs(rows)
    rate = offer_rate(rows)
    offered = rng.random(len(rows)) < rate
    true_chance = 1 - stays * (1 - OFFER_TAKEN * offered)
    return rows.assign(
        true_chance=true_chance,
        reachable_chance=1 - stays * (1 - OFFER_TAKEN * rate),
        cancelled=rng.random(len(rows)) < true_chance,
    )


def live(rng: np.random.Generator) -> pd.DataFrame:
    """Every active member in every month from June to November 2025, with the outcome."""
    tenure = np.minimum(1 + rng.geometric(1 / 15, size=FIRST_MEMBERS), 29)
    members, months = new_members(FIRST_MEMBERS, tenure, rng), []
    members["member"] = np.arange(FIRST_MEMBERS)
    for month in MONTHS:
        rows = with_outcome(a_month(members, rng), rng).assign(month=month)
        months.append(rows)
        staying = members[~rows["cancelled"].to_numpy()]
        joining = new_members(JOINING, np.zeros(JOINING, dtype=int), rng)
        joining["member"] = np.arange(JOINING) + members["member"].max() + 1
        members = pd.concat([staying, joining], ignore_index=True)
        members["tenure_months"] += 1
    return pd.concat(months, ignore_index=True)


def sample(everyone: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The rows that are shipped, by month and member."""
    parts = []
    for number, size in SAMPLED.items():
        rows = everyone[everyone["month"].dt.month == number]
        parts.append(rows.loc[np.sort(rng.choice(rows.index, size=size, replace=False))])
    return pd.concat(parts, ignore_index=True)


def model() -> Pipeline:
    """The pipeline that Larder's team fitted: many inputs, hardly regularised, so it overfits."""
    columns = ColumnTransformer(
        [
            ("counted", StandardScaler(), COUNTED + BASKET),
            ("named", OneHotEncoder(handle_unknown="ignore"), NAMED),
        ]
    )
    return make_pipeline(
        columns, LogisticRegression(C=1.0, solver="newton-cholesky", tol=1e-10, max_iter=200)
    )


def make() -> dict[str, pd.DataFrame]:
    """The two tables by their path in datasets/."""
    rng = np.random.default_rng(SEED)
    everyone = live(rng)
    names = rng.permutation(np.arange(1, everyone["member"].max() + 2))
    everyone["member"] = [f"M-{names[number]:05d}" for number in everyone["member"]]
    rows = sample(everyone, rng)
    rows["learned_from"] = rows["month"].dt.month.isin(LEARNED_FROM)
    learned = rows[rows["learned_from"]]
    rows["score"] = model().fit(learned, learned["cancelled"]).predict_proba(rows)[:, 1].round(3)
    rows["outcome_known_on"] = rows["month"] + pd.Timedelta(days=30)
    rows = rows.sort_values(["month", "member"], ignore_index=True)
    return {"scores.csv": rows[SCORES], "truth/scores_truth.csv": rows[TRUTH].round(CHANCES)}


SCORES = [
    "member",
    "month",
    "household",
    "plan",
    "tenure_months",
    "score",
    "learned_from",
    "cancelled",
    "outcome_known_on",
]
TRUTH = ["member", "month", "true_chance", "reachable_chance"]
CHANCES = {"true_chance": 4, "reachable_chance": 4}

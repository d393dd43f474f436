"""Recipe of product_health.csv and product_targets.csv: four of Larder's products, week by week.

Each product is on another rung of the ladder (does it work; is it popular; do updates move a metric; is it
intelligent). The rung follows from the means of the last eight weeks and the targets. A few unusual weeks
suggest another rung.

`make()` returns the tables, `hindcast data build` writes them. Same seed, same versions: same bytes.
"""

import numpy as np
import pandas as pd

SEED = 2025_0659  # chosen: the card says how
WEEKS = pd.date_range("2025-06-30", periods=26, freq="7D")
# Per product: chance that a day is up, crashes per 1000 sessions, users in the first and last week, fewest
# and most releases a week, share of releases tested, share of the tested that helped.
USUAL = {
    "courier app": (0.40, 9.0, (212, 236), (1, 3), 0.90, 0.65),
    "customer app": (0.997, 1.1, (5150, 6320), (3, 5), 0.08, 0.30),
    "substitution helper": (0.998, 0.6, (405, 430), (2, 3), 0.92, 0.65),
    "support desk tool": (0.997, 1.0, (48, 57), (2, 4), 0.92, 0.65),
}
# Unusual weeks by their number from 0: a reader of one week alone goes wrong.
ODD = [
    ("courier app", 24, {"days_up": 6, "crashes_per_1000_sessions": 1.7}),  # the last two weeks look mended
    ("courier app", 25, {"days_up": 7, "crashes_per_1000_sessions": 1.5}),
    ("customer app", 21, {"days_up": 6, "crashes_per_1000_sessions": 3.4}),  # a busy week in November
    ("substitution helper", 22, {"active_users": 1460}),  # a banner in the customer app, for one week
    ("support desk tool", 20, {"days_up": 5}),  # the building had no power
]
# The mean of the last eight weeks must be at least or at most the target.
DIRECTIONS = {
    "days_up": "at least",
    "crashes_per_1000_sessions": "at most",
    "active_users": "at least",
    "releases_tested": "at least",
    "releases_that_helped": "at least",
}
TARGETS = {
    "courier app": (6.0, 2.5, 180, 0.5, 0.25),
    "customer app": (6.0, 2.5, 5000, 1.5, 0.75),
    "substitution helper": (6.0, 2.5, 1200, 1.0, 0.5),
    "support desk tool": (5.5, 2.5, 45, 1.0, 0.5),
}


def a_product(name: str, rng: np.random.Generator) -> pd.DataFrame:
    """The 26 weeks of one product."""
    up, crashes, (first, last), (fewest, most), tested, helped = USUAL[name]
    count = len(WEEKS)
    users = np.linspace(first, last, count) * rng.lognormal(0.0, 0.03, count)
    released = rng.integers(fewest, most + 1, count)
    tests = rng.binomial(released, tested)
    table = pd.DataFrame(
        {
            "product": name,
            "week": WEEKS,
            "days_up": rng.binomial(7, up, count),
            "crashes_per_1000_sessions": (crashes * rng.lognormal(0.0, 0.22, count)).round(1),
            "active_users": users.round().astype(int),
            "releases": released,
            "releases_tested": tests,
            "releases_that_helped": rng.binomial(tests, helped),
        }
    )
    for product, week, values in ODD:
        if product == name:
            table.loc[week, list(values)] = list(values.values())
    return table


def make_targets() -> pd.DataFrame:
    """One row for each product and measure."""
    rows = [
        (product, measure, target, DIRECTIONS[measure])
        for product, targets in TARGETS.items()
        for measure, target in zip(DIRECTIONS, targets, strict=True)
    ]
    return pd.DataFrame(rows, columns=["product", "measure", "target", "direction"])


def make() -> dict[str, pd.DataFrame]:
    """The two tables by their path in datasets/."""
    rng = np.random.default_rng(SEED)
    health = pd.concat([a_product(name, rng) for name in USUAL], ignore_index=True)
    return {"product_health.csv": health, "product_targets.csv": make_targets()}

"""Recipe of eta_experiment.csv, substitution_experiment.csv and experiment_checkpoints.csv.

Two randomised experiments in Larder's other towns. The first shows the arrival as a range or as an exact
minute; nothing is wrong with it. The second asks the customer before a swap, or swaps; the old app crashes in
one arm before the member is logged, so that rows are lost there. The checkpoints are what each day's report
would have said.

`make()` returns the tables, `hindcast data build` writes them. Same seed, same versions: same bytes.
"""

import numpy as np
import pandas as pd

# Both were chosen among several; the card says how many and for what.
SEED, SUBSTITUTION_SEED = 2025_1302, 2025_0804
DAYS = 42

# --- the arrival as a range (treatment) or as an exact minute (control)
ETA_START, ETA_KNOWN_AFTER = pd.Timestamp(2025, 2, 3), 14
LONGER_MEMBERS, NEW_MEMBERS = 2000, 1200
# Longer members order often, so they enter early. New members keep coming, a few more each week.
DAYS_TO_NEXT_ORDER = 11.0
CONTACTS = {"new": 0.39, "longer": 0.15}
RANGE_TO_MINUTE = 0.79  # contacts under the range, as a share of those under the exact minute
CONTACTS_SPREAD = 0.6  # shape of the gamma: some members write several times, most never
REORDERED = {"new": 0.15, "longer": 0.75}  # log odds; the arm does nothing to it, nor to the rating
PLATFORMS, PLATFORM_SHARES = ["android", "ios", "web"], [0.46, 0.42, 0.12]
KEENNESS = {"opened_map": 1.1, "reordered": 0.9, "sessions": 0.45}

# --- asking before a swap (treatment) or swapping (control)
SWAP_START, SWAP_KNOWN_AFTER = pd.Timestamp(2025, 8, 4), 7
SWAP_MEMBERS = 3000
VERSIONS, VERSION_SHARES, OLD = ["4.9", "5.1", "5.2"], [0.38, 0.27, 0.35], "4.9"
LOST_SHARE = 0.68  # of the old app's members who should have been asked
SWAP_CONTACTS = {"4.9": 0.56, "5.1": 0.18, "5.2": 0.18}  # the same in both arms: asking changes nothing
REFUNDED = {"4.9": 0.17, "5.1": 0.11, "5.2": 0.11}
REFUND_LEAST, REFUND_SPREAD, REFUND_MEAN = 1.2, 1.9, 5.0  # euros; least + 2 * spread = mean
ASK_TO_SWAP = 0.75  # refunds when asked, as a share of those when not


def names(first_digit: int, count: int, rng: np.random.Generator) -> list[str]:
    """Members' names, shuffled so that they do not tell when someone entered or who is missing."""
    return [f"M-{first_digit}{number:04d}" for number in rng.permutation(10_000)[:count]]


def contacts(rate: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Messages to support: counts with mean `rate`, more spread than a Poisson distribution."""
    return rng.poisson(rate * rng.gamma(CONTACTS_SPREAD, 1 / CONTACTS_SPREAD, len(rate)))


def coin(log_odds: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return rng.random(len(log_odds)) < 1 / (1 + np.exp(-log_odds))


def eta_entries(rng: np.random.Generator) -> pd.DataFrame:
    """Who enters on which day: the day of a member's first order in the six weeks."""
    longer = rng.exponential(DAYS_TO_NEXT_ORDER, LONGER_MEMBERS)
    longer = np.where(longer < DAYS, longer, rng.uniform(0, DAYS, LONGER_MEMBERS))
    new = DAYS * rng.beta(1.35, 1.0, NEW_MEMBERS)
    since = np.repeat(["longer", "new"], [LONGER_MEMBERS, NEW_MEMBERS])
    table = pd.DataFrame({"day": np.concatenate([longer, new]), "member_since": since})
    table = table.sort_values("day", kind="stable", ignore_index=True)
    return table.assign(entered_on=ETA_START + pd.to_timedelta(np.floor(table["day"]), unit="D"))


def make_eta() -> pd.DataFrame:
    """The first experiment: one row for each member."""
    rng = np.random.default_rng(SEED)
    table = eta_entries(rng)
    count, since = len(table), table["member_since"]
    table["member"] = names(3, count, rng)
    table["arm"] = rng.choice(["minute", "range"], size=count)
    table["platform"] = rng.choice(PLATFORMS, size=count, p=PLATFORM_SHARES)
    keen = rng.normal(size=count)
    table["opened_map"] = coin(-0.5 + KEENNESS["opened_map"] * keen, rng)
    table["sessions"] = 1 + rng.poisson(np.exp(1.5 + KEENNESS["sessions"] * keen))
    rate = since.map(CONTACTS) * np.where(table["arm"] == "range", RANGE_TO_MINUTE, 1.0)
    table["contacts"] = contacts(rate.to_numpy(), rng)
    table["reordered"] = coin((since.map(REORDERED) + KEENNESS["reordered"] * keen).to_numpy(), rng)
    table["rating"] = ratings(keen, rng)
    table["outcome_known_on"] = table["entered_on"] + pd.Timedelta(days=ETA_KNOWN_AFTER)
    return table[ETA].sort_values(["entered_on", "member"], ignore_index=True)


def ratings(keen: np.ndarray, rng: np.random.Generator) -> pd.Series:
    """Ratings of the first order, 1 to 5. Most members give none; keen ones give more and better ones."""
    given = np.clip(np.round(4.15 + 0.25 * keen + rng.normal(0, 0.9, len(keen))), 1, 5)
    return pd.Series(np.where(coin(-1.0 + 0.5 * keen, rng), given, np.nan)).astype("Int64")


def make_substitution() -> pd.DataFrame:
    """The second experiment: one row for each member that was logged."""
    rng = np.random.default_rng(SUBSTITUTION_SEED)
    day = np.sort(DAYS * rng.beta(0.85, 1.35, SWAP_MEMBERS))
    table = pd.DataFrame({"entered_on": SWAP_START + pd.to_timedelta(np.floor(day), unit="D")})
    table["member"] = names(4, SWAP_MEMBERS, rng)
    table["arm"] = rng.choice(["swap", "ask"], size=SWAP_MEMBERS)
    version = pd.Series(rng.choice(VERSIONS, size=SWAP_MEMBERS, p=VERSION_SHARES))
    table["app_version"] = version
    table["contacts"] = contacts(version.map(SWAP_CONTACTS).to_numpy(), rng)
    table["reordered"] = coin(np.full(SWAP_MEMBERS, 0.4), rng)
    chance = version.map(REFUNDED) * np.where(table["arm"] == "ask", ASK_TO_SWAP, 1.0)
    refund = np.round(REFUND_LEAST + rng.gamma(2.0, REFUND_SPREAD, SWAP_MEMBERS), 2)
    table["refund_euros"] = np.where(rng.random(SWAP_MEMBERS) < chance, refund, 0.0)
    table["outcome_known_on"] = table["entered_on"] + pd.Timedelta(days=SWAP_KNOWN_AFTER)
    crashed = (table["arm"] == "ask") & (version == OLD) & (rng.random(SWAP_MEMBERS) < LOST_SHARE)
    return table.loc[~crashed, SUBSTITUTION].sort_values(["entered_on", "member"], ignore_index=True)


def checkpoints(name: str, table: pd.DataFrame, metrics: list[str], arms: tuple[str, str]) -> pd.DataFrame:
    """Each day's count, mean and variance by arm (c: control, t: treatment) of the outcomes known by then."""
    rows = []
    for metric in metrics:
        for day in pd.date_range(table["outcome_known_on"].min(), table["outcome_known_on"].max()):
            known = table[table["outcome_known_on"] <= day]
            row = {"experiment": name, "metric": metric, "day": day}
            for letter, arm in zip("ct", arms, strict=True):
                values = known.loc[known["arm"] == arm, metric].dropna().astype(float)
                row |= {f"count_{letter}": len(values), f"mean_{letter}": round(values.mean(), 5)}
                row[f"variance_{letter}"] = round(values.var(ddof=1), 5)
            rows.append(row)
    return pd.DataFrame(rows)[CHECKPOINTS]


def make() -> dict[str, pd.DataFrame]:
    """The three tables by their path in datasets/."""
    eta, substitution = make_eta(), make_substitution()
    both = [
        checkpoints("eta", eta, ["contacts", "reordered", "rating"], ("minute", "range")),
        checkpoints("substitution", substitution, ["contacts", "reordered", "refund_euros"], ("swap", "ask")),
    ]
    return {
        "eta_experiment.csv": eta,
        "substitution_experiment.csv": substitution,
        "experiment_checkpoints.csv": pd.concat(both, ignore_index=True),
    }


ETA = [
    "member",
    "arm",
    "entered_on",
    "platform",
    "member_since",
    "opened_map",
    "sessions",
    "contacts",
    "reordered",
    "rating",
    "outcome_known_on",
]
SUBSTITUTION = [
    "member",
    "arm",
    "entered_on",
    "app_version",
    "contacts",
    "reordered",
    "refund_euros",
    "outcome_known_on",
]
CHECKPOINTS = [
    "experiment",
    "metric",
    "day",
    "count_c",
    "count_t",
    "mean_c",
    "mean_t",
    "variance_c",
    "variance_t",
]

"""Recipe of backdated_demand.csv, demand_replays.csv and truth/replays_key.csv.

backdated_demand: a Poisson regression, really fitted again at every daily origin of 2025. Each row it learns
from holds its inputs as last reported on the evening of that row's own origin, and its outcome as last
reported on the evening of the origin it is fitted at. Its 80 % range comes from the errors of its own earlier
predictions whose outcomes were known by then.

demand_replays: a smaller model, replayed seven times by different rules: two honest, five each dishonest in
one way. The columns show what each prediction really used. The key also says which of cancellation_replays
(made by another recipe) are honest.

`make()` returns the tables, `hindcast data build` writes them. Same versions: same bytes.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import PoissonRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

SEED = 2025_1231
ORIGINS = pd.date_range("2025-01-01", "2025-12-30")
LAST, EXPORTED = pd.Timestamp(2025, 12, 31), pd.Timestamp(2026, 1, 15)
HORIZONS = (1, 7)  # days
# Rows need inputs from up to five weeks before them; the first months of the table have none.
FIRST_ROW = 60
RANGE_DAYS, RANGE = 60, (0.1, 0.9)

REPLAY_ORIGINS = pd.date_range("2025-01-04", "2025-12-30", freq="8D")
TRIAL_ORIGINS = pd.date_range("2024-10-01", "2024-12-29", freq="2D")
RANDOM_SHARE = 0.75


class Settings(NamedTuple):
    """How many days a model learns from, its regularisation, and whether the store is an input."""

    learn_days: int
    held_back: float
    by_store: bool = False


SETTINGS = Settings(730, 0.01, by_store=True)
# The smaller model knows a store by its usual orders only. Its settings are chosen from these.
CHOICES = [Settings(days, held) for days in (84, 168, 336, 600) for held in (0.001, 0.01, 0.1)]


class Way(NamedTuple):
    """How a replay is made; the defaults make an honest one. `name` and `giveaway` go into the key."""

    name: str = ""
    giveaway: str = ""
    booked: bool = False


HONEST = Way()
WAYS = [
    HONEST,
    Way(booked=True),
    Way("revised values", "last_week_used"),
    Way("whole-table mean", "usual_used"),
    Way("window past the origin", "recent_used"),
    Way("tuned on the judged days", "settings_from"),
    Way("random split", "fitted_to"),
]
LETTERS = "ABCDEFG"
CANCELLATION_KEY = [
    ("P", True, None, None),
    ("Q", False, "survivors only", "cases"),
    ("R", False, "back-filled column", "score"),
]


class Counts(NamedTuple):
    """The table as arrays: days by stores, or by day. Days are counted from the first."""

    days: pd.DatetimeIndex
    stores: list[str]
    reported: np.ndarray
    settled: np.ndarray
    revised: np.ndarray  # the day of the revision; 0 where there was none
    booked: np.ndarray
    promotion: np.ndarray
    holiday: np.ndarray


def as_arrays(demand: pd.DataFrame) -> Counts:
    """Turn the table, also one as of some day, into arrays. What was not known then is NaN."""
    stores = list(demand["store"].unique())
    wide = demand.pivot(index="day", columns="store")
    days = pd.DatetimeIndex(wide.index)

    def numbers(name: str) -> np.ndarray:
        return wide[name][stores].to_numpy(dtype=float, na_value=np.nan)

    revised = wide["revised_on"][stores].apply(lambda column: (column - days[0]).dt.days).fillna(0)
    given = [numbers(name) for name in ("orders_reported", "orders")]
    calendar = [numbers(name) for name in ("booked_ahead", "promotion", "holiday")]
    return Counts(days, stores, *given, revised.to_numpy(dtype=int), *calendar)


def known(counts: Counts, day: np.ndarray, evening: np.ndarray) -> np.ndarray:
    """The orders of each day as last reported on that evening, at least one day later: days by stores."""
    put_right = counts.revised[day] <= np.asarray(evening)[..., None]
    return np.where(put_right, counts.settled[day], counts.reported[day])


def number_of(counts: Counts, day: pd.Timestamp) -> int:
    return (day - counts.days[0]).days


# --- inputs: for every target day from FIRST_ROW on, as its own origin knew them -------------------


def lag_of(horizon: int) -> int:
    """Days from the latest same weekday that is counted on the origin's evening to the target."""
    return 7 * -(-(horizon + 1) // 7)


def last_week(counts: Counts, horizon: int) -> np.ndarray:
    target = np.arange(FIRST_ROW, len(counts.days))
    return known(counts, target - lag_of(horizon), target - horizon)


def mean_before(counts: Counts, horizon: int, length: int) -> np.ndarray:
    """The mean orders of the `length` days that were counted last on the origin's evening."""
    origin = np.arange(FIRST_ROW, len(counts.days)) - horizon
    return sum(known(counts, origin - back, origin) for back in range(1, length + 1)) / length


def promoted_before(counts: Counts, horizon: int, length: int) -> np.ndarray:
    """The share of these days that had a promotion."""
    origin = np.arange(FIRST_ROW, len(counts.days)) - horizon
    return sum(counts.promotion[origin - back] for back in range(1, length + 1)) / length


def calendar(counts: Counts, by_store: bool) -> list[np.ndarray]:
    """Weekday, perhaps the store, holiday and promotion: what is planned long before."""
    shape = counts.promotion[FIRST_ROW:].shape
    weekday = np.broadcast_to(counts.days.day_of_week.to_numpy()[FIRST_ROW:, None], shape)
    store = np.broadcast_to(np.arange(len(counts.stores)), shape)
    names = [weekday, store] if by_store else [weekday]
    return [*names, counts.holiday[FIRST_ROW:], counts.promotion[FIRST_ROW:]]


def inputs(counts: Counts, horizon: int) -> np.ndarray:
    """What the model of backdated_demand looks at: days from FIRST_ROW on, by stores, by inputs."""
    target, lag = np.arange(FIRST_ROW, len(counts.days)), lag_of(horizon)
    year = 2 * np.pi * counts.days.day_of_year.to_numpy()[FIRST_ROW:, None] / 365.25
    season = [np.broadcast_to(turn(year), (len(target), len(counts.stores))) for turn in (np.cos, np.sin)]
    levels = [last_week(counts, horizon)] + [mean_before(counts, horizon, length) for length in (7, 28)]
    # The model must know of promotions and holidays behind the past counts: they may not come again.
    specials = [counts.promotion[target - lag], counts.holiday[target - lag]]
    specials += [promoted_before(counts, horizon, length) for length in (7, 28)]
    levels = [np.log(level) for level in levels]
    return np.stack(calendar(counts, by_store=True) + levels + specials + season, axis=-1)


def model(settings: Settings) -> Pipeline:
    """One-hot weekday and perhaps store, the rest standardised; Poisson regression."""
    names = OneHotEncoder(drop="first", sparse_output=False)
    columns = ColumnTransformer(
        [("names", names, [0, 1] if settings.by_store else [0])], remainder=StandardScaler()
    )
    counting = PoissonRegressor(alpha=settings.held_back, solver="newton-cholesky", tol=1e-9)
    return make_pipeline(columns, counting)


def predict(counts: Counts, rows: np.ndarray, origin: int, horizon: int, settings: Settings) -> np.ndarray:
    """Fit on the days counted by the origin's evening, as last reported then; predict origin + horizon."""
    days = np.arange(max(FIRST_ROW, origin - settings.learn_days), origin)
    learned = rows[days - FIRST_ROW].reshape(-1, rows.shape[-1])
    outcomes = known(counts, days, np.full(len(days), origin)).ravel()
    return model(settings).fit(learned, outcomes).predict(rows[origin + horizon - FIRST_ROW])


# --- backdated_demand --------------------------------------------------------------------------------


def backdated(demand: pd.DataFrame, origins: pd.DatetimeIndex) -> pd.DataFrame:
    """Predictions with range and baseline for consecutive origins, from what each origin's evening knew."""
    counts = as_arrays(demand)
    tables = [_at_horizon(counts, origins, horizon) for horizon in HORIZONS]
    return pd.concat(tables).sort_values(["origin", "horizon_days"], kind="stable", ignore_index=True)


def _at_horizon(counts: Counts, origins: pd.DatetimeIndex, horizon: int) -> pd.DataFrame:
    origins = origins[origins + pd.Timedelta(days=horizon) <= LAST]
    first, last = number_of(counts, origins[0]), number_of(counts, origins[-1])
    start, rows = first - RANGE_DAYS - horizon, inputs(counts, horizon)
    said = np.array([predict(counts, rows, at, horizon, SETTINGS) for at in range(start, last + 1)])
    numbers = np.arange(first, last + 1)
    parts = np.array([_range(counts, said, at, start + horizon) for at in numbers])
    middle = said[numbers - start]
    values = {
        "prediction_orders": middle,
        # Whole orders inside the range, so that rounding does not widen it.
        "low_orders": np.ceil(middle + parts[:, :1] * np.sqrt(middle)),
        "high_orders": np.floor(middle + parts[:, 1:] * np.sqrt(middle)),
        "baseline_orders": last_week(counts, horizon)[numbers + horizon - FIRST_ROW],
    }
    return _cases(counts, origins, horizon).assign(
        **{name: np.round(held).astype(int).ravel() for name, held in values.items()}
    )


def _range(counts: Counts, said: np.ndarray, origin: int, first_target: int) -> np.ndarray:
    """The tenth and ninetieth percentile of the errors before, in units of the prediction's square root."""
    days = np.arange(origin - RANGE_DAYS, origin)
    before = said[days - first_target]
    came = known(counts, days, np.full(len(days), origin))
    return np.quantile((came - before) / np.sqrt(before), RANGE)


def _cases(counts: Counts, origins: pd.DatetimeIndex, horizon: int) -> pd.DataFrame:
    """One row per origin and store."""
    many = origins.repeat(len(counts.stores))
    cases = {"origin": many, "horizon_days": horizon, "store": counts.stores * len(origins)}
    return pd.DataFrame(cases).assign(day=many + pd.Timedelta(days=horizon))


def with_outcome(cases: pd.DataFrame, demand: pd.DataFrame) -> pd.DataFrame:
    """Add the settled orders and the day they became known: the revision, or the day after."""
    settled_on = demand["revised_on"].fillna(demand["day"] + pd.Timedelta(days=1))
    outcomes = demand[["day", "store"]].assign(actual_orders=demand["orders"], known_on=settled_on)
    return cases.merge(outcomes, on=["day", "store"], how="left", validate="many_to_one")


# --- demand_replays ----------------------------------------------------------------------------------


def evidence(counts: Counts, way: Way) -> dict[str, np.ndarray]:
    """What the smaller model looks at beside the calendar, a day ahead, as its columns show it."""
    target = np.arange(FIRST_ROW, len(counts.days))
    seen = {
        "last_week_used": last_week(counts, 1),
        "recent_used": mean_before(counts, 1, 7),
        "usual_used": np.array([_usual(counts, origin) for origin in target - 1]),
    }
    if way.name == "revised values":
        seen["last_week_used"] = counts.settled[target - lag_of(1)]
    if way.name == "whole-table mean":
        seen["usual_used"] = np.broadcast_to(counts.settled.mean(axis=0), seen["usual_used"].shape)
    if way.name == "window past the origin":
        seen["recent_used"] = sum(known(counts, target - back, target + 1) for back in range(7)) / 7
    if way.booked:
        seen["booked_used"] = counts.booked[target]
    return {name: np.round(values, 1) for name, values in seen.items()}


def _usual(counts: Counts, origin: int) -> np.ndarray:
    """Each store's mean over all days counted so far."""
    days = np.arange(origin)
    return known(counts, days, np.full(origin, origin)).mean(axis=0)


def replay(counts: Counts, way: Way, origins: pd.DatetimeIndex, settings: Settings) -> pd.DataFrame:
    """One replay, a day ahead: the prediction and what was used. Fitted at each origin, unless at random."""
    seen = evidence(counts, way)
    rows = np.stack(calendar(counts, by_store=False) + [np.log(values) for values in seen.values()], axis=-1)
    numbers = np.array([number_of(counts, origin) for origin in origins])
    if way.name == "random split":
        said, fitted_to = _at_random(counts, rows, numbers + 1, settings)
    else:
        said = np.array([predict(counts, rows, at, 1, settings) for at in numbers])
        fitted_to = origins - pd.Timedelta(days=1)
    shown = {name: values[numbers + 1 - FIRST_ROW].ravel() for name, values in seen.items()}
    return _cases(counts, origins, 1).assign(
        prediction_orders=np.round(said, 1).ravel(),
        baseline_orders=last_week(counts, 1)[numbers + 1 - FIRST_ROW].ravel().astype(int),
        fitted_to=pd.Index(fitted_to).repeat(len(counts.stores)),
        **shown,
    )


def _at_random(
    counts: Counts, rows: np.ndarray, judged: np.ndarray, settings: Settings
) -> tuple[np.ndarray, pd.DatetimeIndex]:
    """Fit once on random days of the whole table, the judged ones left out."""
    free = np.setdiff1d(np.arange(FIRST_ROW, len(counts.days)), judged)
    rng = np.random.default_rng(SEED)
    days = np.sort(rng.choice(free, size=int(RANDOM_SHARE * len(free)), replace=False))
    learned, outcomes = rows[days - FIRST_ROW].reshape(-1, rows.shape[-1]), counts.settled[days].ravel()
    fitted = model(settings).fit(learned, outcomes)
    said = np.array([fitted.predict(rows[day - FIRST_ROW]) for day in judged])
    return said, counts.days[[days[-1]] * len(judged)]


def choose_settings(counts: Counts, origins: pd.DatetimeIndex, evening: pd.Timestamp) -> Settings:
    """The settings with the smallest mean error at these origins, by what was known on that evening."""
    target = np.array([number_of(counts, origin) + 1 for origin in origins])
    came = known(counts, target, np.full(len(target), number_of(counts, evening))).ravel()
    tried = [replay(counts, HONEST, origins, settings)["prediction_orders"] for settings in CHOICES]
    return CHOICES[int(np.argmin([np.abs(said - came).mean() for said in tried]))]


def replays(demand: pd.DataFrame) -> dict[Way, pd.DataFrame]:
    """All seven replays by their way. One of them chooses its settings on the days that it is judged on."""
    counts, made = as_arrays(demand), {}
    before = choose_settings(counts, TRIAL_ORIGINS, REPLAY_ORIGINS[0])
    judged = choose_settings(counts, REPLAY_ORIGINS, EXPORTED)
    for way in WAYS:
        tuned = way.name == "tuned on the judged days"
        looked_at = (REPLAY_ORIGINS if tuned else TRIAL_ORIGINS)[-1] + pd.Timedelta(days=1)
        shown = replay(counts, way, REPLAY_ORIGINS, judged if tuned else before)
        made[way] = shown.assign(settings_from=looked_at)
    return made


def key(letters: dict[str, Way]) -> pd.DataFrame:
    """Which replays are honest; of the others, what is wrong and where it shows."""
    rows = [
        ("demand_replays", letter, not way.name, way.name or None, way.giveaway or None)
        for letter, way in letters.items()
    ]
    rows += [("cancellation_replays", *row) for row in CANCELLATION_KEY]
    return pd.DataFrame(rows, columns=["table", "replay", "honest", "way", "giveaway"])


def make(demand: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The three tables by their path in datasets/."""
    order = np.random.default_rng(SEED).permutation(len(WAYS))
    letters = {letter: WAYS[number] for letter, number in zip(LETTERS, order, strict=True)}
    made = replays(demand)
    shown = [made[way].assign(replay=letter) for letter, way in letters.items()]
    shown = with_outcome(pd.concat(shown, ignore_index=True), demand)
    counted = {"last_week_used": "Int64", "booked_used": "Int64"}
    return {
        "backdated_demand.csv": with_outcome(backdated(demand, ORIGINS), demand),
        "demand_replays.csv": shown.astype(counted)[REPLAYS],
        "truth/replays_key.csv": key(letters),
    }


REPLAYS = ["replay", "origin", "horizon_days", "store", "day", "prediction_orders", "baseline_orders"]
REPLAYS += ["actual_orders", "known_on", "fitted_to", "last_week_used", "recent_used", "usual_used"]
REPLAYS += ["booked_used", "settings_from"]

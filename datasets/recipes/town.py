"""Recipe of deliveries.csv, members.csv, tickets.csv and two tables of truths: a town and its members.

The town's members live month by month from December 2022 (which only fills the first windows) to December
2025. On the first of a month the app records what it knows of each. A true chance to cancel follows from that
row and from nothing else; a coin with that chance decides, and who cancels orders no more from a day of that
month on. From 2025 on a rule puts members on a call list, and a coin decides who of them is called. Then the
month's orders are placed, delivered, rated and refunded, and messages are written about some of them.

How orders go is in parts/town_orders.py, whose messages are whose in parts/town_messages.py.
`make()` returns the tables, `hindcast data build` writes them. Same seed, same versions: same bytes.
"""

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd

PARTS = Path(__file__).with_name("parts")
ORDERS = SimpleNamespace(**runpy.run_path(str(PARTS / "town_orders.py")))
MESSAGES = SimpleNamespace(**runpy.run_path(str(PARTS / "town_messages.py")))

SEED = 2023_0115
MONTHS = pd.date_range("2022-12-01", "2025-12-01", freq="MS")
DAYS = pd.date_range("2022-12-01", "2025-12-31")
DAY = pd.Timedelta(days=1)
WINDOW = 30 * DAY
FIRST_MEMBERS, JOINING = 870, 40
SHIPPED, WITH_ORDERS = 0.212, ("0", "1", "2")

ZONES = ["Old Town", "Harbour", "Riverside", "University", "Hilltop"]
ZONE_SHARES = [0.24, 0.18, 0.22, 0.20, 0.16]
STORES_OF = {
    "Old Town": ("Market Hall", "Mill Lane"),
    "Harbour": ("Quayside", "Station"),
    "Riverside": ("Mill Lane", "Quayside"),
    "University": ("Station", "Old Brewery"),
    "Hilltop": ("Hillside", "Old Brewery"),
}
USUAL_KM = {"Old Town": 1.5, "Harbour": 2.1, "Riverside": 1.9, "University": 2.0, "Hilltop": 2.6}
PLANS, PLAN_SHARES = ["pay as you go", "monthly", "yearly"], [0.30, 0.45, 0.25]
USUAL_ORDERS = {"pay as you go": 3.4, "monthly": 4.9, "yearly": 5.2}
RELEASES = pd.Series(
    pd.to_datetime(
        "2022-09-05 2022-12-12 2023-03-13 2023-06-19 2023-10-02 2024-01-15 2024-04-22 2024-08-26 "
        "2024-11-18 2025-02-24 2025-06-02 2025-09-01 2025-11-24".split()
    ),
    index="3.8 3.9 4.0 4.1 4.2 4.3 4.4 5.0 5.1 5.2 5.3 5.4 5.5".split(),
)

# The true chance to cancel, as log odds of what the row records.
BASE = -2.8
PLAN_PUSH = {"pay as you go": 0.35, "monthly": 0.0, "yearly": -1.0}
NO_ORDERS, EACH_ORDER, ORDERS_COUNTED = 0.8, -0.20, 8
LATE_PUSH, TICKET_PUSH, TICKETS_COUNTED, DISCOUNT_PUSH = 2.2, 0.75, 3, 0.9
TENURE_PUSH, TENURE_COUNTED = -0.03, 30
BAD_VERSION, BAD_VERSION_PUSH = "5.0", 0.6
RIVAL_FROM = pd.Timestamp(2025, 6, 1)
RIVAL_PUSH = {"Old Town": 0.2, "Harbour": 0.2, "Riverside": 0.8, "University": 0.2, "Hilltop": 0.2}
CALLS_FROM, CALL_PUSH = pd.Timestamp(2025, 1, 1), -0.9
LAST_CLOSING_DAY = 27
REASONS = ["another shop", "late deliveries", "moving away", "not said", "prices", "too few orders"]


def new_members(count: int, joined: pd.DatetimeIndex, rng: np.random.Generator) -> pd.DataFrame:
    """What stays the same about members: where they live, how they pay, how much and when they order."""
    zone = rng.choice(ZONES, count, p=ZONE_SHARES)
    plan = rng.choice(PLANS, count, p=PLAN_SHARES)
    nearest = np.array([USUAL_KM[name] for name in zone]) * rng.gamma(4.0, 0.25, count)
    return pd.DataFrame(
        {
            "joined": joined,
            "closed": pd.NaT,
            "zone": zone,
            "plan": plan,
            "nearest_km": nearest.clip(0.3, 5.5).round(1),
            "second_km": (nearest + rng.uniform(0.8, 2.2, count)).clip(0.8, 7.0).round(1),
            "usual": np.array([USUAL_ORDERS[name] for name in plan]) * rng.gamma(5.0, 1 / 5.0, count),
            "evening": rng.beta(2.0, 2.0, count),
            "discounts": rng.beta(1.5, 5.0, count),
            "updates_after": rng.gamma(1.2, 30.0, count).round(),
            "writes": rng.lognormal(0.0, 0.7, count),
            "pace": 0.45 * rng.standard_normal(count),
        }
    ).astype({"closed": "datetime64[us]"})


def recorded(people: pd.DataFrame, month: pd.Timestamp, orders: pd.DataFrame, messages: pd.DataFrame):
    """The row of each active member as the first of the month saw it; counts are of the 30 days before."""
    active = people[(people["joined"] < month) & people["closed"].isna()]
    orders = orders[(orders["placed_at"] >= month - WINDOW) & (orders["placed_at"] < month)]
    messages = messages[(messages["received"] >= month - WINDOW) & (messages["received"] < month)]
    size = len(people)
    placed = np.bincount(orders["person"], minlength=size)[active.index]
    late = np.bincount(orders["person"], orders["late"], minlength=size)[active.index]
    discounted = np.bincount(orders["person"], orders["discounted"], minlength=size)[active.index]
    written = np.bincount(messages["person"], minlength=size)[active.index]
    seen = month - pd.to_timedelta(active["updates_after"], unit="D")
    version = np.searchsorted(RELEASES.to_numpy(), seen.to_numpy(), side="right") - 1
    joined = active["joined"]
    return pd.DataFrame(
        {
            "person": active.index,
            "month": month,
            "zone": active["zone"],
            "plan": active["plan"],
            "tenure_months": (month.year - joined.dt.year) * 12 + month.month - joined.dt.month,
            "app_version": RELEASES.index[version.clip(0)],
            "orders_30d": placed,
            "late_share_30d": (late / np.where(placed > 0, placed, np.nan)).round(2),
            "tickets_30d": written,
            "discount_share_30d": (discounted / np.where(placed > 0, placed, np.nan)).round(2),
        }
    ).reset_index(drop=True)


def chance(rows: pd.DataFrame, called: bool) -> np.ndarray:
    """The true chance to cancel within the month, from the row's columns alone."""
    logit = (
        BASE
        + rows["plan"].map(PLAN_PUSH)
        + NO_ORDERS * (rows["orders_30d"] == 0)
        + EACH_ORDER * rows["orders_30d"].clip(upper=ORDERS_COUNTED)
        + LATE_PUSH * rows["late_share_30d"].fillna(0)
        + TICKET_PUSH * rows["tickets_30d"].clip(upper=TICKETS_COUNTED)
        + DISCOUNT_PUSH * rows["discount_share_30d"].fillna(0)
        + TENURE_PUSH * rows["tenure_months"].clip(upper=TENURE_COUNTED)
        + BAD_VERSION_PUSH * (rows["app_version"] == BAD_VERSION)
        + rows["zone"].map(RIVAL_PUSH) * (rows["month"] >= RIVAL_FROM)
        + CALL_PUSH * called
    )
    return (1 / (1 + np.exp(-logit))).to_numpy()


def call_list(rows: pd.DataFrame) -> pd.Series:
    """The written rule, known on the first of the month: hardly any order, much late, or two messages."""
    silent = (rows["orders_30d"] <= 1) & (rows["plan"] != "yearly")
    late = rows["late_share_30d"].fillna(0) >= 0.5
    return (silent | late | (rows["tickets_30d"] >= 2)) & (rows["month"] >= CALLS_FROM)


def decide(rows: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Calls, who cancels, on which day, and what the app's account table says of it afterwards.

    Who is called is called before the day on which the account could be closed.
    """
    count = len(rows)
    listed = call_list(rows)
    called = listed & (rng.random(count) < 0.5)
    call_day = np.where(called, rng.integers(1, 6, count), 0)
    if_not, if_called = chance(rows, False), chance(rows, True)
    cancelled = rng.random(count) < np.where(called, if_called, if_not)
    closing_day = call_day + 1 + (rng.random(count) * (LAST_CLOSING_DAY - call_day)).astype(int)
    closed_on = (rows["month"] + pd.to_timedelta(closing_day, unit="D")).where(cancelled)
    return rows.assign(
        on_call_list=listed,
        called_on=(rows["month"] + pd.to_timedelta(call_day, unit="D")).where(called),
        cancelled=cancelled,
        closed_on=closed_on,
        account_state=np.where(cancelled, "closed", "active"),
        cancel_reason=pd.Series(reasons(rows, rng), index=rows.index).where(cancelled),
        chance_if_not_called=if_not,
        chance_if_called=if_called,
    )


def reasons(rows: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """What each would say on leaving; nobody learns what those say who stay."""
    ones = np.ones(len(rows))
    rival = np.where(rows["month"] >= RIVAL_FROM, 2.5, 1.0)
    late = 0.5 + 6 * rows["late_share_30d"].fillna(0)
    few = np.where(rows["orders_30d"] <= 1, 3.0, 0.5)
    weights = np.column_stack([rival, late, 0.8 * ones, 1.5 * ones, 1.2 * ones, few])
    steps = np.cumsum(weights, axis=1)
    spot = rng.random(len(rows)) * steps[:, -1]
    return np.array(REASONS)[(spot[:, None] >= steps).sum(axis=1)]


class Demand:
    """The orders and promotions of each store and day that the members' orders go with."""

    def __init__(self, demand: pd.DataFrame):
        self.orders = self._wide(demand, "orders")
        self.promotion = self._wide(demand, "promotion").astype(bool)
        total = self.orders.sum(axis=1)
        self.busyness = (total / total.mean()).to_numpy()

    @staticmethod
    def _wide(demand: pd.DataFrame, column: str) -> pd.DataFrame:
        """One row for each of DAYS; December 2022, which has none, is lent the days 52 weeks later."""
        wide = demand.pivot(index="day", columns="store", values=column)
        lent = DAYS.where(wide.index[0] <= DAYS, DAYS + 364 * DAY)
        return wide.loc[lent].set_axis(DAYS)

    def nearby(self, day: np.ndarray, store: np.ndarray) -> np.ndarray:
        """For each order the counts of its store on the same weekday in the six weeks before and after."""
        day = day[:, None] + 7 * np.arange(-6, 7)
        day = np.where(day < 0, day + 91, np.where(day >= len(DAYS), day - 91, day))
        return self.orders.to_numpy()[day, self.orders.columns.get_indexer(store)[:, None]]


def place(
    people: pd.DataFrame, month: pd.Timestamp, demand: Demand, rng: np.random.Generator
) -> pd.DataFrame:
    """The month's orders: who, when, from which store. At most one a member and day."""
    days = np.flatnonzero(DAYS.to_period("M") == month.to_period("M"))
    dates = DAYS[days].to_numpy()
    here = (people["joined"].to_numpy()[:, None] <= dates) & ~(people["closed"].to_numpy()[:, None] <= dates)
    rate = (people["usual"] * np.exp(people["pace"] - 0.1)).to_numpy()[:, None] / 30
    ordering = here & (rng.random(here.shape) < np.clip(rate * demand.busyness[days], 0, 0.9))
    at, who = np.nonzero(ordering.T)
    day, person = days[at], people.iloc[who]
    second = rng.random(len(who)) < 0.15
    store = np.array(
        [STORES_OF[zone][far] for zone, far in zip(person["zone"], second.astype(int), strict=True)]
    )
    hour = hours(person["evening"].to_numpy(), rng)
    placed = DAYS[day] + pd.to_timedelta(60 * hour + rng.integers(0, 60, len(who)), unit="min")
    column = demand.orders.columns.get_indexer(store)
    promoted = demand.promotion.to_numpy()[day, column]
    return pd.DataFrame(
        {
            "person": who,
            "day": day,
            "placed_at": placed,
            "weekday": np.array(ORDERS.WEEKDAYS)[DAYS[day].weekday],
            "hour": hour,
            "zone": person["zone"].to_numpy(),
            "store": store,
            "distance_km": np.where(second, person["second_km"], person["nearest_km"]),
            "discounted": rng.random(len(who)) < (person["discounts"] + 0.35 * promoted).clip(upper=0.95),
            "store_orders": demand.orders.to_numpy()[day, column],
        }
    ).sort_values("placed_at", kind="stable", ignore_index=True)


def hours(evening: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The hour of each order: the town's usual hours, tilted to the morning or the evening by habit."""
    tilt = np.where(ORDERS.HOURS >= 16, 2 * evening[:, None], 2 * (1 - evening[:, None]))
    steps = np.cumsum(ORDERS.HOUR_SHARES * tilt, axis=1)
    spot = rng.random(len(evening)) * steps[:, -1]
    return ORDERS.HOURS[(spot[:, None] >= steps).sum(axis=1)]


def live(demand: Demand, messages: pd.DataFrame, rng: np.random.Generator) -> SimpleNamespace:
    """Everybody, and every row, order and message of the town."""
    forecast, rain = ORDERS.weather(len(DAYS), rng)
    tenure = (1 + rng.geometric(1 / 16, FIRST_MEMBERS)).clip(max=48) * 30
    people = new_members(FIRST_MEMBERS, MONTHS[0] - pd.to_timedelta(tenure, unit="D"), rng)
    rows, orders, written = [], [], []
    for month in MONTHS:
        if month > MONTHS[0]:
            row = decide(recorded(people, month, pd.concat(orders[-2:]), pd.concat(written[-2:])), rng)
            people.loc[row["person"], "closed"] = row["closed_on"].to_numpy()
            rows.append(row)
        last = month + pd.offsets.MonthEnd(0)
        joined = month + pd.to_timedelta(np.sort(rng.integers(0, last.day, rng.poisson(JOINING))), unit="D")
        people = pd.concat([people, new_members(len(joined), joined, rng)], ignore_index=True)
        people["pace"] = 0.75 * people["pace"] + 0.32 * rng.standard_normal(len(people))
        placed = place(people, month, demand, rng)
        spot = (placed["day"], placed["hour"] - ORDERS.HOURS[0])
        placed = placed.assign(forecast_rain_mm=forecast[spot], rain_mm=rain[spot])
        placed = ORDERS.aftermath(ORDERS.deliver(placed, rng), rng)
        placed.index += sum(map(len, orders))
        orders.append(placed)
        written.append(month_messages(month, last, messages, pd.concat(orders[-2:]), people, rng))
    return SimpleNamespace(
        people=people,
        rows=pd.concat(rows, ignore_index=True),
        orders=pd.concat(orders),
        messages=pd.concat(written, ignore_index=True),
    )


def month_messages(month, last, messages, orders, people, rng) -> pd.DataFrame:
    """The month's messages, drawn where the table has none, with the member and order of each."""
    days = pd.date_range(month, last)
    told = messages.loc[messages["received"].between(month, last), ["ticket", "received", "topic"]]
    if told.empty:
        told = MESSAGES.drawn_messages(messages, days, rng)
    return MESSAGES.assign(told, orders, people, rng)


def name_all(town: SimpleNamespace, demand: Demand, rng: np.random.Generator) -> None:
    """Give members and orders their numbers. An order's number counts the town's orders, guests' included."""
    numbers = 20_000 + rng.permutation(len(town.people))
    town.people["member"] = [f"M-{number}" for number in numbers]
    for table in (town.rows, town.orders, town.messages):
        table["member"] = town.people["member"].to_numpy()[table["person"]]
    daily = demand.orders.sum(axis=1).to_numpy()
    before = np.cumsum(daily) - daily
    number = np.empty(len(town.orders), dtype=int)
    at = 0
    for day, count in town.orders["day"].value_counts().sort_index().items():
        number[at : at + count] = before[day] + np.sort(rng.choice(daily[day], count, replace=False))
        at += count
    town.orders["order"] = [f"O-{value + 1:06d}" for value in number]


def make(demand: pd.DataFrame, _messages: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The five tables by their path in datasets/."""
    rng = np.random.default_rng(SEED)
    given = Demand(demand)
    town = live(given, _messages, rng)
    name_all(town, given, rng)
    in_sample = rng.random(len(town.people)) < SHIPPED
    rows = town.rows[in_sample[town.rows["person"]]]
    rows = rows.sort_values(["month", "member"], kind="stable")
    known = set(rows["member"])
    orders = town.orders[town.orders["placed_at"] >= MONTHS[1]]
    orders = orders[orders["member"].isin(known) & orders["member"].str[-1].isin(WITH_ORDERS)]
    orders = orders.assign(
        nearby_orders=list(given.nearby(orders["day"].to_numpy(), orders["store"].to_numpy()))
    )
    truth = pd.concat([orders[["order"]], ORDERS.truths(orders, ORDERS.grid(SEED))], axis=1)
    return {
        "deliveries.csv": orders[DELIVERIES].reset_index(drop=True),
        "members.csv": rows[MEMBERS].reset_index(drop=True),
        "tickets.csv": tickets(town, _messages, rng),
        "truth/deliveries_truth.csv": truth.reset_index(drop=True),
        "truth/members_truth.csv": rows[MEMBERS_TRUTH].round(CHANCES).reset_index(drop=True),
    }


def tickets(town: SimpleNamespace, messages: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The messages of 2025 with their member, their order where there is one, and the day they were settled."""
    written = town.messages[town.messages["ticket"].notna()].set_index("ticket").loc[messages["ticket"]]
    order = town.orders["order"].reindex(written["order_at"]).to_numpy()
    return messages.assign(
        member=written["member"].to_numpy(), order=order, settled_on=MESSAGES.settled_on(messages, rng)
    )


CHANCES = {"chance_if_not_called": 4, "chance_if_called": 4}
DELIVERIES = (
    "order member placed_at weekday hour zone store distance_km items basket_euros discounted "
    "forecast_rain_mm open_orders courier_weeks promised_minutes rain_mm minutes_to_arrival late "
    "rating rated_on refund_euros refunded_on"
).split()
MEMBERS = (
    "member month zone plan tenure_months app_version orders_30d late_share_30d tickets_30d "
    "discount_share_30d on_call_list called_on cancelled closed_on account_state cancel_reason"
).split()
MEMBERS_TRUTH = ["member", "month", "chance_if_not_called", "chance_if_called"]

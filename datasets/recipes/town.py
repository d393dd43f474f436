"""Recipe of deliveries.csv, members.csv, tickets.csv and two tables of truths: a town and its members.

The town's members live month by month from December 2022 (which only fills the first windows) to December
2025. On the first of a month the app records what it knows of each. A true chance to cancel follows from that
row and from nothing else. A coin with that chance decides. Those who cancel stop ordering on a day of that
month. From 2025 on a rule puts members on a call list, and a coin decides who of them is called. Then the
month's orders are placed, delivered, rated and refunded, and messages are written about some of them.

Who members are and who cancels is in parts/town_members.py, how orders go in parts/town_orders.py, whose
messages are whose in parts/town_messages.py.
`make()` returns the tables, `hindcast data build` writes them. Same seed, same versions: same bytes.
"""

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd

PARTS = Path(__file__).with_name("parts")
ORDERS = SimpleNamespace(**runpy.run_path(str(PARTS / "town_orders.py")))
MEMBERS = SimpleNamespace(**runpy.run_path(str(PARTS / "town_members.py")))
MESSAGES = SimpleNamespace(**runpy.run_path(str(PARTS / "town_messages.py")))

SEED = 2023_0137  # chosen: the cards say how
MONTHS = pd.date_range("2022-12-01", "2025-12-01", freq="MS")
DAYS = pd.date_range("2022-12-01", "2025-12-31")
DAY = pd.Timedelta(days=1)
FIRST_MEMBERS, JOINING = 870, 40
SHIPPED, WITH_ORDERS = 0.212, ("0", "1", "2")

STORES_OF = {
    "Old Town": ("Market Hall", "Mill Lane"),
    "Harbour": ("Quayside", "Station"),
    "Riverside": ("Mill Lane", "Quayside"),
    "University": ("Station", "Old Brewery"),
    "Hilltop": ("Hillside", "Old Brewery"),
}


class Demand:
    """The orders and promotions of each store and day that the members' orders go with."""

    def __init__(self, demand: pd.DataFrame):
        self.orders = self._wide(demand, "orders")
        self.promotion = self._wide(demand, "promotion").astype(bool)
        total = self.orders.sum(axis=1)
        self.busyness = (total / total.mean()).to_numpy()

    @staticmethod
    def _wide(demand: pd.DataFrame, column: str) -> pd.DataFrame:
        """One row for each of DAYS. December 2022 has no demand and takes that of the days 52 weeks later."""
        wide = demand.pivot(index="day", columns="store", values=column)
        lent = DAYS.where(wide.index[0] <= DAYS, DAYS + 364 * DAY)
        return wide.loc[lent].set_axis(DAYS)

    def nearby(self, day: np.ndarray, store: np.ndarray) -> np.ndarray:
        """For each order the counts of its store on the same weekday in the six weeks before and after."""
        day = day[:, None] + 7 * np.arange(-6, 7)
        day = np.where(day < 0, day + 91, np.where(day >= len(DAYS), day - 91, day))
        return self.orders.to_numpy()[day, self.orders.columns.get_indexer(store)[:, None]]


def place(
    people: pd.DataFrame, dates: pd.DatetimeIndex, demand: Demand, rng: np.random.Generator
) -> pd.DataFrame:
    """The month's orders: who, when, from which store. At most one a member and day."""
    days, dates = DAYS.get_indexer(dates), dates.to_numpy()
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
            "weekday": np.array(ORDERS.WEEKDAYS)[DAYS[day].day_of_week],
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
    """All members of the town, with every monthly row, order and message."""
    sky = ORDERS.weather(len(DAYS), rng)
    people = MEMBERS.first_members(FIRST_MEMBERS, MONTHS[0], rng)
    rows, orders, written = [], [], []
    for month in MONTHS:
        if month > MONTHS[0]:
            seen = MEMBERS.recorded(people, month, pd.concat(orders[-2:]), pd.concat(written[-2:]))
            rows.append(MEMBERS.decide(seen, rng))
            people.loc[seen["person"], "closed"] = rows[-1]["closed_on"].to_numpy()
        days = DAYS[DAYS.to_period("M") == month.to_period("M")]
        people = MEMBERS.next_month(people, days, JOINING, rng)
        placed = ORDERS.under(sky, place(people, days, demand, rng))
        placed = ORDERS.aftermath(ORDERS.deliver(placed, rng), rng)
        orders.append(placed.set_index(placed.index + sum(map(len, orders))))
        told = month_messages(messages, days, rng)
        written.append(MESSAGES.assign(told, pd.concat(orders[-2:]), people, rng))
    return SimpleNamespace(
        people=people,
        rows=pd.concat(rows, ignore_index=True),
        orders=pd.concat(orders),
        messages=pd.concat(written, ignore_index=True),
    )


def month_messages(messages: pd.DataFrame, days: pd.DatetimeIndex, rng: np.random.Generator) -> pd.DataFrame:
    """The month's messages, drawn where the table has none."""
    told = messages.loc[messages["received"].isin(days), ["ticket", "received", "topic"]]
    return MESSAGES.drawn_messages(messages, days, rng) if told.empty else told


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
        "deliveries.csv": orders[ORDER_COLUMNS].reset_index(drop=True),
        "members.csv": rows[MEMBER_COLUMNS].reset_index(drop=True),
        "tickets.csv": tickets(town, _messages, rng),
        "truth/deliveries_truth.csv": truth.reset_index(drop=True),
        "truth/members_truth.csv": rows[CHANCE_COLUMNS].round(CHANCES).reset_index(drop=True),
    }


def tickets(town: SimpleNamespace, messages: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The messages of 2025 with their member, their order if there is one, and the day they were settled."""
    written = town.messages[town.messages["ticket"].notna()].set_index("ticket").loc[messages["ticket"]]
    order = town.orders["order"].reindex(written["order_at"]).to_numpy()
    return messages.assign(
        member=written["member"].to_numpy(), order=order, settled_on=MESSAGES.settled_on(messages, rng)
    )


CHANCES = {"chance_if_not_called": 4, "chance_if_called": 4}
CHANCE_COLUMNS = ["member", "month", "chance_if_not_called", "chance_if_called"]
ORDER_COLUMNS = [
    "order",
    "member",
    "placed_at",
    "weekday",
    "hour",
    "zone",
    "store",
    "distance_km",
    "items",
    "basket_euros",
    "discounted",
    "forecast_rain_mm",
    "open_orders",
    "courier_weeks",
    "promised_minutes",
    "rain_mm",
    "minutes_to_arrival",
    "late",
    "rating",
    "rated_on",
    "refund_euros",
    "refunded_on",
]
MEMBER_COLUMNS = [
    "member",
    "month",
    "zone",
    "plan",
    "tenure_months",
    "app_version",
    "orders_30d",
    "late_share_30d",
    "tickets_30d",
    "discount_share_30d",
    "on_call_list",
    "called_on",
    "cancelled",
    "closed_on",
    "account_state",
    "cancel_reason",
]

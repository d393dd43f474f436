"""Backdating: what a model would have said then, using only what was known then.

    >>> import pandas as pd
    >>> from sklearn.linear_model import Ridge
    >>> from hindcast import load_deliveries
    >>> from hindcast.replay import PromisedValue, looks_ahead, replay, review

Orders of seven weeks. What they are to be predicted for, and when the outcome became known, are days:

    >>> orders = load_deliveries().query("placed_at < '2023-02-20'")
    >>> minutes = pd.to_timedelta(orders["minutes_to_arrival"].astype(int), unit="min")
    >>> orders["day"] = orders["placed_at"].dt.normalize()
    >>> orders["arrived_on"] = (orders["placed_at"] + minutes).dt.normalize()

The replay stands at each of ten days and says something of the next day's orders:

    >>> about = dict(case="order", due="day", decided="placed_at", horizon="1D",
    ...              outcome="minutes_to_arrival", known_at="arrived_on")
    >>> said = replay(Ridge(), orders, **about, inputs=["distance_km", "items"],
    ...               origins=pd.date_range("2023-02-05", periods=10),
    ...               baseline=PromisedValue("promised_minutes"), coverage=0.8)
    >>> said.loc[0, ["origin", "due", "newest_known"]].dt.date.tolist()
    [datetime.date(2023, 2, 5), datetime.date(2023, 2, 6), datetime.date(2023, 2, 5)]

What it was worth, and whether the function that made it used what was not known then:

    >>> print(review(said, unit="minutes").sentences[0])
    70 predictions of 70 cases from 10 origins, 5 February 2023 to 14 February 2023.
    >>> def by_items(orders, origins):
    ...     return replay(Ridge(), orders, **about, inputs="items", origins=origins)
    >>> looks_ahead(by_items, orders, **about, origins=["2023-02-05", "2023-02-06"]).empty
    True
"""

from hindcast.replay.baselines import LastValue, PromisedValue, SameDayLastYear, SameWeekday
from hindcast.replay.engine import replay
from hindcast.replay.looking_ahead import looks_ahead
from hindcast.replay.review import review

__all__ = ["LastValue", "PromisedValue", "SameDayLastYear", "SameWeekday", "looks_ahead", "replay", "review"]

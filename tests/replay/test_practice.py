"""The small tables of the bench: their days are as documented."""

import pandas as pd
import pytest

from hindcast.replay.practice import LONGEST_DELAY, store_days

SEEDS = range(12)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_days_on_which_values_become_known_are_in_order(seed):
    table = store_days(seed)
    delay = (table["final_on"] - table["counted_on"]).dt.days
    assert (table["booked_on"] == table["day"] - pd.Timedelta("1D")).all()
    assert (table["counted_on"] == table["day"] + pd.Timedelta("1D")).all()
    assert delay.between(0, LONGEST_DELAY).all()
    assert (table["first_count"] <= table["orders"]).all()
    assert (table["first_count"] == table["orders"])[delay == 0].all()
    assert 0.2 < (table["first_count"] < table["orders"]).mean() < 0.6


@pytest.mark.parametrize("seed", SEEDS)
def test_one_store_closes_and_has_no_row_from_that_day_on(seed):
    table = store_days(seed)
    closing = table[table["closed_on"].notna()]
    assert closing["store"].nunique() == 1
    assert closing["day"].max() == closing["closed_on"].iloc[0] - pd.Timedelta("1D")
    assert not table.duplicated(["day", "store"]).any()


def test_the_same_seed_gives_the_same_table_and_another_one_another():
    pd.testing.assert_frame_equal(store_days(3), store_days(3))
    assert not store_days(3)["orders"].equals(store_days(4)["orders"])

"""What a table holds as of a day: rows that were not there yet, values not known yet or reported anew."""

import json
from datetime import date, datetime

import pandas as pd
import pytest

from hindcast import tables
from hindcast.errors import HindcastError

NEEDED = {"required": True}
ORDERS = {
    "name": "orders",
    "path": "orders.csv",
    "rowKnownAt": "placed_at",
    "schema": {
        "fields": [
            {"name": "order", "type": "string", "knownAt": "always", "constraints": NEEDED},
            {"name": "placed_at", "type": "datetime", "knownAt": "always", "constraints": NEEDED},
            {
                "name": "minutes",
                "type": "integer",
                "knownAt": "placed_at + minutes minutes",
                "constraints": NEEDED,
            },
            {
                "name": "late",
                "type": "boolean",
                "knownAt": "placed_at + minutes minutes",
                "constraints": NEEDED,
            },
            {"name": "rain", "type": "number", "knownAt": "placed_at + 1 days", "constraints": NEEDED},
            {"name": "rating", "type": "integer", "knownAt": "rated_on"},
            {"name": "rated_on", "type": "date", "knownAt": "rated_on"},
            {"name": "state", "type": "string", "knownAt": "closed_on", "before": {"value": "open"}},
            {"name": "closed_on", "type": "date", "knownAt": "closed_on"},
            {"name": "counted", "type": "integer", "knownAt": "placed_at + 2 days", "constraints": NEEDED},
            {"name": "count", "type": "integer", "knownAt": "revised_on", "before": {"column": "counted"}},
            {"name": "revised_on", "type": "date", "knownAt": "revised_on"},
            {
                "name": "score",
                "type": "number",
                "knownAt": ["placed_at", "2025-03-03"],
                "constraints": NEEDED,
            },
            {"name": "truth", "type": "number", "knownAt": "never", "constraints": NEEDED},
        ]
    },
}
ROWS = """\
order,placed_at,minutes,late,rain,rating,rated_on,state,closed_on,counted,count,revised_on,score,truth
007,2025-03-01T18:30,40,false,0.5,5,2025-03-04,closed,2025-03-09,10,12,2025-03-08,0.1,0.2
008,2025-03-01T23:50,25,true,0.0,,,open,,20,20,,0.3,0.4
009,2025-03-05T09:00,31,false,1.5,,,open,,30,30,,0.5,0.6
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder with one small table in which every rule occurs."""
    (tmp_path / "datapackage.json").write_text(json.dumps({"resources": [ORDERS]}))
    (tmp_path / "orders.csv").write_text(ROWS)
    monkeypatch.setenv("HINDCAST_DATA", str(tmp_path))
    return tmp_path


def column_on(day, column: str) -> list:
    """What the rows of `column` said on that day; None where nothing."""
    values = tables.load_table("orders", as_of=day)[column].astype(object)
    return [None if pd.isna(value) else value for value in values]


def test_without_a_day_a_table_is_whole():
    table = tables.load_table("orders")
    assert len(table) == 3 and table["truth"].notna().all() and table["count"].tolist() == [12, 20, 30]


def test_types_are_plain_where_nothing_may_be_missing_and_allow_for_it_elsewhere():
    types = tables.load_table("orders").dtypes.astype(str)
    assert types[["minutes", "late", "rating", "rated_on"]].tolist() == [
        "int64",
        "bool",
        "Int64",
        "datetime64[us]",
    ]
    asked = tables.load_table("orders", as_of="2025-03-01").dtypes.astype(str)
    assert asked[["minutes", "late", "rating", "rated_on"]].tolist() == [
        "Int64",
        "boolean",
        "Int64",
        "datetime64[us]",
    ]


def test_a_name_that_looks_like_a_number_stays_a_name():
    assert tables.load_table("orders")["order"].tolist() == ["007", "008", "009"]


def test_rows_that_were_not_there_yet_are_left_out():
    assert len(tables.load_table("orders", as_of="2025-02-28")) == 0
    assert column_on("2025-03-01", "order") == ["007", "008"]
    assert tables.load_table("orders", as_of="2025-03-05").index.tolist() == [0, 1, 2]


def test_an_outcome_is_known_on_the_day_its_minutes_are_over():
    assert column_on("2025-03-01", "minutes") == [40, None]  # 23:50 and 25 minutes is the day after
    assert column_on("2025-03-02", "late") == [False, True]


def test_days_are_added_to_the_day_whatever_the_hour():
    assert column_on("2025-03-01", "rain") == [None, None]
    assert column_on("2025-03-02", "rain") == [0.5, 0.0]


def test_what_never_came_is_missing_on_every_day():
    assert column_on("2025-03-03", "rating") == [None, None]
    assert column_on("2025-03-04", "rating") == [5, None]


def test_before_it_was_filled_in_a_column_held_its_old_value():
    assert column_on("2025-03-08", "state") == ["open", "open", "open"]
    assert column_on("2025-03-09", "state") == ["closed", "open", "open"]
    assert column_on("2025-03-08", "closed_on") == [None, None, None]


def test_a_revised_value_is_as_last_reported():
    assert column_on("2025-03-02", "count") == [None, None]
    assert column_on("2025-03-03", "count") == [10, 20]
    assert column_on("2025-03-07", "count") == [10, 20, 30]
    assert column_on("2025-03-08", "count") == [12, 20, 30]


def test_of_several_days_the_latest_counts():
    assert column_on("2025-03-02", "score") == [None, None]
    assert column_on("2025-03-03", "score") == [0.1, 0.3]


def test_what_is_never_known_is_never_there():
    assert column_on("2199-01-01", "truth") == [None, None, None]


def test_knowing_more_never_takes_back_a_row():
    days = pd.date_range("2025-02-27", "2025-03-12")
    rows = [len(tables.load_table("orders", as_of=day)) for day in days]
    assert rows == sorted(rows) and rows[-1] == 3


@pytest.mark.parametrize(
    "day", ["2025-03-04", date(2025, 3, 4), datetime(2025, 3, 4), pd.Timestamp("2025-03-04")]
)
def test_a_day_may_be_given_as_text_or_as_a_date(day):
    assert column_on(day, "rating") == [5, None]


@pytest.mark.parametrize(
    "day", ["soon", "2025-13-01", "2025-03-04 12:00", "2025-03-04T00:00Z", 20250304, "", True]
)
def test_what_is_not_one_day_is_one_clear_error(day):
    with pytest.raises(HindcastError, match='as_of should be a day such as "2025-09-01", but is'):
        tables.load_table("orders", as_of=day)


@pytest.mark.parametrize(
    "rule", ["when it is settled", "posted_at", "placed_at + weeks minutes", "placed_at + 1"]
)
def test_a_rule_that_cannot_be_read_is_one_clear_error(rule):
    with pytest.raises(HindcastError, match=r"datapackage\.json should say when .* but says '.*git checkout"):
        tables.known_on(tables.load_table("orders"), rule)


def test_days_can_be_counted_back():
    assert tables.known_on(tables.load_table("orders"), "placed_at - 14 days")[2] == pd.Timestamp(
        "2025-02-19"
    )


def test_a_table_is_read_once_and_each_caller_has_a_copy_of_his_own(monkeypatch):
    first = tables.load_table("orders")
    monkeypatch.setattr(tables, "read_csv_table", lambda *_: pytest.fail("read again"))
    first.loc[:, "minutes"] = 0
    first.loc[len(first)] = first.iloc[0]
    second = tables.load_table("orders")
    assert len(second) == len(first) - 1
    assert (second["minutes"] > 0).all()
    second["minutes"] = 0
    assert (tables.load_table("orders")["minutes"] > 0).all()


def test_a_table_that_changed_on_disk_is_read_again(folder):
    before = len(tables.load_table("orders"))
    (folder / "orders.csv").write_text("\n".join(ROWS.splitlines()[:2]) + "\n")
    assert len(tables.load_table("orders")) == 1 < before


def test_a_description_that_changed_is_followed(folder):
    tables.load_table("orders")
    (folder / "datapackage.json").write_text(json.dumps({"resources": [ORDERS | {"rows": 10_000}]}))
    with pytest.raises(HindcastError, match="should have 10,000 rows"):
        tables.load_table("orders")


def test_each_caller_has_a_description_of_his_own():
    path = tables.describe_table("orders")["path"]
    tables.describe_table("orders")["path"] = "elsewhere.csv"
    assert tables.describe_table("orders")["path"] == path

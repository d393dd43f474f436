"""A company's own table in the place of Larder's: a contract of columns by role.

A contract (`scores.toml`, `backdated.toml`, ...) says which roles a kind of table has, what each must be and
what the course calls it. A mapping file, written by a trainer, says which file it is about and which of its
columns plays which role::

    table = "mine.csv"
    contract = "scores"

    [columns]
    case = "customer_no"
    decided_on = "scored_on"
    score = "p_churn"
    outcome = "churned"
    group = "segment"

    [written]            # only what differs from a plain CSV
    separator = ";"
    decimal = ","
    days = "%d.%m.%Y"

`hindcast data verify --contract mine.toml` says what does not hold; `load_own("mine.toml")` gives the table
with the course's names. The modules: `contract` and `mapping` (the two files), `csv_cells` (the CSV as text),
`values` (text as values), `checks` (what must hold), `overview` (what was understood).
"""

from pathlib import Path
from typing import TYPE_CHECKING

from hindcast.errors import HindcastError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["load_own"]


def load_own(mapping: str | Path) -> "pd.DataFrame":
    """Your own table, with the columns of the course's: what the file `mapping` (TOML) says of a CSV.

    One row for each row of the CSV, one column for each role that is mapped, under the name and with the type
    that Larder's table has. The handbook's page on a table of one's own says how the file is written. Nothing
    is copied or sent anywhere.

    Raises HindcastError where the table does not hold its contract.
    """
    from hindcast.own_tables.checks import check_table
    from hindcast.own_tables.mapping import read_mapping

    checked = check_table(read_mapping(Path(mapping)))
    if checked.faults:
        more = len(checked.faults) - 1
        others = f" And {more} more." if more else ""
        raise HindcastError(
            f"{checked.faults[0]}{others}", f"`hindcast data verify --contract {mapping}` tells all of it."
        )
    return checked.as_course_table()

"""A company's own table: Larder's tables pass all checks, and every fault gets its sentence."""

import io
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pandas as pd
import pytest

import hindcast
from hindcast.errors import HindcastError
from hindcast.kit.data import own_tables
from hindcast.own_tables import checks, mapping, values
from hindcast.own_tables import contract as contracts
from hindcast.replay import review

REPOSITORY = Path(__file__).resolve().parents[3]
DATASETS = REPOSITORY / "datasets"
HANDBOOK = (REPOSITORY / "grading" / "handbook" / "your_own_table.md").read_text(encoding="utf-8")
LESSON_06 = REPOSITORY / "solutions" / "06_reading_classifications" / "lesson.ipynb"
LARDERS = {
    "scores": (
        "scores",
        {
            "case": "member",
            "decided_on": "month",
            "group": "plan",
            "second_group": "household",
            "score": "score",
            "learned_from": "learned_from",
            "outcome": "cancelled",
            "known_on": "outcome_known_on",
        },
    ),
    "backdated_arrivals": (
        "backdated",
        {
            "origin": "origin",
            "horizon_days": "horizon_days",
            "case": "order",
            "prediction": "prediction_minutes",
            "low": "low_minutes",
            "high": "high_minutes",
            "baseline": "baseline_minutes",
            "actual": "actual_minutes",
            "known_on": "known_on",
        },
    ),
    "backdated_demand": (
        "backdated",
        {
            "origin": "origin",
            "due": "day",
            "case": "store",
            "prediction": "prediction_orders",
            "low": "low_orders",
            "high": "high_orders",
            "baseline": "baseline_orders",
            "actual": "actual_orders",
            "known_on": "known_on",
        },
    ),
    "backdated_cancellations": (
        "backdated_scores",
        {
            "origin": "origin",
            "horizon_days": "horizon_days",
            "case": "member",
            "score": "score",
            "baseline": "baseline_score",
            "acted": "called",
            "actual": "cancelled",
            "known_on": "known_on",
        },
    ),
}
# A company's scores without a fault: four machines of two sites, two months.
HEAD = "machine,scored_on,site,p_fail,failed,closed_on"
ROWS = [
    "m1,2026-01-01,Leeds,0.10,no,2026-01-31",
    "m2,2026-01-01,Łódź,0.80,yes,2026-01-31",
    "m3,2026-01-01,Leeds,0.05,no,2026-01-31",
    "m4,2026-01-01,Łódź,0.40,yes,2026-01-31",
    "m1,2026-02-01,Leeds,0.12,no,2026-03-03",
    "m2,2026-02-01,Łódź,0.90,,2026-03-03",
]
SCORES = {
    "case": "machine",
    "decided_on": "scored_on",
    "group": "site",
    "score": "p_fail",
    "outcome": "failed",
    "known_on": "closed_on",
}
# Deliveries without a fault: predicted the evening before.
SAID_HEAD = "said_on,for_day,tour,minutes,took,booked_on"
SAID = [
    "2026-01-01,2026-01-02,T1,30,35,2026-01-02",
    "2026-01-01,2026-01-02,T2,20,18,2026-01-02",
    "2026-01-02,2026-01-03,T1,31,29,2026-01-04",
]
BACKDATED = {
    "origin": "said_on",
    "due": "for_day",
    "case": "tour",
    "prediction": "minutes",
    "actual": "took",
    "known_on": "booked_on",
}


def map_file(folder: Path, table: str, name: str, columns: dict[str, str], written: str = "") -> Path:
    """A mapping file as a trainer writes it."""
    lines = "\n".join(f'{role} = "{column}"' for role, column in columns.items())
    path = folder / "mine.toml"
    text = f'table = "{table}"\ncontract = "{name}"\n\n[columns]\n{lines}\n\n[written]\n{written}\n'
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def own(tmp_path):
    """Writes a table of scores (or of backdated numbers) and its mapping file; the mapping's path."""

    def write(rows=None, written="", head=HEAD, columns=None, name="scores", encoding="utf-8"):
        text = "\n".join([head, *(ROWS if rows is None else rows)]) + "\n"
        (tmp_path / "mine.csv").write_bytes(text.encode(encoding))
        return map_file(tmp_path, "mine.csv", name, columns or SCORES, written)

    return write


def changed(old, new, rows=ROWS):
    """The rows with one text replaced by another everywhere."""
    found = [row.replace(old, new) for row in rows]
    assert found != list(rows)
    return found


def told(path):
    """All faults of a table that can be read, without the first line."""
    return "\n".join(own_tables.verify_own_table(path).faults[1:])


# --- Larder's own tables --------------------------------------------------------------------------------


@pytest.mark.parametrize("table", LARDERS)
def test_larders_own_table_holds_its_contract(table, tmp_path):
    name, columns = LARDERS[table]
    path = map_file(tmp_path, (DATASETS / f"{table}.csv").as_posix(), name, columns)
    verified = own_tables.verify_own_table(path)
    assert verified.faults == []
    rows = len(getattr(hindcast, f"load_{table}")())
    assert f"{rows:,}:" in verified.said[1]


def test_every_contract_is_held_by_a_table_of_larders():
    assert {name for name, _ in LARDERS.values()} == set(contracts.contract_names())


def test_larders_scores_by_their_contract_are_what_the_loader_gives(tmp_path):
    name, columns = LARDERS["scores"]
    own = hindcast.load_own(map_file(tmp_path, (DATASETS / "scores.csv").as_posix(), name, columns))
    pd.testing.assert_frame_equal(own, hindcast.load_scores()[list(own.columns)])
    assert {*columns.values()} == set(own.columns)


@pytest.mark.parametrize("table", ["backdated_arrivals", "backdated_cancellations"])
def test_a_review_of_larders_table_by_its_contract_says_what_it_says_without(table, tmp_path):
    name, columns = LARDERS[table]
    own = hindcast.load_own(map_file(tmp_path, (DATASETS / f"{table}.csv").as_posix(), name, columns))
    case = columns["case"]
    direct = review(
        getattr(hindcast, f"load_{table}")(), case=case, unit="of it", known_value=columns["actual"]
    )
    assert review(own, case="case", unit="of it").sentences == direct.sentences


@pytest.mark.parametrize("name", contracts.contract_names())
def test_a_contract_names_only_its_own_roles_and_known_kinds(name):
    found = contracts.read_contract(name)
    ordered = {role for order in found.orders for role in (order.first, order.then)}
    assert {*found.unique, *found.one_of, *found.known, *ordered} <= set(found.roles)
    assert {role.kind for role in found.roles.values()} <= set(values.READERS)
    assert len({role.column for role in found.roles.values()}) == len(found.roles)


# --- a table without faults -----------------------------------------------------------------------------


def test_a_table_that_holds_says_the_counts_a_lesson_starts_from(own):
    verified = own_tables.verify_own_table(own())
    said = "\n".join(verified.said)
    assert verified.faults == []
    assert "6: one case at one time" in said
    assert "case          'machine': 4 different ones" in said
    assert "2026-01-01 to 2026-02-01, 2 days; most rows in 2026-01: 4" in said
    assert "2 groups: Leeds 3, Łódź 3" in said
    assert "5 to 90 of 100, on average 39.5" in said
    assert "2 of 5 are yes (40 of 100); empty in 1 row" in said
    assert "learned_from  no column; taken as no in every row" in said
    assert "The group 'Leeds' has 3 rows: too few" in said
    assert 'hindcast.load_own("' in said and "stays where it is" in said


def test_own_numbers_that_were_backdated_hold_their_contract(own):
    path = own(SAID, head=SAID_HEAD, columns=BACKDATED, name="backdated")
    assert own_tables.verify_own_table(path).faults == []
    table = hindcast.load_own(path)
    assert list(table.columns) == ["origin", "due", "case", "prediction", "known_value", "known_on"]
    assert "off by" in str(review(table))


def test_a_loaded_table_has_the_courses_names_types_and_gaps(own):
    table = hindcast.load_own(own(changed("2026-02-01", "2026-02-17")))
    assert list(table.columns) == [
        *("member", "month", "plan", "score", "learned_from", "cancelled", "outcome_known_on"),
    ]
    assert str(table["month"].iloc[-1].date()) == "2026-02-01"
    assert table["cancelled"].dtype == "boolean" and table["cancelled"].isna().sum() == 1
    assert table["learned_from"].dtype == bool and not table["learned_from"].any()
    assert hindcast.load_own(own(ROWS[:5]))["cancelled"].dtype == bool


def test_the_file_may_be_written_as_the_company_writes_it(own):
    rows = [
        "m1;01.01.2026;Leeds;10,5;läuft;31.01.2026",
        "m2;01.01.2026;Łódź;80;kaputt;31.01.2026",
        "m3;02.01.2026;Łódź;1,25 %;;",
    ]
    written = (
        'separator = ";"\ndecimal = ","\ndays = "%d.%m.%Y"\npercent = true\nyes = ["kaputt"]\nno = ["Läuft"]'
    )
    columns = {role: column for role, column in SCORES.items() if role != "known_on"}
    path = own(rows, written, HEAD.replace(",", ";"), columns, encoding="utf-8-sig")
    assert own_tables.verify_own_table(path).faults == []
    table = hindcast.load_own(path)
    assert table["score"].tolist() == [0.105, 0.8, 0.0125]
    assert table["cancelled"].tolist()[:2] == [False, True]
    assert str(table["month"][0].date()) == "2026-01-01"


def test_days_may_have_hours_which_are_left_out(own):
    table = hindcast.load_own(own(changed("2026-01-31", "2026-01-31T18:30:00Z")))
    assert str(table["outcome_known_on"][0]) == "2026-01-31 00:00:00"


def test_rows_that_a_spreadsheet_left_empty_do_not_count_and_the_others_keep_their_numbers(own):
    verified = own_tables.verify_own_table(own([ROWS[0], ",,,,,", "", *changed("0.80", "0.8o", [ROWS[1]])]))
    assert "1 of 2 cells are not, such as '0.8o' in row 5." in "\n".join(verified.faults)


def test_an_upside_down_score_is_worth_a_look(own):
    def said(left):
        rows = [f"m{n},2026-01-01,Leeds,0.{n},{'yes' if left(n) else 'no'},2026-01-31" for n in range(10, 70)]
        return "\n".join(own_tables.verify_own_table(own(rows)).said)

    words = "Of 100 rows with a high score 0 are yes, of 100 with a low one 50. Is the score the chance of no"
    assert words in said(lambda n: n < 25)
    assert "chance of no" not in said(lambda n: n > 55)
    assert "chance of no" not in said(lambda n: n % 2 == 0)  # a little more below than above, by chance


# --- faults of a table ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            "2026-01-01",
            "01.01.2026",
            r"4 of 6 cells are not, such as '01\.01\.2026' in rows 2, 3 and 4, among",
        ),
        ("2026-01-31", "31.01.2026", r'Write days = "%d\.%m\.%Y" under \[written\]'),
        ("2026-01-31", "1/31/2026", r'Write days = "%m/%d/%Y" under \[written\]'),
        (
            "2026-01-01",
            "01/02/2026",
            r'Day or month may come first: write days = "%d/%m/%Y" \(day first\) or',
        ),
        ("2026-01-31", "46053", r"spreadsheet's day numbers"),
        ("2026-01-31", "2026-02-30", r"calendar has no such day"),
        (
            "2026-01-31",
            "soon",
            r"'closed_on' \(known_on\): expected days such as 2026-09-30; 4 of 6 .*'soon'",
        ),
        (
            "0.",
            "",
            r"'p_fail' \(score\): expected chances .* 6 of 6 .* write percent = true under \[written\]",
        ),
        ("0.80", "80 %", r"1 of 6 .* '80 %' in row 3\. .*percent = true"),
        ("0.80", "1200", r"is this another column, such as a rank or an amount"),
        ("0.80", "-0.8", r"is this another column"),
        ("0.80", "inf", r"'inf' in row 3"),
        ("0.80", "0x1", r"'0x1' in row 3"),
        ("0.80", "−0.8", r"is this another column"),
        ("0.80", "n/a", r"'p_fail' \(score\) is empty in 1 of 6 rows, such as row 3\."),
        ("yes", "broken", r"5 cells are not, such as 'broken' in rows 3 and 5\. Say what 'broken' means"),
        ("Leeds", "", r"'site' \(group\) is empty in 3 of 6 rows"),
        ("yes", "no", r"'failed' \(outcome\) is no in all 5 rows that have a value"),
        (
            "m3",
            "m1",
            r"'machine' \(case\) and column 'scored_on' \(decided_on\): 2 rows share .* rows 2 and 4",
        ),
        (
            "2026-01-31",
            "2026-01-01",
            r"'closed_on' \(known_on\) should lie after column 'scored_on' .* in 4 of 6",
        ),
        (
            "2026-01-31",
            "2999-01-31",
            r"has a value in 4 rows in which it becomes known only later .*2999-01-31",
        ),
    ],
)
def test_a_real_fault_of_scores_gets_its_sentence(own, old, new, sentence):
    assert re.search(sentence, told(own(changed(old, new))))


def test_an_outcome_that_becomes_known_today_may_stand_in_the_table(own):
    read = mapping.read_mapping(own())
    (fault,) = checks.check_table(read, today=pd.Timestamp("2026-01-31")).faults
    assert "has a value in 1 rows" in fault and "row 6 (2026-03-03). Today is 2026-01-31" in fault
    assert checks.check_table(read, today=pd.Timestamp("2026-03-03")).faults == []


def test_two_words_of_the_companys_own_are_asked_for_by_name(own):
    rows = changed("yes", "failure", changed(",no,", ",running,"))
    sentence = told(own(rows))
    assert 'if \'failure\' does, write yes = ["failure"] and no = ["running"] under [written]' in sentence
    path = own(rows, 'yes = ["failure"]\nno = ["running"]')
    assert own_tables.verify_own_table(path).faults == []
    assert hindcast.load_own(path)["cancelled"].tolist()[:2] == [False, True]


def test_words_of_ones_own_come_before_the_usual_ones(own):
    path = own(changed("yes", "0", changed(",no,", ",1,")), 'yes = ["0"]\nno = ["1"]')
    assert hindcast.load_own(path)["cancelled"].tolist()[:4] == [False, True, False, True]


def test_an_empty_column_is_told_once(own):
    rows = [re.sub(r"0\.\d\d", "", row) for row in ROWS]
    assert told(own(rows)) == "  column 'p_fail' (score) is empty in all 6 rows. Name another column."
    rows = [row[: -len("2026-01-31")] for row in ROWS]
    assert "or leave the role out" in told(own(rows))


def test_a_decimal_comma_is_told_with_the_line_that_mends_it(own):
    rows = [row.replace(",", ";").replace("0.", "0,") for row in ROWS]
    head = HEAD.replace(",", ";")
    assert 'write decimal = "," under [written]' in told(own(rows, 'separator = ";"', head))
    path = own(rows, 'separator = ";"\ndecimal = ","', head)
    assert own_tables.verify_own_table(path).faults == []
    assert hindcast.load_own(path)["score"].tolist()[:2] == [0.1, 0.8]


def test_a_point_in_a_file_of_decimal_commas_is_never_taken_for_a_decimal(own):
    sentence = told(own(SAID, 'decimal = ","', SAID_HEAD, BACKDATED, "backdated"))
    assert sentence == ""
    rows = changed(",30,", ",1.300,", SAID)
    sentence = told(own(rows, 'decimal = ","', SAID_HEAD, BACKDATED, "backdated"))
    assert "'1.300' in row 2. Save the numbers without marks of thousands" in sentence


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            "2026-01-02,T",
            "2025-12-31,T",
            r"'for_day' \(due\) should lie on or after column 'said_on' \(origin\)",
        ),
        ("2026-01-04", "2026-01-02", r"should lie after column 'said_on' .* in 1 of 3 rows, such as row 4"),
        (
            "2026-01-03",
            "2026-01-09",
            r"'booked_on' \(known_on\) should lie on or after column 'for_day' \(due\)",
        ),
        (",30,", ",half an hour,", r"'half an hour' in row 2\. Write the number alone"),
        (",30,", ",30 min,", r"Write the number alone, without a unit"),
        ("T2", "T1", r"'said_on' \(origin\) and column 'for_day' \(due\) and column 'tour' \(case\): 2 rows"),
    ],
)
def test_a_real_fault_of_backdated_numbers_gets_its_sentence(own, old, new, sentence):
    path = own(changed(old, new, SAID), head=SAID_HEAD, columns=BACKDATED, name="backdated")
    assert re.search(sentence, told(path))


def test_a_range_that_is_upside_down_is_told(own):
    rows = [f"{row},40,20" for row in SAID]
    columns = BACKDATED | {"low": "from", "high": "to"}
    sentence = told(own(rows, head=f"{SAID_HEAD},from,to", columns=columns, name="backdated"))
    assert "column 'to' (high) should lie at or above column 'from' (low), but does not in 3 of 3" in sentence


def test_a_time_ahead_that_is_negative_is_told(own):
    rows = [row.replace(",2026-01-02,T", ",-1,T").replace(",2026-01-03,T", ",1,T") for row in SAID]
    columns = {("horizon_days" if role == "due" else role): name for role, name in BACKDATED.items()}
    assert "(horizon_days) is below 0 in 2 rows" in told(
        own(rows, head=SAID_HEAD, columns=columns, name="backdated")
    )


def test_too_many_groups_and_only_rows_learned_from_are_told(own):
    rows = [f"m{n},2026-01-01,site {n},0.{n:02d},{'yes' if n % 2 else 'no'},2026-01-31,1" for n in range(21)]
    sentence = told(own(rows, head=f"{HEAD},fitted", columns=SCORES | {"learned_from": "fitted"}))
    assert "'site' (group) has 21 different words. Expected 20 at most" in sentence
    assert "'fitted' (learned_from) is yes in every row" in sentence


def test_several_faults_are_told_together_and_the_count_is_right(own):
    faults = own_tables.verify_own_table(own(changed("0.80", "x", changed("Leeds", "")))).faults
    assert len(faults) == 3 and "2 things do not" in faults[0]


def test_percent_that_is_said_but_not_so_is_not_believed_silently(own):
    rows = changed("0.", "")
    assert own_tables.verify_own_table(own(rows, "percent = true")).faults == []
    assert hindcast.load_own(own(rows, "percent = true"))["score"].max() == 0.9
    assert "no chance is above 1" in "\n".join(own_tables.verify_own_table(own(ROWS, "percent = true")).said)


# --- a file that cannot be read -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (HEAD.encode() + b"\n,,,,,\n", "has no rows under its column names"),
        (
            "\n".join([HEAD, *ROWS]).encode("cp1250"),
            r'is not UTF-8 text\. In the spreadsheet, save it as "CSV UTF-8"',
        ),
        ("\n".join([HEAD, *ROWS]).encode("utf-16"), "is not UTF-8 text"),
        (b"PK\x03\x04rest of a workbook", "is a workbook of a spreadsheet, not a CSV"),
        (
            f"{HEAD}\n{ROWS[0]}\n{ROWS[1]},\n".encode(),
            r"1 of 2 rows do not have 6 cells .* row 3 \(7 cells\)",
        ),
        (
            "\n".join([HEAD, *ROWS]).replace("0.", "0,").encode(),
            "A decimal comma in a table separated by commas",
        ),
        (f'{HEAD}\nm1,"2026'.encode(), "a quotation mark is open"),
        (
            "\n".join([HEAD, *ROWS]).replace(",", ";").encode(),
            r'separated by semicolons\. .*: separator = ";"',
        ),
        ("\n".join([HEAD, *ROWS]).replace(",", "\t").encode(), r'separated by tabs\. .*: separator = "\\t"'),
        (
            HEAD.replace("site", "Site").encode() + b"\na,b,c,d,e,f\n",
            r"no column is called 'site'.* mean 'Site'\?",
        ),
        (HEAD.replace("site", "p_fail").encode() + b"\na,b,c,d,e,f\n", "two columns are called 'p_fail'"),
    ],
)
def test_a_file_whose_columns_and_rows_cannot_be_told_is_one_sentence(own, tmp_path, content, sentence):
    path = own()
    (tmp_path / "mine.csv").write_bytes(content)
    with pytest.raises(HindcastError) as refused:
        own_tables.verify_own_table(path)
    assert re.search(sentence, str(refused.value), re.DOTALL)
    assert "mine." in str(refused.value)


def test_a_table_that_is_not_there_is_looked_for_beside_the_mapping_file(own, tmp_path, monkeypatch):
    path = own()
    monkeypatch.chdir("/")
    assert own_tables.verify_own_table(path).faults == []
    (tmp_path / "mine.csv").unlink()
    with pytest.raises(HindcastError, match=r"There is no table .*mine\.csv"):
        own_tables.verify_own_table(path)


# --- faults of a mapping file ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('contract = "scores"', 'contract = "score"', r"no contract 'score'\. Did you mean scores\?"),
        ('contract = "scores"', "", "contract should be one of backdated, backdated_scores, scores"),
        ('table = "mine.csv"', "table = 3", "table should be the name of a CSV"),
        ("[columns]", "[column]", r"'column', which means nothing here\. Did you mean columns\?"),
        ('outcome = "failed"', 'outcom = "failed"', r"no role 'outcom'\. Did you mean outcome\?"),
        ('outcome = "failed"', "", "no column has the role outcome: whether it happened"),
        ('outcome = "failed"', "outcome = 5", "outcome should be the name of a column in quotation marks"),
        (
            'outcome = "failed"',
            'outcome = "p_fail"',
            "the column 'p_fail' is named for score and for outcome",
        ),
        ("[written]", "[written]\nday = 1", r"'day', which means nothing here\. Did you mean days\?"),
        ("[written]", '[written]\nseparator = ";;"', "separator should be one character"),
        ("[written]", '[written]\ndecimal = ";"', "decimal should be"),
        ("[written]", '[written]\ndays = "dd.mm.yyyy"', 'days should be a form such as "%d.%m.%Y"'),
        ("[written]", '[written]\nyes = "x"', "yes should be a list of words"),
        ("[written]", '[written]\nyes = ["x"]\nno = ["x"]', "'x' is both among yes and among no"),
        ("[written]", '[written]\npercent = "yes"', "percent should be true or false"),
        ('"mine.csv"', "mine.csv", "cannot be read as a mapping file"),
        ('"mine.csv"', "“mine.csv”", "straight quotation marks"),
    ],
)
def test_a_fault_of_the_mapping_file_is_told_with_what_is_expected(own, old, new, sentence):
    path = own()
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(HindcastError, match=sentence):
        own_tables.verify_own_table(path)


def test_all_faults_of_a_mapping_file_are_told_at_once(own):
    path = own(columns={"case": "machine", "scor": "p_fail"})
    with pytest.raises(HindcastError) as refused:
        own_tables.verify_own_table(path)
    assert len(str(refused.value).splitlines()) == 5


def test_a_backdated_table_needs_a_day_or_a_time_ahead(own):
    columns = {role: name for role, name in BACKDATED.items() if role != "due"}
    with pytest.raises(HindcastError, match="one of the roles due and horizon_days needs a column"):
        own_tables.verify_own_table(own(SAID, head=SAID_HEAD, columns=columns, name="backdated"))


def test_a_mapping_file_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(HindcastError, match="There is no mapping file"):
        own_tables.verify_own_table(tmp_path / "mine.toml")


def test_a_notebook_is_told_the_first_fault_and_where_the_others_are(own):
    path = own(changed("0.80", "x", changed("Leeds", "")))
    with pytest.raises(HindcastError, match=r"\(group\) is empty .* And 1 more\. .*data verify --contract"):
        hindcast.load_own(path)


# --- the places in the course, as the handbook says -----------------------------------------------------


@pytest.fixture
def tariffs(tmp_path):
    """A telephone company's table and the handbook's mapping file for it."""
    rows = ["customer_no,scored_on,tariff,p_leave,in_training,left,checked_on"]
    for number in range(600):
        month, tariff = (
            ("2026-02-03", "2026-03-03", "2026-04-01")[number % 3],
            ("basic", "plus")[number // 3 % 2],
        )
        score = 0.02 + number % 47 / 100
        left = "" if month == "2026-04-01" else "yes" if number % 47 > 33 or number % 17 == 0 else "no"
        fitted, checked = ("yes", "2026-04-05") if month == "2026-02-03" else ("no", "2026-05-05")
        rows.append(f"N{number},{month},{tariff},{score:.2f},{fitted},{left},{checked}")
    (tmp_path / "mine.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    told = re.findall(r"```toml\n(.*?)```", HANDBOOK, re.DOTALL)
    (tmp_path / "mine.toml").write_text(told[0], encoding="utf-8")
    return tmp_path / "mine.toml"


def test_the_mapping_file_of_the_handbook_is_one(tariffs):
    assert own_tables.verify_own_table(tariffs).faults == []
    written = re.findall(r"```toml\n(.*?)```", HANDBOOK, re.DOTALL)[1]
    keys = set(tomllib.loads(written)["written"])
    tariffs.write_text(tariffs.read_text(encoding="utf-8") + written, encoding="utf-8")
    assert mapping.read_mapping(tariffs).csv_format.days == "%d.%m.%Y"
    assert keys == set(mapping.CsvFormat.__dataclass_fields__)


@pytest.mark.parametrize("name", contracts.contract_names())
def test_the_handbook_names_every_contract_and_each_of_its_roles(name):
    assert f"| `{name}` |" in HANDBOOK
    for role, wanted in contracts.read_contract(name).roles.items():
        assert f"`{role}`" in HANDBOOK or re.search(rf"[`, ]{role}[`,]", HANDBOOK), role
        assert wanted.meaning


def test_the_lesson_of_unit_06_runs_on_a_companys_own_table(tariffs):
    own = {
        "hindcast.load_scores()": 'hindcast.load_own("mine.toml")',
        '"2025-09-01"': '"2026-03-01"',
        "monthly": "basic",
        "yearly": "plus",
    }
    assert own["hindcast.load_scores()"] in HANDBOOK
    cells = [cell.source for cell in nbformat.read(LESSON_06, 4).cells if cell.cell_type == "code"]
    for old, new in own.items():
        assert any(old in cell for cell in cells)
        cells = [cell.replace(old, new) for cell in cells]
    (tariffs.parent / "cells.py").write_text(f"CELLS = {cells!r}", encoding="utf-8")
    run = (
        "from cells import CELLS\nfrom IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell.instance()\n"
        "for cell in CELLS:\n    shell.run_cell(cell).raise_error()\n"
        "print(len(shell.user_ns['september']), shell.user_ns['cancelled'].sum())"
    )
    ran = subprocess.run(
        [sys.executable, "-c", run], cwd=tariffs.parent, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]
    table = pd.read_csv(tariffs.parent / "mine.csv").query("scored_on == '2026-03-03'")
    assert ran.stdout.splitlines()[-1] == f"{len(table)} {(table['left'] == 'yes').sum()}"


def test_a_loaded_table_goes_through_review_as_a_file_does(own):
    table = hindcast.load_own(own(SAID, head=SAID_HEAD, columns=BACKDATED, name="backdated"))
    shown = str(review(pd.read_csv(io.StringIO(table.to_csv(index=False)))))
    assert "3 predictions from 2 origins" in shown and "the outcome became known after the origin" in shown

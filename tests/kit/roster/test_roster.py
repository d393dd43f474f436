"""Rosters as people save them, and the messages about faulty ones."""

import codecs
import datetime
import zipfile

import openpyxl
import pytest

from hindcast.errors import HindcastError
from hindcast.kit.roster.roster import ROLES, Learner, read_roster, write_roster

HEADER = "id,name,email,role,track\n"
ANA = Learner("ana", "Ana Lima Prado", "ana@example.org", "designer", "workbook")
BO = Learner("bo-2", "Bo", "", "engineer", "workbook and bench")
ROWS = "ana,Ana Lima Prado,ana@example.org,designer,workbook\nbo-2,Bo,,engineer,workbook and bench\n"
TABLE = [line.split(",") for line in (HEADER + ROWS).splitlines()]


def roster(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "roster.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    "text",
    [
        HEADER + ROWS,
        codecs.BOM_UTF8.decode("utf-8") + HEADER + ROWS,
        (HEADER + ROWS).replace("\n", "\r\n"),
        (HEADER + ROWS).replace(",", ";") + ";;;;\n\n",
        HEADER.upper()
        + ROWS.replace("designer", " Designer ").replace("workbook and bench", "Workbook  and bench"),
        'team,track,role,email,name,id\nx,workbook,designer,ana@example.org,"Ana Lima Prado",ana\n'
        + "y,workbook and bench,engineer,,Bo,bo-2\n",
    ],
    ids=["plain", "with a mark", "from Windows", "semicolons", "capitals and spaces", "other order"],
)
def test_a_roster_is_read_however_the_spreadsheet_wrote_it(tmp_path, text):
    assert read_roster(roster(tmp_path, text)) == [ANA, BO]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_excels_unicode_text_is_read(tmp_path, encoding):
    mark = "" if encoding == "utf-16" else "\ufeff"
    text = mark + (HEADER + ROWS).replace(",", "\t").replace("\n", "\r\n").replace("Ana Lima", "Ana Lïma, 李")
    assert read_roster(roster(tmp_path, text, encoding))[0].name == "Ana Lïma, 李 Prado"


def test_excels_line_about_the_separator_is_not_a_row(tmp_path):
    text = "\ufeffsep=;\r\n" + (HEADER + ROWS).replace(",", ";").replace(
        "Bo;", "Bo, B., C., D., E., F., G., H.;"
    )
    assert read_roster(roster(tmp_path, text))[1].name == "Bo, B., C., D., E., F., G., H."
    with pytest.raises(HindcastError, match=r"row 2, column id: .* came 'a/a'"):
        read_roster(roster(tmp_path, text.replace("ana;", "a/a;")))


def test_a_title_above_and_empty_rows_and_columns_around_are_no_fault(tmp_path):
    text = "Spring, on Tuesdays\n\n" + (HEADER + ROWS).replace("\n", ",,,\n\n") + ",,,,,,,\n" * 3
    assert read_roster(roster(tmp_path, text)) == [ANA, BO]
    with pytest.raises(HindcastError, match=r"row 5, column role: .* came 'boss'"):
        read_roster(roster(tmp_path, text.replace("designer", "boss")))


@pytest.mark.parametrize(
    "heading", ["E-mail", " e mail ", "E_MAIL", "Email address", "e-mail-address", "Mail", "EMAIL:"]
)
def test_the_column_of_addresses_goes_by_many_names(tmp_path, heading):
    assert read_roster(roster(tmp_path, HEADER.replace("email", heading) + ROWS)) == [ANA, BO]


@pytest.mark.parametrize(
    "name",
    [
        "  Ana  Lima\tPrado ",
        "Ana\u00a0Lima\u202fPrado\u00a0",
        "\u200bAna\u00ad Lima Prado\u200e",
        '"Ana Lima\nPrado"',
    ],
)
def test_what_nobody_sees_in_a_cell_is_not_in_the_name(tmp_path, name):
    assert read_roster(roster(tmp_path, HEADER + ROWS.replace("Ana Lima Prado", name))) == [ANA, BO]


def test_an_accent_is_one_letter_and_a_joiner_stays(tmp_path):
    text = HEADER + ROWS.replace("Ana Lima Prado", "Zoe\u0308 Khan").replace(",Bo,", ",مه\u200cسا,")
    assert [learner.name for learner in read_roster(roster(tmp_path, text))] == [
        "Zo\u00eb Khan",
        "مه\u200cسا",
    ]


# --- Excel ----------------------------------------------------------------------------------------


def workbook(tmp_path, rows, prepare=lambda book: None, name="roster.xlsx"):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    prepare(book)
    book.save(tmp_path / name)
    return tmp_path / name


def test_a_workbook_of_excel_is_read(tmp_path):
    rows = [
        [*TABLE[0], "note", None],
        [*TABLE[1], "told by phone", " "],
        [None] * 5,
        TABLE[2],
        ["  "],
        [None],
    ]
    assert read_roster(workbook(tmp_path, rows)) == [ANA, BO]


def test_what_a_file_is_counts_and_not_what_it_is_called(tmp_path):
    assert read_roster(workbook(tmp_path, TABLE, name="roster.csv")) == [ANA, BO]


@pytest.mark.parametrize(
    ("value", "shown_as", "id"),
    [
        (1042, "General", "1042"),
        (1042.0, "General", "1042"),
        (42, "00000", "00042"),
        (12345678901234.0, "General", "12345678901234"),
        (10.5, "General", "10.5"),
        ("007", "@", "007"),
    ],
)
def test_an_id_that_excel_took_for_a_number_is_what_excel_shows(tmp_path, value, shown_as, id):
    def shown(book):
        book.active["A2"].value, book.active["A2"].number_format = value, shown_as

    assert read_roster(workbook(tmp_path, TABLE, shown))[0].id == id


def test_an_id_that_excel_took_for_a_date_is_said_to_be_one(tmp_path):
    def mistaken(book):
        book.active["A2"].value = datetime.datetime(2026, 3, 1)
        book.active["A3"].value = True
        book.active["B3"].value = "=1/0"

    path = workbook(tmp_path, TABLE, mistaken)
    with pytest.raises(HindcastError) as error:
        read_roster(path)
    first, second, third = str(error.value).splitlines()
    assert first == f"{path} (sheet 'Sheet') cannot be used; nothing was changed."
    assert "row 2, column id: expected letters" in second and "came '2026-03-01 (a date or time)'" in second
    assert third == "  row 3, column name: expected a name, came ''"  # a formula without a calculated value


def test_the_first_sheet_that_is_visible_is_read(tmp_path):
    def three_sheets(book):
        book.active.title = "People"
        book.create_sheet("Lists", 0).sheet_state = "hidden"
        book.create_sheet("Notes").append(["buy chalk"])

    assert read_roster(workbook(tmp_path, TABLE, three_sheets)) == [ANA, BO]
    with pytest.raises(HindcastError, match=r"roster\.xlsx \(sheet 'People'\) has no column track"):
        read_roster(workbook(tmp_path, [row[:4] for row in TABLE], three_sheets))


def test_a_workbook_that_is_wrong_about_its_own_size_is_read_to_its_end(tmp_path):
    there, lying = workbook(tmp_path, TABLE), tmp_path / "lying.xlsx"
    with zipfile.ZipFile(there) as old, zipfile.ZipFile(lying, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'ref="A1:E3"', b'ref="A1:A1"'))
    assert there.read_bytes() != lying.read_bytes()
    assert read_roster(lying) == [ANA, BO]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "an old Excel file (.xls) or has a password"),
        (b"PK\x03\x04 and then nothing", "is no Excel workbook that can be read"),
        (b"\xff\xfei", "is not UTF-8 text"),
    ],
)
def test_a_file_of_another_program_is_one_sentence(tmp_path, content, said):
    path = tmp_path / "roster.xlsx"
    path.write_bytes(content)
    with pytest.raises(HindcastError) as error:
        read_roster(path)
    assert said in str(error.value) and '"CSV UTF-8"' in str(error.value)


# --- faults ---------------------------------------------------------------------------------------


def test_every_bad_row_is_named_with_column_expectation_and_finding(tmp_path):
    bad = (
        "a/b,Ana,x,boss,workbook\n,,,,\nzz,,a@b,analyst,both\nZZ,A,,other,workbook\nq,r\n.,B,,other,workbook\n"
        "c,Prado, Cy,,other,workbook\n1.02E+15,Di,,other,workbook\ndo,Do\x07,A@b,other,workbook\n"
    )
    with pytest.raises(HindcastError) as error:
        read_roster(roster(tmp_path, HEADER + bad))
    assert str(error.value).splitlines()[1:] == [
        "  row 2, column id: expected letters, digits and . _ - @ + (it names a folder), came 'a/b'",
        "  row 2, column email: expected an address such as ana@example.org, or nothing, came 'x'",
        f"  row 2, column role: expected one of {', '.join(ROLES)}, came 'boss'",
        "  row 4, column name: expected a name, came ''",
        "  row 4, column track: expected one of workbook, workbook and bench, came 'both'",
        "  row 5, column id: expected each id once, came 'ZZ': it is in row 4 too",
        "  row 6, column role: expected one of designer, engineer, product manager, analyst, other, came ''",
        "  row 6, column track: expected one of workbook, workbook and bench, came ''",
        "  row 7, column id: expected letters, digits and . _ - @ + (it names a folder), came '.'",
        "  row 8: expected 5 cells, came 6, the last 'workbook'",
        "  row 9, column id: expected the whole number (a spreadsheet shortened it: make the column text), "
        "came '1.02E+15'",
        "  row 10, column name: expected a name, came 'Do\\x07'",
        "  row 10, column email: expected each address once, or nothing, came 'A@b': it is in row 4 too",
    ]


@pytest.mark.parametrize("id", ["..", "../x", "a b", "a*", "a:b", "-x", "ä", "x" * 65, "con/x", "a\\b"])
def test_an_id_that_is_no_safe_folder_name_is_refused(tmp_path, id):
    with pytest.raises(HindcastError, match="row 2, column id: expected letters"):
        read_roster(roster(tmp_path, HEADER + f"{id},Ana,,designer,workbook\n"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        (" \n,,,\n", "is empty"),
        (HEADER, "names no learner"),
        (
            "id,name,email\nana,Ana,\n",
            "no column role, track; nothing was changed. Expected in row 1, each once: "
            "id, name, email, role, track; came: id, name, email.",
        ),
        (
            "\nid,name,email,role,track,E-mail\n",
            "has more than one column email; nothing was changed. Expected in row 2, each once:",
        ),
        (HEADER + 'ana,"Ana,,designer,workbook\n', "is not a CSV"),
        (HEADER + "ana,A\0na,,designer,workbook\n", "is not a text file"),
    ],
)
def test_a_roster_that_cannot_be_read_is_one_sentence(tmp_path, text, said):
    with pytest.raises(HindcastError) as error:
        read_roster(roster(tmp_path, text))
    assert said in str(error.value)


def test_a_roster_in_another_encoding_is_said_to_be(tmp_path):
    with pytest.raises(HindcastError, match="not UTF-8 text"):
        read_roster(roster(tmp_path, HEADER + ROWS.replace("Ana", "Zoë"), "latin-1"))


def test_a_missing_roster_is_said_to_be_missing(tmp_path):
    with pytest.raises(HindcastError, match="There is no roster"):
        read_roster(tmp_path / "nowhere.csv")


def test_a_folder_and_a_file_as_large_as_no_roster_are_refused(tmp_path):
    with pytest.raises(HindcastError, match="There is no roster"):
        read_roster(tmp_path)
    path = tmp_path / "video.csv"
    with path.open("wb") as file:
        file.truncate(20_000_001)
    with pytest.raises(HindcastError, match="more than 20 MB"):
        read_roster(path)


def test_many_faults_are_counted_and_the_first_are_shown(tmp_path):
    with pytest.raises(HindcastError) as error:
        read_roster(roster(tmp_path, HEADER + "".join(f"u{n},U,,boss,workbook\n" for n in range(25))))
    lines = str(error.value).splitlines()
    assert (len(lines), lines[-1]) == (22, "  and 5 more")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            "Ana,Ana,,other,workbook",
            "column id: expected each id once, came 'Ana': 'ana' of the cohort has it",
        ),
        ("ana2,Ana,ANA@example.org,other,workbook", "column email: .* 'ana' of the cohort has it"),
    ],
)
def test_nobody_new_takes_the_id_or_address_of_somebody_who_stays(tmp_path, row, said):
    path = roster(tmp_path, HEADER + row + "\n")
    with pytest.raises(HindcastError, match=said):
        read_roster(path, [ANA, BO])
    assert len(read_roster(path, [BO])) == 1


def test_an_address_may_go_from_one_learner_of_the_file_to_another(tmp_path):
    text = HEADER + "ana,Ana,,other,workbook\nbo-2,Bo,ana@example.org,other,workbook\n"
    assert [learner.email for learner in read_roster(roster(tmp_path, text), [ANA, BO])] == ["", ANA.email]


def test_a_roster_written_is_the_roster_read_and_leaves_nothing_beside_it(tmp_path):
    odd = Learner("x+1", '=cmd "y"; Z, ہے', "x@y", "other", "workbook")
    write_roster([ANA, BO, odd], tmp_path / "roster.csv")
    assert read_roster(tmp_path / "roster.csv") == [ANA, BO, odd]
    write_roster([], tmp_path / "roster.csv")
    assert read_roster(tmp_path / "roster.csv", may_be_empty=True) == []
    assert [path.name for path in tmp_path.iterdir()] == ["roster.csv"]

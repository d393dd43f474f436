"""The learners' zip: its contents, the same bytes on every machine, and what works in an unpacked one."""

import base64
import csv
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tiny_unit import UNIT
from typer.testing import CliRunner

from hindcast.errors import HindcastError
from hindcast.kit import cli
from hindcast.kit.bundle import archive, contents
from hindcast.kit.bundle.packing import default_path, pack_bundle
from hindcast.kit.checkout import find_course, find_root, unit_names
from hindcast.kit.learn import LESSON, check_lesson
from hindcast.kit.notebooks.normalise import read_notebook
from hindcast.tables import MARKER, bundle_of

ROOT = Path(__file__).resolve().parents[2]
FIRST, CHOSEN = "00_starting_here", "06_reading_classifications"
PARTS = ("src", "solutions", "course", "datasets", "tools")
FILES = ("pyproject.toml", "README.md", "LICENSE", "LICENSE-content", "requirements.lock", "environment.yml")
SECRET = re.compile(r"### BEGIN (SOLUTION|HIDDEN TESTS)\n(.*?)### END \1", re.DOTALL)
TELLING = 12  # shorter lines, such as a bracket or a return, tell no solution
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#]+)")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """(what `bundle` says of a zip with every unit, path in it -> bytes)."""
    made = pack_bundle(ROOT, [], tmp_path_factory.mktemp("whole") / "whole.zip", say=lambda words: None)
    return made, archive.unpacked(made.path)


@pytest.fixture(scope="module")
def part(tmp_path_factory):
    """The same with one unit chosen."""
    made = pack_bundle(ROOT, [CHOSEN], tmp_path_factory.mktemp("part") / "part.zip", say=lambda words: None)
    return made, archive.unpacked(made.path)


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """A copy of the checkout with a space and an accent in its path, and other times, rights and order."""
    copy = tmp_path_factory.mktemp("aïlleurs et loin") / "checkout"
    (copy / "grading").mkdir(parents=True)
    shutil.copy(ROOT / "grading" / "nbgrader_config.py", copy / "grading")
    for part in reversed(PARTS):
        shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    for name in FILES:
        shutil.copy(ROOT / name, copy)
    shutil.copy(ROOT / ".gitignore", copy)
    for number, path in enumerate(sorted(copy.rglob("*"), reverse=True)):
        os.utime(path, (1_000_000_000 + number, 1_000_000_000 + number))
        path.chmod(0o700 if path.is_dir() or number % 2 else 0o600)
    return copy


@pytest.fixture
def unpacked(whole, tmp_path):
    """(the folder of an unpacked bundle, a folder with the package as its wheel has it)."""
    zipfile.ZipFile(whole[0].path).extractall(tmp_path / "ein Ördner")
    folder = tmp_path / "ein Ördner" / "hindcast"
    zipfile.ZipFile(next(folder.glob("*.whl"))).extractall(tmp_path / "site")
    return folder, tmp_path / "site"


def inside(made):
    """Path -> bytes, without the one top folder."""
    return {name.split("/", 1)[1]: content for name, content in made[1].items()}


def wheel_in(made):
    return next(io.BytesIO(content) for name, content in made[1].items() if name.endswith(".whl"))


def learners_tables():
    package = json.loads((ROOT / "datasets" / "datapackage.json").read_text(encoding="utf-8"))
    paths = [resource["path"] for resource in package["resources"]]
    return [path for path in paths if not path.startswith("truth/")]


def with_package(site, *arguments, cwd):
    """Run this Python with the wheel's package in place of the checkout's."""
    environment = {name: value for name, value in os.environ.items() if name != "HINDCAST_DATA"}
    environment["PYTHONPATH"] = str(site)
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def test_it_holds_these_files_and_no_other(whole):
    datasets = {f"datasets/{path}" for path in learners_tables()}
    for pattern in ("cards/*.md", "cards/*.svg", "README.md", "field_data.toml", "datapackage.json"):
        datasets |= {path.relative_to(ROOT).as_posix() for path in (ROOT / "datasets").glob(pattern)}
    course = {path.relative_to(ROOT).as_posix() for path in (ROOT / "course").glob("*/*.ipynb")}
    beside = {"START.html", "set_up.py", MARKER, "requirements.lock", "environment.yml", "LICENSE"}
    beside |= {"LICENSE-content", json.loads(inside(whole)[MARKER])["wheel"]}
    assert set(inside(whole)) == datasets | course | beside
    assert {name.split("/")[0] for name in whole[1]} == {"hindcast"}


def test_its_notebooks_and_tables_are_those_of_the_checkout(whole):
    for name, content in inside(whole).items():
        if name.startswith(("course/", "datasets/")) and name != "datasets/datapackage.json":
            assert content == (ROOT / name).read_bytes(), name


def test_its_description_names_just_the_tables_that_are_there(whole):
    package = json.loads(inside(whole)["datasets/datapackage.json"])
    assert [resource["path"] for resource in package["resources"]] == learners_tables()


def test_no_byte_of_it_tells_a_solution_or_a_hidden_test(whole):
    visible, secret = "", {}
    for path in (ROOT / "solutions").glob("*/*.ipynb"):
        for cell in read_notebook(path).cells:
            visible += SECRET.sub("", cell.source) + "\n"
            for region in SECRET.finditer(cell.source):
                lines = [line.strip() for line in region[2].splitlines() if len(line.strip()) > TELLING]
                secret |= dict.fromkeys(lines, path)
    package = [*(ROOT / "src").rglob("*.py"), *(ROOT / "src").rglob("unit_skeleton/*.txt")]
    visible += "\n".join(path.read_text(encoding="utf-8") for path in package)
    secret = {line for line in secret if line not in visible}
    assert len(secret) > 500
    told = dict(inside(whole))
    told |= {f"wheel: {name}": zipfile.ZipFile(wheel_in(whole)).read(name) for name in wheel_names(whole)}
    everything = b"\n".join(told.values())
    for line in secret:
        assert line.encode() not in everything and json.dumps(line)[1:-1].encode() not in everything, line
    for name, content in told.items():
        if name.endswith(".ipynb"):
            assert not re.search(rb"### (BEGIN|END) (SOLUTION|HIDDEN)", content), name


def test_no_code_of_the_package_holds_a_region_of_a_solution(whole):
    package = b"\n".join(
        zipfile.ZipFile(wheel_in(whole)).read(name) for name in wheel_names(whole) if name.endswith(".py")
    ).decode()
    regions = [
        region[2].strip()
        for path in (ROOT / "solutions").glob("*/*.ipynb")
        for cell in read_notebook(path).cells
        for region in SECRET.finditer(cell.source)
    ]
    assert len(regions) > 30
    assert not [region for region in regions if len(region) > 40 and region in package]


def test_no_value_of_a_truth_table_is_in_it(whole):
    texts = [content.decode() for name, content in inside(whole).items() if name.startswith("datasets/")]
    for path in (ROOT / "datasets" / "truth").glob("*.csv"):
        row = path.read_text(encoding="utf-8").splitlines()[-1]
        assert not [text for text in texts if row in text], path.name


def wheel_names(made):
    return zipfile.ZipFile(wheel_in(made)).namelist()


def test_the_wheel_holds_the_whole_package_and_no_table(whole):
    source = ROOT / "src"
    files = {
        path.relative_to(source).as_posix()
        for path in source.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    names = {name for name in wheel_names(whole) if ".dist-info/" not in name}
    assert names == files
    assert not [name for name in names if name.endswith(".csv")]


def test_the_wheel_agrees_with_its_own_record(whole):
    wheel = zipfile.ZipFile(wheel_in(whole))
    assert wheel.testzip() is None
    record = next(name for name in wheel.namelist() if name.endswith(".dist-info/RECORD"))
    rows = list(csv.reader(io.StringIO(wheel.read(record).decode())))
    assert {row[0] for row in rows} == set(wheel.namelist())
    for name, digest, size in rows:
        if name != record:
            content = wheel.read(name)
            raw = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            assert (digest, size) == (f"sha256={raw}", str(len(content))), name


def test_the_same_course_gives_the_same_bytes_wherever_whenever_and_by_whom_it_is_packed(whole, elsewhere):
    to = elsewhere / "elsewhere.zip"
    environment = {**os.environ, "PYTHONPATH": str(elsewhere / "src"), "PYTHONHASHSEED": "7"}
    environment |= {"TZ": "Asia/Kathmandu", "SOURCE_DATE_EPOCH": "1700000000", "LC_ALL": "C"}
    command = [sys.executable, "-m", "hindcast", "bundle", "--to", str(to), "--json"]
    done = subprocess.run(
        command, cwd=elsewhere, env=environment, umask=0o077, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["sha256"] == whole[0].sha256
    assert to.read_bytes() == whole[0].path.read_bytes()


def test_an_entry_says_nothing_about_the_machine_and_every_file_can_be_read(whole):
    assert list(whole[1]) == sorted(whole[1])
    for entry in zipfile.ZipFile(whole[0].path).infolist():
        assert (entry.date_time, entry.create_system, entry.extra) == (archive.WHEN, 3, b"")
        rights = 0o755 if entry.filename.endswith("/set_up.py") else 0o644
        assert entry.external_attr == (0o100000 | rights) << 16, entry.filename


def test_its_names_are_plain_and_short_enough_for_every_system(whole):
    assert all(re.fullmatch(r"[A-Za-z0-9_./-]+", name) for name in whole[1])
    assert max(map(len, whole[1])) < 100
    assert len({name.casefold() for name in whole[1]}) == len(whole[1])


def test_its_size_is_told_and_small_enough_for_a_mail(whole):
    assert whole[0].bytes == whole[0].path.stat().st_size < 2_000_000


@pytest.mark.parametrize(
    "names",
    [
        ["course/con.ipynb"],
        ["course/Nul/x.ipynb"],
        ["datasets/lpt1"],
        ["a:b"],
        ["what?.md"],
        ["back\\slash"],
        ["dot./x"],
        ["space "],
        ["bell\a"],
        ["long/" + 100 * "x"],
    ],
)
def test_a_name_that_windows_cannot_unpack_is_refused(names):
    with pytest.raises(HindcastError, match="cannot go into a bundle"):
        archive.check_names(["fine.md", *names])


def test_names_that_differ_only_in_capitals_are_refused_and_others_pass():
    with pytest.raises(HindcastError, match=r"a/Card\.md and a/card\.md differ only in capital letters"):
        archive.check_names(["a/Card.md", "a/card.md"])
    archive.check_names(["console.md", "a/com10", "a/.hidden", "a/b.c", "b/nullable.csv"])


def test_a_checkout_with_a_name_that_cannot_travel_gets_no_zip(elsewhere, tmp_path):
    card = elsewhere / "datasets" / "cards" / f"{90 * 'x'}.md"
    card.touch()
    with pytest.raises(HindcastError, match=r"datasets/cards/x+\.md cannot go into a bundle"):
        pack_bundle(elsewhere, [], tmp_path / "x.zip", say=lambda words: None)
    card.unlink()
    assert list(tmp_path.iterdir()) == []


def test_chosen_units_come_with_unit_00_in_a_folder_of_their_own(part):
    units = {name.split("/")[1] for name in inside(part) if name.startswith("course/")}
    assert units == {FIRST, CHOSEN} == set(part[0].units)
    assert {name.split("/")[0] for name in part[1]} == {"hindcast-00-06"}
    assert json.loads(inside(part)[MARKER])["units"] == [FIRST, CHOSEN]


@pytest.mark.parametrize("made", ["whole", "part"])
def test_every_link_in_it_leads_to_something_in_it(made, request):
    files, seen = inside(request.getfixturevalue(made)), 0
    for name, content in files.items():
        if name.endswith((".ipynb", ".md")):
            for target in LINK.findall(content.decode()):
                linked = os.path.normpath(f"{Path(name).parent.as_posix()}/{target}").replace(os.sep, "/")
                assert linked in files, f"{name}: {target}"
                seen += 1
    assert seen > 30


def test_where_a_notebook_links_to_a_unit_that_was_left_out_it_says_so_in_words(part):
    lesson = json.loads(inside(part)[LESSON])
    text = "".join(line for cell in lesson["cells"] for line in cell["source"])
    assert "**02 Telling prediction from classification (not in this bundle)**" in text
    assert f"**[06 Reading classifications](../{CHOSEN}/lesson.ipynb)**" in text


def test_nothing_else_of_a_notebook_changes_where_units_are_left_out(part):
    changed = []
    for name, content in inside(part).items():
        if name.startswith("course/") and content != (ROOT / name).read_bytes():
            before, after = (ROOT / name).read_text(encoding="utf-8"), content.decode()
            plain = re.sub(r"\[([^\]\n]+)\]\(\.\./0[29]_[^)]*\)", r"\1 (not in this bundle)", before)
            assert plain == after, name
            changed.append(name)
    assert sorted(changed) == [f"course/{FIRST}/{name}.ipynb" for name in ("glossary", "lesson", "workbook")]


class Page(HTMLParser):
    """What a page links to or loads, and its text."""

    def __init__(self, text):
        super().__init__()
        self.links, self.loads, self.text = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("href", "src"):
                (self.links if tag == "a" else self.loads).append(value)

    def handle_data(self, data):
        self.text += data


def test_the_page_to_start_from_has_the_two_lines_for_each_system_and_loads_nothing(whole):
    page = Page(inside(whole)["START.html"].decode())
    assert "py set_up.py\n.venv\\Scripts\\hindcast learn\n" in page.text
    assert "python3 set_up.py\n.venv/bin/hindcast learn\n" in page.text
    assert page.loads == [] and "$" not in page.text and "not in this bundle" not in page.text
    assert set(page.links) == {"https://www.python.org/downloads/", "LICENSE", "LICENSE-content"}
    assert f"--no-deps {json.loads(inside(whole)[MARKER])['wheel']}" in page.text
    for unit in unit_names(ROOT):
        assert f"course/{unit}" in page.text


def test_the_page_names_the_units_that_are_there_and_those_that_are_not(part):
    page = Page(inside(part)["START.html"].decode())
    assert "06 Reading classifications: how wrong is a label?" in page.text
    assert "not in this bundle: 02, 09." in page.text and "course/09" not in page.text
    assert f"workbook.ipynb from\ncourse/{CHOSEN}" in page.text


def test_what_someone_typed_into_the_course_is_not_packed_and_is_named(tiny):
    fresh, none = contents.bundled_notebooks(tiny, [UNIT], [], say=lambda words: None)
    assert none == []
    path = tiny / "course" / UNIT / "workbook.ipynb"
    path.write_text(path.read_text().replace("letters = None", "letters = 3"))
    (path.parent / "mine.ipynb").write_text("my notes")
    packed, notes = contents.bundled_notebooks(tiny, [UNIT], [], say=lambda words: None)
    assert packed == fresh
    assert len(notes) == 1 and f"course/{UNIT}/mine.ipynb, course/{UNIT}/workbook.ipynb. Someone" in notes[0]


def test_a_unit_that_was_not_built_yet_is_packed_and_named(tiny):
    shutil.rmtree(tiny / "course")
    packed, notes = contents.bundled_notebooks(tiny, [UNIT], [], say=lambda words: None)
    assert set(packed) == {f"course/{UNIT}/lesson.ipynb", f"course/{UNIT}/workbook.ipynb"}
    assert "`hindcast build` was not run" in notes[0]


@pytest.mark.parametrize(
    ("name", "spoil", "words"),
    [
        (
            "costs.csv",
            lambda text: text.replace("1", "2", 1),
            "is not the table that datapackage.json describes",
        ),
        ("costs.csv", None, r"costs\.csv cannot be read"),
        ("datapackage.json", lambda text: text[:-9], "should be JSON with a list of resources"),
        ("datapackage.json", lambda text: "[]", "should be JSON with a list of resources"),
    ],
)
def test_a_table_that_is_not_as_described_stops_it(tmp_path, name, spoil, words):
    shutil.copytree(ROOT / "datasets", tmp_path / "datasets")
    path = tmp_path / "datasets" / name
    path.write_text(spoil(path.read_text()), newline="\n") if spoil else path.unlink()
    with pytest.raises(HindcastError, match=words):
        contents.bundled_tables(tmp_path)


def test_a_package_that_cannot_be_built_is_told_in_a_sentence(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[project")
    with pytest.raises(HindcastError, match=r"hatchling could not make a wheel of the package: .*set_up\.py"):
        contents.package_wheel(tmp_path)


def test_files_that_git_does_not_have_are_named_and_without_git_nothing_is(tmp_path):
    git = ["git", "-c", "user.name=Ida", "-c", "user.email=ida@example.org", "-C", str(tmp_path)]
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets" / "a.csv").write_text("a\n")
    assert contents.not_in_git(tmp_path) == []
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"]):
        subprocess.run([*git, *arguments], check=True)
    assert contents.not_in_git(tmp_path) == []
    (tmp_path / "datasets" / "a.csv").write_text("b\n")
    (tmp_path / "unrelated").touch()
    for number in range(6):
        (tmp_path / "datasets" / f"notes {number}").touch()
    (note,) = contents.not_in_git(tmp_path)
    assert "datasets/a.csv" in note and "unrelated" not in note and note.endswith("and 2 more.")


def test_without_a_name_it_goes_to_a_folder_that_git_ignores(tmp_path):
    path = default_path(tmp_path, "hindcast-00-06")
    assert path == tmp_path / "dist" / "hindcast-00-06.zip" and path.parent.is_dir()
    assert default_path(tmp_path, "hindcast-00-06") == path
    assert "/dist/" in (ROOT / ".gitignore").read_text().splitlines()


def packed_again(root, to):
    made = pack_bundle(root, [CHOSEN], to, say=lambda words: None)
    return made.written, made.path


def test_a_second_run_changes_nothing_and_a_folder_gets_a_file_of_the_usual_name(part, tmp_path):
    assert packed_again(ROOT, tmp_path) == (True, tmp_path / "hindcast-00-06.zip")
    os.utime(tmp_path / "hindcast-00-06.zip", (1, 1))
    assert packed_again(ROOT, tmp_path / "hindcast-00-06.zip") == (False, tmp_path / "hindcast-00-06.zip")
    assert (tmp_path / "hindcast-00-06.zip").stat().st_mtime == 1
    assert [path.name for path in tmp_path.iterdir()] == ["hindcast-00-06.zip"]


def test_another_bundle_is_replaced(whole, tmp_path):
    path = Path(shutil.copy(whole[0].path, tmp_path / "course.zip"))
    assert archive.zip_path(path, "x") == path
    assert archive.write_zip(path, b"newer") and path.read_bytes() == b"newer"


@pytest.mark.parametrize("kind", ["text", "zip", "zip with a marker deep inside"])
def test_a_file_that_is_no_bundle_is_left_alone(kind, tmp_path):
    path = tmp_path / "holiday.zip"
    if kind == "text":
        path.write_text("not a zip")
    else:
        with zipfile.ZipFile(path, "w") as other:
            other.writestr(f"a/b/{MARKER}" if "deep" in kind else "photo.jpg", "x")
    before = path.read_bytes()
    with pytest.raises(HindcastError, match=r"holiday\.zip is there and is no bundle of Hindcast"):
        pack_bundle(ROOT, [], path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["course.tar", "course", "nowhere/"])
def test_a_name_that_is_no_zip_is_refused(name, tmp_path):
    with pytest.raises(HindcastError, match="--to should name a zip"):
        archive.zip_path(tmp_path / name, "x")


def test_a_folder_that_is_not_there_is_told_and_not_made(tmp_path):
    with pytest.raises(HindcastError, match=r"could not be written \(No such file or directory\)"):
        archive.write_zip(tmp_path / "nowhere" / "x.zip", b"new")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_the_old_zip_and_no_half_of_the_new_one(tmp_path, monkeypatch):
    path = tmp_path / "x.zip"
    path.write_bytes(b"old")

    def full(self, content):
        with self.open("wb") as stream:
            stream.write(content[:1])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(HindcastError, match="No space left on device"):
        archive.write_zip(path, b"new")
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


def test_a_zip_on_a_shared_drive_can_be_read_by_others(tmp_path):
    before = os.umask(0o022)
    try:
        archive.write_zip(tmp_path / "x.zip", b"new")
    finally:
        os.umask(before)
    assert os.name == "nt" or (tmp_path / "x.zip").stat().st_mode & 0o777 == 0o644


def test_a_wrong_unit_gets_the_usual_sentence_and_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    asked = CliRunner().invoke(
        cli.app, ["bundle", "06_reading_clasifications", "--to", str(tmp_path / "x.zip")]
    )
    assert str(asked.exception).startswith("There is no unit '06_reading_clasifications' in solutions/.")
    assert f"Did you mean {CHOSEN}?" in str(asked.exception)
    assert list(tmp_path.iterdir()) == []


def test_without_unit_00_there_is_no_bundle(tiny):
    with pytest.raises(HindcastError, match=f"There is no unit '{FIRST}'"):
        pack_bundle(tiny, [UNIT], tiny / "x.zip")


def test_the_command_says_where_how_large_and_for_whom_and_json_is_one_object(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    said = CliRunner().invoke(cli.app, ["bundle", CHOSEN, "--to", str(tmp_path / "x.zip")])
    assert re.search(r"^Wrote .*x\.zip \(1\.\d MB; units 00, 06\)\.$", said.stdout, re.MULTILINE)
    assert "open START.html" in said.stdout
    again = CliRunner().invoke(cli.app, ["bundle", CHOSEN, "--to", str(tmp_path / "x.zip"), "--json"])
    told = json.loads(again.stdout)
    content = (tmp_path / "x.zip").read_bytes()
    assert (told["path"], told["bytes"]) == (str(tmp_path / "x.zip"), len(content))
    assert told["sha256"] == hashlib.sha256(content).hexdigest()
    assert (told["units"], told["written"]) == ([FIRST, CHOSEN], False)


def test_an_unpacked_bundle_is_the_course_for_a_learner_and_no_checkout(unpacked, tmp_path, monkeypatch):
    folder, _ = unpacked
    for place in (folder, folder / "course" / CHOSEN):
        assert find_course(place) == bundle_of(place) == folder
        with pytest.raises(HindcastError, match=r"is a learner's bundle, and this command needs the whole"):
            find_root(place)
    assert bundle_of(tmp_path) is None


def test_a_bundle_in_a_checkout_is_nearer_than_the_checkout(tiny, unpacked):
    inner = Path(shutil.copytree(unpacked[0], tiny / "dist" / "hindcast"))
    assert find_course(inner / "course") == inner
    assert find_root(tiny / "dist") == tiny


@pytest.mark.parametrize("where", ["in the bundle", "elsewhere, with the bundle's own Python"])
def test_the_wheels_package_finds_the_bundles_tables(unpacked, tmp_path, where):
    folder, site = unpacked
    here = where == "in the bundle"
    code = f"import sys; sys.prefix = {str(folder / '.venv')!r}\n" if not here else ""
    code += "import hindcast; from hindcast.tables import data_folder\n"
    code += "print(len(hindcast.load_costs()), data_folder())\n"
    code += "from hindcast.kit.checkout import find_course; print(find_course())"
    done = with_package(site, "-c", code, cwd=folder / "course" / CHOSEN if here else tmp_path)
    assert done.returncode == 0, done.stderr
    tables, course = done.stdout.splitlines()
    assert tables.split(" ", 1)[1] == str(folder / "datasets") and int(tables.split()[0]) > 10
    assert course == str(folder)


def test_a_bundle_whose_tables_are_gone_names_the_place(unpacked):
    folder, site = unpacked
    shutil.rmtree(folder / "datasets")
    code = "import hindcast\ntry: hindcast.load_costs()\nexcept hindcast.errors.HindcastError as e: print(e)"
    said = with_package(site, "-c", code, cwd=folder).stdout
    assert said.startswith(f"There is no {folder / 'datasets' / 'datapackage.json'}, which describes")


@pytest.mark.parametrize(
    "command", ["build", "grade 06", "feedback 06", "demo", "data build", "data verify", "bundle"]
)
def test_a_trainers_verb_says_in_a_bundle_that_it_needs_the_whole_repository(unpacked, command):
    folder, site = unpacked
    done = with_package(site, "-m", "hindcast", *command.split(), cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"{folder} is a learner's bundle, and this command needs the whole repository, with solutions/ and "
        "grading/: run it in the folder that `git clone` made.\n"
    )


def test_a_lesson_that_is_gone_is_to_be_unpacked_again_and_git_is_not_spoken_of(unpacked):
    (unpacked[0] / LESSON).unlink()
    with pytest.raises(HindcastError, match=r"lesson\.ipynb is missing\. Unpack the zip again") as found:
        check_lesson(unpacked[0] / LESSON)
    assert "git" not in str(found.value)

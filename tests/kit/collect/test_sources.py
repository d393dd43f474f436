"""Files in the paths: all are found, hostile ones are refused by name, and nothing is unpacked."""

import io
import os
import stat
import struct
import sys
import warnings
import zipfile
from pathlib import Path

import pytest
from arriving import AFTER, BEFORE, entry, make_zip, utc

from hindcast.errors import HindcastError
from hindcast.kit.collect import archives, sources
from hindcast.kit.collect.arrivals import Arrival, Aside, Refusal, UnreadFile


def found(*paths):
    return [thing for path, signs in sources.files_under(paths) for thing in sources.read_source(path, signs)]


def arrivals(*paths):
    return [thing for thing in found(*paths) if isinstance(thing, Arrival)]


def refusals(*paths):
    return [(Path(thing.where).name, thing.reason) for thing in found(*paths) if isinstance(thing, Refusal)]


def signs(*paths):
    return [tuple(sign.text for sign in arrival.signs) for arrival in arrivals(*paths)]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(name, raw=b"{}"):
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)
    return path


def test_a_notebook_is_found_at_any_depth_with_the_names_around_it():
    put("inbox/amara/unit/workbook.ipynb")
    put("inbox/jun/workbook (2).IPYNB")
    assert signs(Path("inbox")) == [
        ("inbox", "amara", "unit", "workbook"),
        ("inbox", "jun", "workbook (2)"),
    ]


def test_the_folders_above_what_was_typed_say_nothing(here):
    put("sam/inbox/workbook.ipynb")
    assert signs(here / "sam" / "inbox" / "workbook.ipynb") == [("workbook",)]
    assert signs(here / "sam" / "inbox") == [("inbox", "workbook")]
    assert signs(Path("sam/inbox")) == [("sam", "inbox", "workbook")]
    os.chdir(here / "sam")
    assert signs(Path("../sam/inbox")) == [("sam", "inbox", "workbook")]
    assert signs(Path("inbox/workbook.ipynb")) == [("inbox", "workbook")]
    assert signs(Path()) == [("", "inbox", "workbook")]


def test_names_that_browsers_and_mail_programs_give_are_still_notebooks():
    for name in ("a.ipynb.txt", "b.ipynb.json", "c.json", "d.txt"):
        put(f"inbox/{name}")
    assert [(a.signs[-1].text, a.perhaps) for a in arrivals(Path("inbox"))] == [
        ("a", False),
        ("b", False),
        ("c", True),
    ]


def test_the_systems_own_files_are_left_aside():
    for name in (
        ".DS_Store",
        "._workbook.ipynb",
        ".ipynb_checkpoints/workbook-checkpoint.ipynb",
        "Thumbs.db",
    ):
        put(f"inbox/{name}")
    assert set(found(Path("inbox"))) == {Aside("file of the system")}
    packed = make_zip(
        Path("z.zip"),
        {"__MACOSX/._w.ipynb": b"x", "a/.ipynb_checkpoints/w-checkpoint.ipynb": b"x", "a/w.ipynb": b"x"},
    )
    assert signs(packed) == [("z", "a", "w")]
    assert refusals(packed) == []


def test_a_zip_in_a_zip_is_read_and_a_third_is_not(here):
    inner = make_zip(here / "inner.zip", {"workbook.ipynb": b"deep"}).read_bytes()
    middle = make_zip(here / "middle.zip", {"amara.zip": inner, "w.ipynb": b"shallow"}).read_bytes()
    outer = make_zip(here / "outer.zip", {"jun/x.zip": inner, "y.zip": middle})
    assert signs(outer) == [("outer", "jun", "x", "workbook"), ("outer", "y", "w")]
    assert refusals(outer) == [("amara.zip", "It is a zip in a zip in a zip.")]


def test_the_time_in_a_zip_is_local_and_one_with_a_zone_is_believed(here):
    plain = make_zip(here / "plain.zip", {"w.ipynb": b""}, AFTER)
    other = entry("w.ipynb")
    other.extra = struct.pack("<HHB", 0x9999, 1, 0) + struct.pack("<HHBl", 0x5455, 5, 1, int(utc(BEFORE)))
    zoned = make_zip(here / "zoned.zip", {other: b""})
    assert [a.time for a in arrivals(plain)] == [utc(AFTER)]
    assert [a.time for a in arrivals(zoned)] == [utc(BEFORE)]


def test_a_time_that_is_none_is_unknown(here):
    path = make_zip(here / "a.zip", {"w.ipynb": b""})
    raw = bytearray(path.read_bytes())
    at = raw.find(b"PK\x01\x02")
    raw[at + 12 : at + 16] = b"\0\0\0\0"
    path.write_bytes(raw)
    assert [a.time for a in arrivals(path)] == [None]


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (entry("/etc/w.ipynb"), "at the top of a disk"),
        (entry("\\w.ipynb"), "at the top of a disk"),
        (entry("C:\\w.ipynb"), "at the top of a disk"),
        (entry("c:w.ipynb"), "at the top of a disk"),
        (entry("a/../../w.ipynb"), "leads out of it"),
        (entry("..\\w.ipynb"), "leads out of it"),
        (entry("w.ipynb", stat.S_IFLNK | 0o777), "a link to another place"),
        (entry("amara", stat.S_IFLNK | 0o777), "a link to another place"),
        (entry("w.ipynb", stat.S_IFCHR | 0o666), "a device or a pipe"),
        (entry("w.ipynb", stat.S_IFIFO | 0o666), "a device or a pipe"),
    ],
    ids=str,
)
def test_a_hostile_entry_is_refused_by_name_and_stops_no_other(here, one, reason):
    path = make_zip(here / "z.zip", {"a.ipynb": b"1", one: b"2", "z.ipynb": b"3"})
    assert [a.raw for a in arrivals(path)] == [b"1", b"3"]
    ((name, said),) = refusals(path)
    assert reason in said
    assert name == one.filename.replace("\\", "/").rpartition("/")[2]
    assert sorted(p.name for p in here.iterdir()) == ["z.zip"]


def test_an_entry_with_a_password_is_refused(here):
    path = make_zip(here / "z.zip", {"w.ipynb": b"2"})
    raw = bytearray(path.read_bytes())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.find(mark) + flags] |= 1
    path.write_bytes(raw)
    assert refusals(path) == [("w.ipynb", "It is locked with a password.")]


def test_an_entry_that_is_damaged_stops_no_other(here):
    path = make_zip(here / "z.zip", {"a.ipynb": b"1" * 500, "b.ipynb": b"2" * 500, "c.ipynb": b"3" * 500})
    raw = bytearray(path.read_bytes())
    second = raw.find(b"PK\x03\x04", 4)
    raw[second + 30 + 7 + 2] ^= 0xFF  # in the packed bytes of b
    path.write_bytes(raw)
    assert [a.signs[-1].text for a in arrivals(path)] == ["a", "c"]
    assert refusals(path) == [("b.ipynb", "It is damaged within its zip.")]


def test_an_entry_packed_in_an_unknown_way_is_refused(here):
    path = make_zip(here / "z.zip", {"w.ipynb": b"2"})
    raw = bytearray(path.read_bytes())
    for mark, method in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        raw[raw.find(mark) + method] = 97
    path.write_bytes(raw)
    assert refusals(path) == [("w.ipynb", "It is packed in a way that is not read here.")]


@pytest.mark.parametrize("raw", [b"", b"PK\x03\x04 and no more", b"no zip at all" * 100, b"Rar!\x1a\x07\0"])
def test_a_zip_that_is_none_is_refused(raw):
    assert refusals(put("inbox/z.zip", raw)) == [("z.zip", "It is damaged, or no zip: it cannot be opened.")]


def test_a_zip_cut_short_in_a_zip_stops_no_other(here):
    inner = make_zip(here / "i.zip", {"workbook.ipynb": b"deep" * 100}).read_bytes()
    outer = make_zip(here / "o.zip", {"a.zip": inner[:60], "b.ipynb": b"2"})
    assert [a.raw for a in arrivals(outer)] == [b"2"]
    assert refusals(outer) == [("a.zip", "It is damaged, or no zip: it cannot be opened.")]


def test_an_entry_that_unpacks_to_far_more_than_it_is_is_refused_unread(here, monkeypatch):
    monkeypatch.setattr(archives, "SMALL", 100_000)
    path = make_zip(here / "z.zip", {"bomb.ipynb": b"0" * 1_000_000, "w.ipynb": b"2"})
    assert [a.raw for a in arrivals(path)] == [b"2"]
    ((name, said),) = refusals(path)
    assert name == "bomb.ipynb" and "a zip bomb?" in said


def test_a_zip_of_many_such_entries_is_stopped_and_the_one_around_it_goes_on(here, monkeypatch):
    monkeypatch.setattr(archives, "ALLOWED", 100_000)
    bomb = make_zip(here / "i.zip", {f"{n}.ipynb": b"0" * 30_000 for n in range(60)}).read_bytes()
    noise = os.urandom(100_000)  # the outer zip counts with its size
    outer = make_zip(here / "o.zip", {"a.zip": bomb, "b.ipynb": noise})
    there = arrivals(outer)
    assert len(bomb) < 10_000
    assert there[-1].raw == noise
    assert sum(len(a.raw) for a in there[:-1]) <= max(100_000, 100 * len(bomb))
    ((name, said),) = refusals(outer)
    assert name == "a.zip" and "reading stopped" in said


def test_zips_that_together_unpack_to_too_much_are_the_outer_ones_fault(here, monkeypatch):
    monkeypatch.setattr(archives, "ALLOWED", 100_000)
    small = make_zip(here / "i.zip", {"w.ipynb": b"0" * 90_000}).read_bytes()
    outer = make_zip(here / "o.zip", {f"{n}/{n}.zip": small for n in range(9)})
    assert len(arrivals(outer)) < 9
    ((name, said),) = refusals(outer)
    assert name == "o.zip" and "reading stopped at '" in said


def test_a_zip_of_too_many_entries_is_refused(here, monkeypatch):
    path = make_zip(here / "z.zip", {f"{n}.ipynb": b"" for n in range(12)})
    monkeypatch.setattr(archives, "MOST_ENTRIES", 11)
    assert [said for _, said in refusals(path)] == ["It has more than 100,000 entries."]
    monkeypatch.setattr(archives, "_DIRECTORY", 300)
    monkeypatch.setattr(zipfile, "ZipFile", None)  # the list of entries is not even read
    assert [said for _, said in refusals(path)] == ["It has more than 100,000 entries."]


def test_overlapping_entries_are_refused(here):
    """Many entries share the same packed bytes, as in the best known zip bombs."""
    path = make_zip(here / "z.zip", {"a.ipynb": b"0" * 1000, "b.ipynb": b"0" * 1000})
    raw = bytearray(path.read_bytes())
    second = raw.find(b"PK\x01\x02", raw.find(b"PK\x01\x02") + 4)
    raw[second + 42 : second + 46] = bytes(4)  # b begins where a does
    path.write_bytes(raw)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert "b" not in [a.signs[-1].text for a in arrivals(path)]
        assert ("b.ipynb", "It is damaged within its zip.") in refusals(path)


def test_a_notebook_of_too_many_bytes_is_refused_in_a_folder_and_in_a_zip(here, monkeypatch):
    monkeypatch.setattr(sources, "MOST_NOTEBOOK", 1000)
    put("inbox/w.ipynb", os.urandom(1001))
    put("inbox/x.ipynb", os.urandom(1000))
    make_zip(here / "inbox" / "z.zip", {"y.ipynb": os.urandom(1001), "v.ipynb": b"small"})
    assert [a.signs[-1].text for a in arrivals(Path("inbox"))] == ["x", "v"]
    assert {name for name, said in refusals(Path("inbox")) if "MB are read" in said} == {"w.ipynb", "y.ipynb"}


def test_a_file_that_is_larger_than_it_says_is_not_read_to_its_end(monkeypatch):
    monkeypatch.setattr(sources, "MOST_NOTEBOOK", 1000)
    monkeypatch.setattr(sources, "_CHUNK", 100)
    file = io.BytesIO(b"0" * 5000)
    read = []
    lying = UnreadFile("w.ipynb", "w.ipynb", (), 10, None, lambda: file, taken=read.append)
    assert [type(thing) for thing in sources.look_into(lying)] == [Refusal]
    assert sum(read) <= 1100


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets few people make links")
def test_links_and_pipes_in_a_folder_are_refused_by_name(here):
    secret = put("elsewhere/secret.ipynb", b"secret")
    inbox = put("inbox/w.ipynb").parent
    (inbox / "file.ipynb").symlink_to(secret)
    (inbox / "folder").symlink_to(secret.parent)
    (inbox / "nowhere.ipynb").symlink_to("nowhere")
    os.mkfifo(inbox / "pipe.ipynb")
    assert [a.raw for a in arrivals(inbox)] == [b"{}"]
    assert sorted(name for name, _ in refusals(inbox)) == [
        "file.ipynb",
        "folder",
        "nowhere.ipynb",
        "pipe.ipynb",
    ]
    assert refusals(inbox / "folder") == [
        ("folder", "It is a link to another place; links are not followed.")
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets few people make links")
def test_a_file_exchanged_for_a_link_after_it_was_looked_at_is_not_followed(here):
    path = put("w.ipynb")
    path.unlink()
    path.symlink_to(put("secret.ipynb", b"secret"))
    with pytest.raises(OSError, match="symbolic links"):
        sources._open_regular_file(path)


def test_other_archives_are_refused_with_what_to_do():
    for name in ("a.rar", "b.7z", "c.tar.gz"):
        put(f"inbox/{name}")
    assert [said for _, said in refusals(Path("inbox"))] == [
        f"It is packed as {suffix}, which is not read." for suffix in (".rar", ".7z", ".gz")
    ]


def test_a_zip_without_a_notebook_is_said_to_be_one(here):
    path = make_zip(here / "z.zip", {"workbook.html": b"", "a.csv": b""})
    assert refusals(path) == [("z.zip", "There is no notebook in it.")]


def test_names_in_a_zip_are_read_as_they_were_written(here):
    """UTF-8 without saying so, as macOS writes it; and backslashes, as some Windows programs do."""
    path = make_zip(here / "z.zip", {"ZoXY/w.ipynb": b"1", "jun\\v.ipynb": b"2"})
    path.write_bytes(path.read_bytes().replace(b"ZoXY", "Zoë".encode()))
    assert signs(path) == [("z", "Zoë", "w"), ("z", "jun", "v")]


def test_a_path_that_is_not_there_is_said_before_anything_is_done():
    with pytest.raises(HindcastError, match=r"There is no nowhere"):
        sources.files_under([put("w.ipynb"), Path("nowhere")])

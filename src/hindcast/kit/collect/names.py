"""Names as people and programs write them: folded, split into words, and as Moodle and Canvas write them."""

import functools
import itertools
import re
import unicodedata
from dataclasses import dataclass

# Letters that Unicode does not split into a letter and a mark, and how they are written without the mark.
_PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}
)
_SPELT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
_UNSAID = re.compile("['`´‘’ʼʹ\u200b-\u200f\u2060\ufeff\u00ad]")
_MARKS = re.compile("[\u0300-\u036f]")
_MOST_SPELLINGS = 16
_CAMEL = re.compile(r"(?<=[a-zß-ÿ])(?=[A-ZÀ-Þ])")


@dataclass(frozen=True)
class Word:
    """A word of a folded text, and the positions of its start and end there."""

    text: str
    start: int
    end: int


def fold(text: str) -> str:
    """Return the text without case, accents and apostrophes."""
    text = unicodedata.normalize("NFC", _UNSAID.sub("", text)).casefold().translate(_PLAIN)
    text = _MARKS.sub("", unicodedata.normalize("NFKD", text))
    return unicodedata.normalize("NFC", text).casefold()


def spellings(name: str) -> set[str]:
    """Return the name folded, and also with umlauts as two letters, as many addresses have them."""
    parts = unicodedata.normalize("NFC", name).split()
    ways = [sorted({fold(part), fold(part.casefold().translate(_SPELT))}) for part in parts]
    return {" ".join(chosen) for chosen in itertools.islice(itertools.product(*ways), _MOST_SPELLINGS)}


@functools.lru_cache(maxsize=4096)
def words(folded: str) -> tuple[Word, ...]:
    """Return the words of a folded text: runs of letters, their marks and digits."""
    found, start = [], None
    for at, char in enumerate(f"{folded} "):
        inside = unicodedata.category(char)[0] in "LMN"
        if inside and start is None:
            start = at
        elif not inside and start is not None:
            found.append(Word(folded[start:at], start, at))
            start = None
    return tuple(found)


def uncamel(text: str) -> str:
    """Return AmaraOkafor as Amara Okafor."""
    return _CAMEL.sub(" ", text)


@dataclass(frozen=True)
class Platform:
    """What a learning platform wrote before a file's own name.

    `joined`: the person's name has no spaces, family name first. `certain`: no other names look like this.
    """

    platform: str
    person: str
    own: str
    joined: bool = False
    late: bool = False
    certain: bool = True


# Moodle 2 to 5: Full Name_ID_assignsubmission_file_NAME with Moodle's own ID; a folder has no NAME, and since
# 4.1 no last underscore. Canvas: familygiven_LATE_USER_FILE_NAME, with LATE only for a late hand-in.
_MOODLE = re.compile(r"(?P<person>.+)_\d+_assignsubmission_[a-z]+(?:_(?P<own>.*))?", re.DOTALL)
_CANVAS = re.compile(r"(?P<person>\w+?)(?P<late>_LATE)?_(?P<user>\d+)_(?P<file>\d+)_(?P<own>.+)", re.DOTALL)
_CANVAS_NAMELESS = re.compile(r"(?P<late>LATE_)?(?P<person>anon_[A-Za-z0-9]+)_\d+_(?P<own>.+)", re.DOTALL)
_DAY = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")


def platform_name(text: str) -> Platform | None:
    """Return the parts of a name that Moodle or Canvas gave; None if it looks like neither."""
    if match := _MOODLE.fullmatch(text):
        return Platform("Moodle", match["person"], match["own"] or "")
    if match := _CANVAS_NAMELESS.fullmatch(text):
        return Platform("Canvas", match["person"], match["own"], True, bool(match["late"]))
    match = _CANVAS.fullmatch(text)
    if match and match["person"] == match["person"].lower() and not looks_like_date(match["user"]):
        certain = bool(match["late"]) or min(len(match["user"]), len(match["file"])) >= 3
        return Platform("Canvas", match["person"], match["own"], True, bool(match["late"]), certain)
    return None


def looks_like_date(digits: str) -> bool:
    """Return whether a number could be a year, or a day such as 20261201."""
    return bool(_DAY.fullmatch(digits) or re.fullmatch(r"(?:19|20)\d\d", digits))

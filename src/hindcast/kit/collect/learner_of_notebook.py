"""The learner of a notebook, from the names around it. A wrong guess takes points away, so none is made.

A name counts if it is a learner's id, e-mail address or whole name, in whole words. Only numbers and the
words of `NEUTRAL` may stand beside it. All names that count must agree. What Moodle and Canvas wrote before a
file's name always counts, even if it names nobody in the roster.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.utils import parseaddr

from hindcast.kit.collect.arrivals import FOLDER, SENDER, ZIP, Sign
from hindcast.kit.collect.names import (
    Platform,
    Word,
    fold,
    looks_like_date,
    platform_name,
    spellings,
    uncamel,
    words,
)
from hindcast.kit.roster.roster import Learner

# Words that name no learner. None of them is a usual name.
NEUTRAL = frozenset(
    re.findall(
        r"\w+",
        """
        the my from for and of notebook notebooks workbook workbooks bench lesson unit course hindcast
        homework assignment assignments exercise exercises submission submissions submitted attachment
        attachments answers solution solutions solved final finished completed complete draft version copy
        kopie copie copia re fw fwd aw wg sv vs tr late updated corrected upload uploads download downloads
        ipynb zip
        """,
    )
)
_NUMBER = re.compile(r"v?\d+")
_LEAST_NUMBER = 4  # digits that an id needs to count beside other words
_SAY = "Collect it alone with --learner ID."
_SAY_OR_FOLDER = "Put it into a folder called as the learner's id, or collect it alone with --learner ID."
_SAY_OR_ENROL = "Collect it alone with --learner ID, or add them to the roster and collect again."


@dataclass(frozen=True)
class Whose:
    """The learner's id; or "" with the reason why it is unknown, and what to do."""

    learner: str
    reason: str = ""
    advice: str = ""


@dataclass(frozen=True)
class _Mention:
    """What one name (`text`) says.

    `people`: for each person in it, the ids it may mean. `strange`: the words that are neither a person nor
    neutral. `platform`: the learning platform that wrote the name, or "".
    """

    text: str
    people: tuple[frozenset[str], ...]
    strange: tuple[str, ...] = ()
    platform: str = ""


class Roster:
    """The learners of a cohort, indexed by id, address and name.

    A lookup takes constant time. `neutral`: names of units and notebooks, which name no learner.
    """

    def __init__(self, learners: Iterable[Learner], neutral: Iterable[str] = ()):
        phrases = [tuple(word.text for word in words(fold(name))) for name in neutral]
        self.neutral = NEUTRAL | {phrase[0] for phrase in phrases if len(phrase) == 1}
        self._phrases = {*phrases, *(phrase[1:] for phrase in phrases if phrase[0].isdecimal())} - {()}
        self._longest_phrase = max(map(len, self._phrases), default=0)
        self.unit_numbers = {int(name[:2]) for name in neutral if name[:2].isdecimal()}
        self.ids: set[str] = set()
        self._literal: dict[tuple[str, ...], set[tuple[str, str]]] = defaultdict(set)
        self._names: dict[tuple[str, ...], set[str]] = defaultdict(set)
        self._joined: dict[str, set[str]] = defaultdict(set)
        self._bearers: dict[str, set[str]] = defaultdict(set)
        for learner in learners:
            self._add(learner)
        self._longest = max(map(len, [*self._literal, *self._names]), default=0)

    def whose(self, signs: Iterable[Sign]) -> Whose:
        """Return the learner of a file. `signs`: the names around it, the outermost first, its own last."""
        mentions = [mention for sign in signs for mention in self._mentions(sign)]
        for mention in mentions:
            if mention.platform and (mention.strange or not mention.people):
                reason = f"{mention.platform} says it is from “{mention.text}”, who is not in the roster."
                return Whose("", reason, _SAY_OR_ENROL)
        sure = [at for at, mention in enumerate(mentions) if mention.people and not mention.strange]
        telling = [mention for mention in mentions[sure[0] :] if mention.people] if sure else []
        fits = (
            frozenset.intersection(*(who for mention in telling for who in mention.people)) if telling else ()
        )
        if len(fits) == 1:
            return Whose(next(iter(fits)))
        said = any(mention.people for mention in mentions)
        return Whose("", _why_not(mentions, telling, fits), _SAY if said else _SAY_OR_FOLDER)

    def _add(self, learner: Learner) -> None:
        self.ids.add(learner.id)
        for literal in {fold(learner.id), fold(learner.email)} - {""}:
            self._literal[tuple(word.text for word in words(literal))].add((literal, learner.id))
        for name in spellings(learner.name):
            parts = [word.text for word in words(name)]
            self._names[tuple(sorted(parts))].add(learner.id)
            for at in range(len(parts)):
                self._joined["".join(parts[at:] + parts[:at])].add(learner.id)
            for part in parts:
                self._bearers[part].add(learner.id)

    def _mentions(self, sign: Sign) -> Iterator[_Mention]:
        named = platform_name(sign.text)
        written = self._written_by(named, sign) if named else None
        if named is None or written is None:
            yield self._mention(sign, sign.text)
            return
        yield written
        if named.own:
            yield self._mention(sign, named.own)

    def _written_by(self, named: Platform, sign: Sign) -> _Mention | None:
        """Return the person that a learning platform names; None if the name only looks like a platform's."""
        if not named.joined:
            people, strange = self._read(named.person, sign.kind, neutral=frozenset())
            return _Mention(named.person, people, strange, named.platform)
        parts = [word.text for word in words(fold(named.person))]
        who = self._joined.get("".join(parts), set())
        if not who and (not named.certain or all(part in self.neutral for part in parts)):
            return None
        return _Mention(named.person, (frozenset(who),) if who else (), platform=named.platform)

    def _mention(self, sign: Sign, text: str) -> _Mention:
        if sign.kind == SENDER:
            display, address = parseaddr(text)
            known = {who for literal, who in self._literals(fold(address)) if literal == fold(address)}
            if "@" in address and known:
                return _Mention(address, (frozenset(known),))
            return _Mention(text, *self._read(display, SENDER, self.neutral))
        if sign.kind == FOLDER and text in self.ids and self._tells(fold(text), words(fold(text)), FOLDER):
            return _Mention(text, (frozenset([text]),))
        people, strange = self._read(text, sign.kind, self.neutral)
        if not people and (parted := uncamel(text)) != text:
            people, strange = self._read(parted, sign.kind, self.neutral)
        return _Mention(text, people, strange)

    def _literals(self, folded: str) -> set[tuple[str, str]]:
        return self._literal.get(tuple(word.text for word in words(folded)), set())

    def _read(
        self, text: str, kind: str, neutral: frozenset[str]
    ) -> tuple[tuple[frozenset[str], ...], tuple[str, ...]]:
        """Return the people in a text, taking the longest name at each word, and the words that remain."""
        folded = fold(text)
        parts, people, strange, at = words(folded), [], [], 0
        while at < len(parts):
            for length in range(min(self._longest, len(parts) - at), 0, -1):
                who = self._who(folded, parts, at, length, kind)
                if who:
                    people.append(frozenset(who))
                    at += length
                    break
            else:
                if neutral and (said := self._phrase(parts, at)):
                    at += said
                    continue
                word = parts[at].text
                if not neutral or (word.rstrip("0123456789") not in neutral and not _NUMBER.fullmatch(word)):
                    strange.append(word)
                at += 1
        return tuple(people), tuple(strange)

    def _phrase(self, parts: tuple[Word, ...], at: int) -> int:
        """Return how many words from `at` on are a unit's name; a single one could be a person's name."""
        for length in range(min(self._longest_phrase, len(parts) - at), 1, -1):
            if tuple(word.text for word in parts[at : at + length]) in self._phrases:
                return length
        return 0

    def _who(self, folded: str, parts: tuple[Word, ...], at: int, length: int, kind: str) -> set[str]:
        """Return the ids that the `length` words from `at` on may mean.

        A single word may also mean every learner whose name contains it.
        """
        window = tuple(word.text for word in parts[at : at + length])
        literal = folded[parts[at].start : parts[at + length - 1].end]
        found = {who for text, who in self._literal.get(window, ()) if text == literal}
        found |= self._names.get(tuple(sorted(window)), set())
        if not found or length > 1:
            return found
        if not self._tells(window[0], parts, kind):
            return set()
        return found | self._bearers.get(window[0], set())

    def _tells(self, word: str, parts: tuple[Word, ...], kind: str) -> bool:
        """Return whether a single word, with the words beside it, can be an id or a name."""
        alone = len(parts) == 1
        if kind == SENDER or word in self.neutral:
            return False
        if word.isdecimal():
            if alone and kind == FOLDER:
                return int(word) not in self.unit_numbers
            numbers = [part for part in parts if part.text.isdecimal() and len(part.text) >= _LEAST_NUMBER]
            enough = len(numbers) == 1 and len(word) >= _LEAST_NUMBER and not looks_like_date(word)
            return enough and (alone or kind != ZIP)
        return len(word) > 1 or (alone and kind == FOLDER)


def _why_not(mentions: list[_Mention], telling: list[_Mention], fits: Iterable[str]) -> str:
    """Return one sentence for the trainer: why the learner is unknown."""
    if fits:
        said = max(telling, key=lambda mention: len(mention.text))
        return f"“{said.text}” may be {_or(fits)}."
    if telling:
        pairs = [f"“{mention.text}” says {_or(frozenset.union(*mention.people))}" for mention in telling]
        return f"The names around it do not agree: {'; '.join(dict.fromkeys(pairs))}."
    doubtful = [mention for mention in mentions if mention.people]
    if doubtful:
        said = doubtful[-1]
        return (
            f"“{said.text}” may mean {_or(frozenset.union(*said.people))}, but says more than a name: "
            f"{', '.join(said.strange)}."
        )
    return "Nothing in its path says whose it is."


def _or(ids: Iterable[str]) -> str:
    shown = sorted(ids)
    return " or ".join(shown[:4]) + (f" or {len(shown) - 4} more" if len(shown) > 4 else "")

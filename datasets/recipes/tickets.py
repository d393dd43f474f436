"""Recipe of the messages in tickets.csv and of ticket_costs.csv: a year of them, and two sorters.

A message is put together from the sentences in ticket_sentences.toml: what it is about, often a second
subject in passing, often a wish for money back, a greeting, a voice (terse, careless, plain) and its typing
errors. Some sentences come up only from July on: people find new words. Two sorters read it:

* the classifier: TF-IDF and logistic regression, fitted on the messages received before the middle of June;
* the language model: SIMULATED. No language model was asked. Its answers are drawn from rules about what the
  message holds (see `guess`), so that it fails in other places than the classifier does.

Whose messages they are is settled in town.py, which makes tickets.csv of them. `make()` returns the tables,
`hindcast data build` writes them. Same seed, same versions: same bytes.
"""

import re
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

SEED = 2025_0600
MESSAGES = 2600
SENTENCES = tomllib.loads(Path(__file__).with_name("ticket_sentences.toml").read_text(encoding="utf-8"))
SLOTS, STYLE = SENTENCES["slots"], SENTENCES["style"]
MATTERS = {topic: kinds["matter"] for topic, kinds in SENTENCES["topic"].items()}
ASIDES = {topic: kinds["aside"] for topic, kinds in SENTENCES["topic"].items() if kinds["aside"]}

TOPICS = list(MATTERS)
TOPIC_SHARES = [0.32, 0.20, 0.145, 0.13, 0.10, 0.07, 0.035]
MINUTES = dict(zip(TOPICS, [9, 12, 14, 24, 18, 11, 34], strict=True))
LEARNED_BEFORE = pd.Timestamp(2025, 6, 15)
NEW_WORDS_FROM = pd.Timestamp(2025, 7, 1)
SECOND_SUBJECT, MONEY_BACK = 0.48, 0.26

SENTENCE_START = re.compile(r"(^|[.?] )[a-z]")

# Minutes a customer waits longer: what it is about (row), the desk it was sent to (column, as in TOPICS).
MINUTES_LOST = {
    "late delivery": [0, 8, 10, 25, 28, 10, 12],
    "missing item": [10, 0, 8, 32, 28, 10, 12],
    "damaged item": [12, 10, 0, 36, 28, 10, 12],
    "payment": [28, 40, 28, 0, 24, 28, 30],
    "account": [22, 45, 28, 30, 0, 30, 40],
    "substitution": [14, 12, 12, 32, 28, 0, 10],
    "allergy": [120, 125, 125, 135, 140, 110, 0],
}


def fill(sentence: str, rng: np.random.Generator) -> str:
    """Put a word into each slot, and a capital at the front of each sentence."""
    words = {slot: str(rng.choice(words)) for slot, words in SLOTS.items()}
    words["item2"] = str(rng.choice([item for item in SLOTS["item"] if item != words["item"]]))
    words["other"] = SLOTS["other"][SLOTS["item"].index(words["item"])]
    return SENTENCE_START.sub(lambda found: found[0].upper(), sentence.format(**words))


def pick_matter(topic: str, received: pd.Timestamp, rng: np.random.Generator) -> str:
    """One sentence for the topic; every third sentence comes up only once its words have come into use."""
    choice = [
        sentence
        for number, sentence in enumerate(MATTERS[topic])
        if number % 3 != 2 or received >= NEW_WORDS_FROM
    ]
    return str(rng.choice(choice))


def mistype(text: str, rng: np.random.Generator) -> str:
    """One typing error: two letters swapped, one lost or one doubled, never the first of a word."""
    spots = [at for at in range(1, len(text) - 2) if text[at - 1 : at + 2].isalpha()]
    if not spots:
        return text
    at, kind = int(rng.choice(spots)), int(rng.integers(3))
    swapped, lost, doubled = text[at + 1] + text[at], text[at + 1], text[at] + text[at] + text[at + 1]
    return text[:at] + (swapped, lost, doubled)[kind] + text[at + 2 :]


def voice(text: str, rng: np.random.Generator) -> str:
    """How the person writes: greeting and closing or neither, all in small letters, no full stop, slips."""
    if rng.random() < 0.42:
        text = f"{rng.choice(STYLE['opening']).format(day=rng.choice(SLOTS['day']))} {text}"
    if rng.random() < 0.40:
        text = f"{text} {rng.choice(STYLE['closing'])}"
    if rng.random() < 0.16:
        text = text.lower()
    if rng.random() < 0.14:
        text = text.rstrip(".")
    for _ in range(rng.choice([0, 1, 2, 4], p=[0.60, 0.24, 0.12, 0.04])):
        text = mistype(text, rng)
    return text


def message(topic: str, received: pd.Timestamp, rng: np.random.Generator) -> dict:
    """One message, with what it holds: the second subject (or None), asked for money, tells of a swap."""
    sentence = pick_matter(topic, received, rng)
    matter, second, money = fill(sentence, rng), None, False
    if topic not in ("payment", "account", "allergy") and rng.random() < MONEY_BACK:
        matter, money = f"{matter} {fill(str(rng.choice(STYLE['money'])), rng)}", True
    if rng.random() < SECOND_SUBJECT:
        second = str(rng.choice([other for other in ASIDES if other != topic]))
        aside = fill(str(rng.choice(ASIDES[second])), rng)
        frame = str(rng.choice(STYLE["before"] if rng.random() < 0.6 else STYLE["after"]))
        matter = frame.format(aside=aside, matter=matter)
    swap = any(word in sentence for word in ("swap", "place of", "replaced", "{other}", "{swap}", "brand"))
    return {"text": voice(matter, rng), "second": second, "money": money, "swap": swap}


def guess(topic: str, holds: dict, rng: np.random.Generator) -> str:
    """The simulated language model's answer: the topic, unless one of its habits takes over.

    It reads a wish for money back as payment, a swap as substitution even where someone may fall ill, now and
    then takes the second subject for the first, and otherwise slips to a neighbouring topic.
    """
    if holds["money"] and rng.random() < 0.42:
        return "payment"
    if topic == "allergy" and rng.random() < (0.8 if holds["swap"] else 0.2):
        return "substitution"
    if holds["second"] and rng.random() < 0.08:
        return holds["second"]
    if rng.random() < 0.045:
        return NEIGHBOUR[topic]
    return topic


NEIGHBOUR = {
    "late delivery": "missing item",
    "missing item": "late delivery",
    "damaged item": "missing item",
    "payment": "account",
    "account": "payment",
    "substitution": "missing item",
    "allergy": "damaged item",
}


def classifier() -> Pipeline:
    """The pipeline that Larder's support team fitted."""
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    return make_pipeline(words, LogisticRegression(C=3.0, class_weight="balanced", tol=1e-8, max_iter=2000))


def minutes_to_solve(topics: pd.Series, seconds: pd.Series, rng: np.random.Generator) -> pd.Series:
    """Whole minutes of the support team's work, at least 2; a second subject takes a third longer."""
    usual = topics.map(MINUTES) * np.where(seconds.notna(), 1.33, 1.0)
    return np.maximum((usual * rng.lognormal(0.0, 0.45, len(topics))).round(), 2).astype(int)


def make_tickets() -> pd.DataFrame:
    """The year's messages in the order they came in."""
    rng = np.random.default_rng(SEED)
    received = pd.Timestamp(2025, 1, 1) + pd.to_timedelta(np.sort(rng.integers(365, size=MESSAGES)), unit="D")
    topics = rng.choice(TOPICS, size=MESSAGES, p=TOPIC_SHARES)
    holds = [message(str(topic), day, rng) for topic, day in zip(topics, received, strict=True)]
    table = pd.DataFrame(holds).assign(topic=topics, received=received)
    table["ticket"] = [f"T-{number:05d}" for number in range(1, MESSAGES + 1)]
    table["minutes_to_solve"] = minutes_to_solve(table["topic"], table["second"], rng)
    table["learned_from"] = table["received"] < LEARNED_BEFORE
    learned = table[table["learned_from"]]
    table["topic_by_classifier"] = classifier().fit(learned["text"], learned["topic"]).predict(table["text"])
    table["topic_by_language_model"] = [guess(str(t), h, rng) for t, h in zip(topics, holds, strict=True)]
    return table[TICKETS]


TICKETS = [
    "ticket",
    "received",
    "text",
    "topic",
    "minutes_to_solve",
    "topic_by_classifier",
    "topic_by_language_model",
    "learned_from",
]


def make_costs() -> pd.DataFrame:
    """Every ordered pair of topics with the minutes lost; 0 where a topic is sent to its own desk."""
    rows = [
        (topic, desk, minutes)
        for topic, lost in MINUTES_LOST.items()
        for desk, minutes in zip(TOPICS, lost, strict=True)
    ]
    return pd.DataFrame(rows, columns=["topic", "sorted_as", "minutes_lost"])


def make() -> dict[str, pd.DataFrame]:
    """The messages, for town.py, which finds each its member and makes tickets.csv; and the costs by path."""
    return {"_messages": make_tickets(), "ticket_costs.csv": make_costs()}

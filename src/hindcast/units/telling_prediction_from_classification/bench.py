"""What bench 02 shows: the words of a contract, what came last week, an example, five records."""

# --- contracts ------------------------------------------------------------------------------------

TYPES = ("integer", "number", "boolean", "text", "list")
UNITS = (
    "minutes",
    "per cent",
    "chance of yes",
    "order of a list",
    "one of several names",
    "one of several grades",
    "text",
)
MEANINGS = ("not allowed", "not known yet", "left to a person", "does not apply")
LABELS = {"limits": "limits, or none", "allowed": "the only values allowed", "missing": "what None means"}
# model, what came, what should have happened
CAME_LAST_WEEK = [
    ("arrival", 34, "pass"),
    ("arrival", None, "pass"),
    ("arrival", 34.5, "stop"),
    ("late", 0.35, "pass"),
    ("late", 1.35, "stop"),
    ("desk", 204, "pass"),
    ("desk", "204", "stop"),
    ("calls", [{"id": "M-20035", "score": 0.62}, {"id": "M-20029", "score": 0.4}], "pass"),
    ("calls", [], "pass"),
    ("stars", 4, "pass"),
    ("stars", 6, "stop"),
    ("reply", "I am sorry that your bag came late.", "pass"),
]
BAG_WEIGHT = {
    "type": "integer",
    "limits": [50, 30000],
    "allowed": [],
    "unit": "grams",
    "missing": "not known yet",
}


# --- contradictions -------------------------------------------------------------------------------

CODES = {
    "unit": "the unit's scale does not go with the kind",
    "time": "now or later does not fit the times",
    "recorded": "the outcome is written down at the moment or before",
    "actor": "nobody acts, or does the same for every answer",
    "input": "the outcome is one of the inputs",
}
SCALES = {
    "minutes": "amount",
    "orders": "amount",
    "yes or no": "names",
    "one of 7 desks": "names",
    "chance of yes": "chance",
    "stars": "grades",
    "order of a list": "order",
    "groups": "groups",
    "text": "text",
}
BAG = {
    "need": "When will the bag come?",
    "kind": "number prediction",
    "of": "later",
    "outcome": "minutes_to_arrival",
    "unit": "minutes",
    "inputs": ["zone", "distance_km", "open_orders"],
    "actor": "the customer",
    "actions": ["sets out for the door", "stays in the chair"],
    "moment": "2025-03-10 18:05",
    "happens": "2025-03-10 18:41",
    "recorded": "2025-03-10 18:41",
}
RECORDS = {
    "A": BAG,
    "B": {**BAG, "unit": "text", "need": "Predict when the bag will come."},
    "C": {**BAG, "moment": "2025-03-11 09:00", "of": "now", "actor": "the refund desk"},
    "D": {**BAG, "inputs": ["minutes_to_arrival", "zone"], "actions": ["looks at it", "looks at it"]},
    "E": {
        "need": "What sorts of shoppers are there?",
        "kind": "grouping",
        "of": None,
        "outcome": "sort_of_shopper",
        "unit": "groups",
        "inputs": ["items", "basket_euros", "hour"],
        "actor": "the copywriter",
        "actions": ["writes a letter", "leaves it out"],
        "moment": "2025-02-03 09:00",
        "happens": None,
        "recorded": None,
    },
}
FOUND = {"A": [], "B": ["unit"], "C": ["recorded"], "D": ["actor", "input"], "E": []}

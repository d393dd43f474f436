"""Every threshold of the report, with its reason. The page prints the sentences of `RULES`."""

LEAST_JUDGED = 10  # people who answered: with fewer, one person moves a share by more than ten points of 100
NEARLY_ALL = 0.95  # with every point: the exercise does not distinguish people
NEARLY_NOBODY = 0.1  # with every point, and
UNDER_A_THIRD = 1 / 3  # of the points: the right choice without its reason earns that much in this course
OFTEN_BLANK = 1 / 3  # left blank or unfinished: too many to be those who ran out of time alone
OFTEN_BADLY_FORMED = 1 / 5  # then the form that the task asks for is the difficulty
TURNED_ROUND = -0.1  # discrimination; values nearer to zero occur by chance
TWO_THIRDS = 2 / 3
HALF_BLANK = 1 / 2  # of the exercises of one hand-in, and at least
LEAST_BLANK = 2  # exercises: a single blank one, of one or two, may have been forgotten
UNITS_UNDER_A_THIRD = 2  # one bad day is not yet a pattern
MOST = 1 / 2  # of the people have handed in: before that, a missing hand-in means little

WORTH_A_CLASS = 2  # people who made a mistake: for one, the feedback page is enough
OFTEN = 1 / 5  # blank, or missing points, from which an exercise is worth doing together
LEAST_PLANNED = 5  # people with points, below which one thing is proposed
THINGS = 3
VOTE_AGAIN = 15  # minutes: vote 2, neighbours explain 5, the figure 5, vote again 3
TOGETHER = 10  # minutes, where the exercise's heading names none
A_PERSON, MOST_WITH_PEOPLE = 3, 15  # minutes

SMALL_GROUP = 3  # people: a smaller group is not shown apart in the anonymous form
WORDS, PEOPLE_READ = 3, 40  # answers shown of one mistake; people whose notebooks are read for them

RULES = (
    f"Exercises are judged from {LEAST_JUDGED} people who answered: with fewer, one person alone moves a "
    "share by more than ten points of a hundred.",
    f"Too easy: at least {NEARLY_ALL:.0%} of those who answered have every point. It tells nobody apart.",
    f"Too hard: at most {NEARLY_NOBODY:.0%} have every point, and together they earned less than a third of "
    "the points, which is what a right choice without its reason earns here.",
    "Often left: a third or more of those who handed in the notebook left it blank, unfinished or badly "
    "formed: too many to be only those who ran out of time.",
    "The form misleads: a fifth or more gave an answer of the wrong form.",
    f"Turned round: a discrimination of minus {-TURNED_ROUND} or less. Who has more points in the rest of "
    "the notebook does worse here.",
    "Discrimination is the correlation of an exercise with the points of the rest of its notebook, among "
    "those who answered: +1, who is good at the rest is good here; 0, no link; below 0, something misfires.",
    "Silent: nothing handed in for a unit that more than half of the others have handed in.",
    f"Stuck: half or more of the exercises of one hand-in left blank or unfinished, {LEAST_BLANK} at least; "
    f"or under a third of the points in {UNITS_UNDER_A_THIRD} units (in one, where only one has points).",
    "The plan looks at the latest unit with at least half as many graded hand-ins as the unit that has most.",
    f"A belief that two or more people showed in that unit takes {VOTE_AGAIN} minutes: vote (2), explain to "
    "a neighbour (5), look (5), vote again (3). The commonest comes first.",
    "The exercise is one that at least half as many people met as any other: the one that most left, when a "
    "fifth or more of them did; else the one that earned least, when a fifth of its points are missing. "
    f"Its minutes are those of its heading, or {TOGETHER}.",
    f"Who is stuck has {A_PERSON} minutes each, together at most {MOST_WITH_PEOPLE}. With fewer than "
    f"{LEAST_PLANNED} graded hand-ins the plan has one thing.",
)

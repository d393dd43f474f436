"""The tables that ship with the course: one `load_*()` for each, whose docstring is a small data card.

`as_of=` gives a table as the evening of that day knew it: outcomes that had not come yet are missing, values
are as last reported by that day, and later rows are not there.
"""

from datetime import date
from typing import TYPE_CHECKING

from hindcast import tables

if TYPE_CHECKING:
    import pandas as pd


def load_scores(as_of: str | date | None = None) -> "pd.DataFrame":
    """Cancellation scores of Larder's members: one row for each member and month, 13,250 rows, made up.

    A logistic regression, fitted on the rows of June to August 2025, scored every row. The product alerts
    when `score` is at least 0.20. September (5,900 rows) is the month to judge it by; November (3,900) comes
    later.

    Columns
    * member: text, such as M-00412. Known from the day of joining.
    * month: date, the first of the month; the score stands for that day.
    * household: one adult, couple, family or shared flat; plan: pay as you go, monthly or yearly;
      tenure_months: whole months as a member. All known at `month`.
    * score: 0 to 1, three decimals. Known at `month`, but not before the model was fitted, 1 September 2025.
    * learned_from: True where the model was fitted on the row. Known when it was fitted, 1 September 2025.
    * cancelled: True where the member cancelled within 30 days after `month`. Known on `outcome_known_on`.
    * outcome_known_on: date, `month` + 30 days. Known at `month`.

    The data card is datasets/cards/scores.md. Raises HindcastError when the table is missing or was changed.
    """
    return tables.load_table("scores", as_of)


def load_tickets(as_of: str | date | None = None) -> "pd.DataFrame":
    """Support messages to Larder in 2025 and the topics given to them: one row each, 2,600 rows, made up.

    The classifier (TF-IDF and logistic regression) is really fitted, on the rows with `learned_from`. The
    language model is simulated: its answers are drawn from written rules, no language model was asked.

    Columns
    * ticket: text, such as T-01234; received: date; text: what the customer wrote. Known when received.
    * topic: late delivery, missing item, damaged item, payment, account, substitution or allergy: what the
      message is about. Known when the support lead settles the ticket, on `settled_on`.
    * minutes_to_solve: whole minutes of the team's work. Known on `settled_on`.
    * topic_by_classifier: one of the seven topics. Known when received, but not before 15 June 2025.
    * topic_by_language_model: one of the seven topics. Known when received.
    * learned_from: True where the classifier was fitted on the row. Known when it was fitted, 15 June 2025.
    * member: text, who wrote; order: text, missing where the message is about none. Known when received. Most
      are not in `load_members()` and `load_deliveries()`, which are samples.
    * settled_on: date, 0 to 6 days after `received`. Known on that day.

    The data card is datasets/cards/tickets.md. Raises HindcastError when the table is missing or was changed.
    """
    return tables.load_table("tickets", as_of)


def load_ticket_costs() -> "pd.DataFrame":
    """What a ticket at the wrong desk costs: one row for each ordered pair of topics, 49 rows, made up.

    Columns
    * topic: what the ticket is about; sorted_as: the topic whose desk it was sent to.
    * minutes_lost: how many minutes longer the customer waits; 0 where the two are the same.

    All known beforehand: the support lead's estimate of January 2025. The data card is
    datasets/cards/ticket_costs.md. Raises HindcastError when the table is missing or was changed.
    """
    return tables.load_table("ticket_costs")


def load_deliveries(as_of: str | date | None = None) -> "pd.DataFrame":
    """Orders of a sample of Larder's members and how long they took: one row each, 10,505 rows, made up.

    All orders of 2023 to 2025 of the members in `load_members()` whose number ends in 0, 1 or 2.

    Columns
    * order: text, such as O-013128; member: text; placed_at: moment. Known from `placed_at` on.
    * weekday: Mon to Sun; hour: 8 to 21; zone, store: text; distance_km: kilometres; forecast_rain_mm:
      millimetres an hour; promised_minutes: minutes. Known from `placed_at` on, on the screen even before.
    * items: items in the bag; basket_euros: euros; discounted: True with a discount; open_orders: orders the
      store had waiting or under way; courier_weeks: weeks on the job. Known from `placed_at` on.
    * minutes_to_arrival: whole minutes; late: True where that is more than promised. Known on arrival, on the
      same day.
    * rain_mm: millimetres an hour, the rain that fell. Known the day after.
    * rating: 1 to 5 stars, mostly missing, and not at random; rated_on: date. Known on `rated_on`.
    * refund_euros: euros, 0 where none; refunded_on: date. Known on `refunded_on`; before it 0 and missing.

    The data card is datasets/cards/deliveries.md. Raises HindcastError when the table is missing or was
    changed.
    """
    return tables.load_table("deliveries", as_of)


def load_members(as_of: str | date | None = None) -> "pd.DataFrame":
    """Larder's members on the first of each month, and who cancels: one row for each, 6,776 rows, made up.

    A random sample of one town's members, 520 people, each with all their months of 2023 to 2025. They are
    not those of `load_scores()`, who live in another town.

    Columns
    * member: text, such as M-20012; month: date, the first of the month; zone: text; plan: pay as you go,
      monthly or yearly; tenure_months: months; app_version: text, such as 5.2. Known at `month`.
    * orders_30d: orders; late_share_30d, discount_share_30d: shares of them (0 to 1), missing without orders;
      tickets_30d: messages to support; all of the 30 days before `month`. Known at `month`.
    * on_call_list: True where a written rule names the member, from 2025 on. Known at `month`.
    * called_on: date, missing where nobody called. Known on that day, 1 to 5 days after `month`.
    * cancelled: True where the member cancelled within 30 days after `month`. Known 30 days after `month`.
    * closed_on: date, missing where the account was not closed in these days. Known on that day.
    * account_state: active or closed; cancel_reason: text, missing unless closed. Back-filled: overwritten on
      `closed_on`, and known then; before it active and missing.

    The data card is datasets/cards/members.md. Raises HindcastError when the table is missing or was changed.
    """
    return tables.load_table("members", as_of)


def load_demand(as_of: str | date | None = None) -> "pd.DataFrame":
    """Orders of Larder's six stores: one row for each store and day of 2023 to 2025, 6,576 rows, made up.

    Columns
    * day: date; store: text; weekday: Mon to Sun; holiday: True on the ten holidays of a year; promotion:
      True where one runs in the store. Known 14 days before `day`; so far ahead go the rows with `as_of`.
    * booked_ahead: orders, slots already booked for the day. Known the evening before.
    * orders_reported: orders, the first count. It can miss orders that were synced late. Known the day after.
    * orders: orders as last reported: the first count, and from `revised_on` on the final number.
    * revised_on: date, missing where the first count was right. Known on that day, 3 to 14 days after `day`.

    The data card is datasets/cards/demand.md. Raises HindcastError when the table is missing or was changed.
    """
    return tables.load_table("demand", as_of)


def load_backdated_arrivals(as_of: str | date | None = None) -> "pd.DataFrame":
    """What a model would have said of the arrivals of 2025: one row per order, 4,211 rows, made up.

    Each evening (`origin`) a ridge regression was fitted afresh on the orders of `deliveries` that had
    arrived by then; it says a number for each order placed on the next day. Error = predicted - actual.

    Columns
    * origin: date, the evening before the order; horizon_days: always 1.
    * order: text, such as O-001234, as in `deliveries`; zone: where it was taken to.
    * prediction_minutes: one decimal; low_minutes, high_minutes: an 80 % range, whole minutes, from the
      errors of the 182 days before.
    * baseline_minutes: what Larder promised, whole minutes.
    * actual_minutes: whole minutes until the bag arrived. Known on `known_on`.
    * known_on: date, the day the bag arrived.

    All but actual_minutes is known when the order is placed, on `origin` + 1 day. The data card is
    datasets/cards/backdated_arrivals.md. Raises HindcastError when the table is missing or was changed.
    """
    return tables.load_table("backdated_arrivals", as_of)


def load_backdated_cancellations(as_of: str | date | None = None) -> "pd.DataFrame":
    """Who a model would have said cancels: one row per member and month of 2024-2025, 4,563 rows, made up.

    On the first of each month (`origin`) a logistic regression was fitted afresh on the rows of `members`
    whose 30 days were over by then, called members left out.

    Columns
    * origin: date, the first of the month; horizon_days: always 30.
    * member: text, such as M-20123, as in `members`; plan: pay as you go, monthly or yearly.
    * called: True where support called the member in that month. Known 5 days after `origin`.
    * score: 0 to 1, three decimals: the chance to cancel within 30 days if nobody calls.
    * baseline_score: 0 to 1, three decimals: the share that cancelled among all rows known at `origin`.
    * cancelled: True where the member cancelled within 30 days after `origin`. Known on `known_on`.
    * known_on: date, `origin` + 30 days.

    Where nothing else is said, known at `origin`. The data card is datasets/cards/backdated_cancellations.md.
    Raises HindcastError when the table is missing or was changed.
    """
    return tables.load_table("backdated_cancellations", as_of)


def load_backdated_demand(as_of: str | date | None = None) -> "pd.DataFrame":
    """What a model of demand would have said in 2025, and what came: one row each, 4,332 rows, made up.

    A Poisson regression, really fitted again at each daily origin on what that evening knew. One row for each
    origin, horizon and store.

    Columns
    * origin: date, the evening of the prediction; horizon_days: 1 or 7 days; store: text; day: date, origin +
      horizon_days. Known at `origin`.
    * prediction_orders, low_orders, high_orders: orders, the prediction and its 80 % range; baseline_orders:
      orders on the latest same weekday counted by then, as last reported then. Known at `origin`.
    * actual_orders: orders of the day in the end. Known on `known_on`.
    * known_on: date, the revision of the count, or the day after `day`. Known on that day.

    The data card is datasets/cards/backdated_demand.md. Raises HindcastError when the table is missing or was
    changed.
    """
    return tables.load_table("backdated_demand", as_of)


def load_demand_replays(as_of: str | date | None = None) -> "pd.DataFrame":
    """Seven replays of demand a day ahead, some honest, some not: one row each, 1,932 rows, made up.

    One row for each replay, origin (every eighth day of 2025) and store. All columns are known on 2026-01-15,
    when the replays were handed in. What each of them needed to know is to be found out with `load_demand()`.

    Columns
    * replay: a letter, A to G; origin: date; horizon_days: 1 day; store: text; day: date, origin + 1 day.
    * prediction_orders: orders, one decimal; baseline_orders: orders a week before `day`, as last reported at
      `origin`; actual_orders: orders of the day in the end; known_on: date on which these became known.
    * fitted_to: date, the latest day whose orders the model learned from.
    * last_week_used, recent_used, usual_used: orders, what it was given as the number of a week before `day`,
      the mean of seven days, and the store's usual number.
    * booked_used: slots it was given as booked for the day, missing where it did not look at them.
    * settings_from: date, the latest day whose errors were looked at when the settings were chosen.

    The data card is datasets/cards/demand_replays.md. Raises HindcastError when the table is missing or was
    changed.
    """
    return tables.load_table("demand_replays", as_of)


def load_cancellation_replays(as_of: str | date | None = None) -> "pd.DataFrame":
    """Three replays of cancellation scores, some of them dishonest: one row per case, 3,526 rows, made up.

    A case is a replay, an origin and a member. At six monthly origins of 2025 each replay says who will
    cancel within 30 days.

    Columns
    * replay: P, Q or R.
    * origin: date, the first of the month for which the score stands.
    * member: text, such as M-20123, as in `members`.
    * score: 0 to 1, three decimals.
    * cancelled: True where the member cancelled within 30 days after `origin`; known_on: the day from which
      that is complete, `origin` + 30 days.

    The replays were handed in, and known, on 15 January 2026: what was really known at an origin is in
    `members`. The data card is datasets/cards/cancellation_replays.md. Raises HindcastError when the table is
    missing or was changed.
    """
    return tables.load_table("cancellation_replays", as_of)


def load_eta_experiment(as_of: str | date | None = None) -> "pd.DataFrame":
    """An experiment, the arrival as a range or exact minute: one row for each member, 3,200 rows, made up.

    Members of Larder's other towns who ordered from 2025-02-03 to 2025-03-16; none is in another table.

    Columns
    * member: text, such as M-30412; arm: minute (the exact minute, control) or range (treatment), by a coin.
    * entered_on: date of the member's first order in that time. platform: android, ios or web. member_since:
      new (joined within 30 days) or longer. All known on `entered_on`.
    * opened_map: True where the member opened the courier's map, by own choice; sessions: how often the app
      was opened; contacts: messages to support; reordered: True where the member ordered again. All within
      14 days. rating: of the first order, 1 to 5 stars, mostly missing. All known on `outcome_known_on`.
    * outcome_known_on: date, `entered_on` + 14 days. Known on `entered_on`.

    The data card is datasets/cards/eta_experiment.md. Raises HindcastError when the table is missing or was
    changed, or `as_of` is not a day.
    """
    return tables.load_table("eta_experiment", as_of)


def load_substitution_experiment(as_of: str | date | None = None) -> "pd.DataFrame":
    """An experiment, asking before a swap: one row for each member who was logged, 2,591 rows, made up.

    Members of Larder's other towns in whose order an item was sold out from 2025-08-04 to 2025-09-14; the
    plan was half and half. None is in another table.

    Columns
    * member: text, such as M-40412; arm: swap (control) or ask (treatment), by a coin. entered_on: date of
      the first such order. app_version: 4.9, 5.1 or 5.2 that day. All known on `entered_on`.
    * contacts: messages to support; reordered: True where the member ordered again; refund_euros: euros paid
      back for that order, 0 where none. All within 7 days, known on `outcome_known_on`.
    * outcome_known_on: date, `entered_on` + 7 days. Known on `entered_on`.

    The data card is datasets/cards/substitution_experiment.md. Raises HindcastError when the table is missing
    or was changed, or `as_of` is not a day.
    """
    return tables.load_table("substitution_experiment", as_of)


def load_experiment_checkpoints(as_of: str | date | None = None) -> "pd.DataFrame":
    """The two experiments day by day: one row for each experiment, metric and day, 252 rows, made up.

    Cumulative: each row counts the members whose outcomes were known by its day.

    Columns
    * experiment: eta (`load_eta_experiment`) or substitution (`load_substitution_experiment`).
    * metric: contacts (messages a member), reordered (share), rating (1 to 5 stars, eta only) or refund_euros
      (euros a member, substitution only). day: date.
    * count_c, count_t: members with a value in the control (minute; swap) and treatment arm (range; ask).
    * mean_c, mean_t, variance_c, variance_t: of the metric, in its unit (squared), five decimals.

    All known on `day`. The data card is datasets/cards/experiment_checkpoints.md. Raises HindcastError when
    the table is missing or was changed, or `as_of` is not a day.
    """
    return tables.load_table("experiment_checkpoints", as_of)


def load_product_health(as_of: str | date | None = None) -> "pd.DataFrame":
    """Four products of Larder, week by week: one row for each product and week, 104 rows, made up.

    Columns
    * product: courier app, customer app, substitution helper or support desk tool.
    * week: date, the Monday it begins with, 2025-06-30 to 2025-12-22.
    * days_up: days of the week without an outage, 0 to 7; crashes_per_1000_sessions; active_users: people.
    * releases of that week; releases_tested: how many of them in an experiment; releases_that_helped: how
      many of the tested moved their metric.

    All known on `week` + 7 days. Targets: `load_product_targets`. The data card is
    datasets/cards/product_health.md. Raises HindcastError when the table is missing or was changed, or
    `as_of` is not a day.
    """
    return tables.load_table("product_health", as_of)


def load_incidents(as_of: str | date | None = None) -> "pd.DataFrame":
    """The logs of four incidents at Larder in 2025: one row for each line, 36 rows, made up.

    Columns
    * incident: text, I-1 to I-4; line: whole number, the line of its log, from 1.
    * at: moment, when the line was written; who: the role that wrote it; what: one to three sentences.

    A line is known on the day of `at`. The data card is datasets/cards/incidents.md. Raises HindcastError
    when the table is missing or was changed.
    """
    return tables.load_table("incidents", as_of)


def load_costs() -> "pd.DataFrame":
    """What mistakes and upkeep cost in the course's decisions: one row for each item, 118 rows, made up.

    Columns
    * decision: such as a member may cancel; option: a way to act or to decide, such as call, rule or model.
    * item: false alarm, miss, minute too much, minute too little, contact, per case, upkeep per month, once.
    * euros: what one of them costs. note: what is meant, often missing.
    * times_a_month: how many there are in a month; missing where your choice decides it, and for once, which
      is spread over 24 months.

    All known beforehand: Larder's estimates. The data card is datasets/cards/costs.md.
    Raises HindcastError when the table is missing or was changed.
    """
    return tables.load_table("costs")


def load_capacities() -> "pd.DataFrame":
    """How much those who act can take on: one row for each decision and option, 5 rows, made up.

    Columns
    * decision, option: as in `load_costs`; tickets about allergies are in `load_ticket_costs`.
    * who_acts: the team. per_day: cases in an open day. open_days_a_week: days.

    All known beforehand. The data card is datasets/cards/capacities.md. Raises
    HindcastError when the table is missing or was changed.
    """
    return tables.load_table("capacities")


def load_product_targets() -> "pd.DataFrame":
    """What each product is asked for: one row for each product and measure, 20 rows, made up.

    Columns
    * product: as in `load_product_health`; measure: the name of a column there.
    * target: what the mean of its last eight weeks should be, in the measure's unit; direction: at least or
      at most.

    All known beforehand. The data card is datasets/cards/product_targets.md. Raises
    HindcastError when the table is missing or was changed.
    """
    return tables.load_table("product_targets")


def load_problem_cards() -> "pd.DataFrame":
    """Requests from colleagues and customers of Larder and other products: one row each, 56 rows, made up.

    Columns, all text
    * card: such as C-07; product: what it is about; asked_by: the role of the person who asks.
    * request: what they ask for, in their own words.
    * action: what someone will do with the answer; missing where the request itself says it.
    * decided_when: the moment of acting, in words.

    Nothing here depends on a day: all is known from the start. Which kind of answer each card asks for is not
    in the table. The data card is datasets/cards/problem_cards.md. Raises HindcastError when the table is
    missing or was changed.
    """
    return tables.load_table("problem_cards")


def load_roles_and_stages() -> "pd.DataFrame":
    """Who does what at which stage, as one team sees it: one row for each stage and role, 20 rows, made up.

    Columns, all text
    * stage: ideation, data prep, prototype & testing or productization.
    * role: product manager, UX designer, engineering lead, product analyst or data scientist.
    * part: drives or contributes; missing where the team named nothing. what: with what, in one sentence.

    Nothing here depends on a day: all is known from the start. The data card is
    datasets/cards/roles_and_stages.md. Raises HindcastError when the table is missing or was changed.
    """
    return tables.load_table("roles_and_stages")


def load_artefacts() -> "pd.DataFrame":
    """What Larder's team made and handed on for its arrival range: one row for each, 12 rows, made up.

    Columns, all text
    * artefact: such as A-07, a number that says nothing about its place; name: a short name.
    * what_it_is: what is in it, and what it is made from or must wait for.
    * stage: as in `load_roles_and_stages()`; made_by, handed_to: two of its roles.

    Nothing here depends on a day: all is known from the start. The data card is datasets/cards/artefacts.md.
    Raises HindcastError when the table is missing or was changed.
    """
    return tables.load_table("artefacts")


__all__ = [name for name in globals() if name.startswith("load_")]

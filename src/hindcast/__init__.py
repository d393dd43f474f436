"""Hindcast: reading number predictions, classifications and backdated outputs. The learner's vocabulary."""

from hindcast import check
from hindcast.datasets import (
    fetch_ab_experiments,
    fetch_bike_sharing,
    fetch_game_forecasts,
    fetch_governor_forecasts,
    fetch_hotel_bookings,
    fetch_online_shoppers,
    load_scores,
    load_ticket_costs,
    load_tickets,
)

__version__ = "0.1.0"

__all__ = [
    "check",
    "fetch_ab_experiments",
    "fetch_bike_sharing",
    "fetch_game_forecasts",
    "fetch_governor_forecasts",
    "fetch_hotel_bookings",
    "fetch_online_shoppers",
    "load_scores",
    "load_ticket_costs",
    "load_tickets",
]

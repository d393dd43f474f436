"""Unit 06, Reading classifications: pictures and questions of its lesson, and what its exercises show."""

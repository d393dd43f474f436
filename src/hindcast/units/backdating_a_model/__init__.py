"""Unit 09, Backdating a model: pictures and questions of its lesson, and what its exercises show."""

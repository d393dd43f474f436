"""Unit 02, Telling prediction from classification: pictures, questions, and what its exercises show."""

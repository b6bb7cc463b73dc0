"""Puts the sample shop into a database. What is there already stays as it is."""

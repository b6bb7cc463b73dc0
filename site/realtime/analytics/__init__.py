"""What shoppers do: taken, stored, counted. docs/analytics.md says what counts."""

"""The mail room: what the shop writes to people, in which words, and what became of it."""

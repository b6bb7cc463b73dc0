"""The sample shop: its texts as data (`texts/`), its pictures as drawings (`pictures/`)."""

"""The countries that an address may name: ISO 3166-1 alpha-2."""

from django_countries import countries


def is_country(code: str) -> bool:
    """Whether there is such a country."""
    return code in countries.countries

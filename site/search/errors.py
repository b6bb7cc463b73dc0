"""What the indexing refuses."""

from http import HTTPStatus
from typing import TYPE_CHECKING

from core.errors import DomainError, NotFound

if TYPE_CHECKING:
    from search.models import FullRun


class FullRunUnderway(DomainError):
    """Somebody else has one waiting or under way: `run`, None if it has just ended."""

    code = "reindex_underway"
    title = "The search index is being made anew already"
    status = HTTPStatus.CONFLICT

    def __init__(self, run: "FullRun | None") -> None:
        super().__init__("A full run waits or is under way.")
        self.run = run


class SetTooSmall(DomainError):
    """Replacing the index would empty it, or nearly."""

    code = "reindex_refused"
    title = "Far fewer records than the index has"
    status = HTTPStatus.CONFLICT

    def __init__(self, found: int, stored: int) -> None:
        super().__init__(
            f"{found} records would replace {stored}. Where that is right, run"
            " `manage.py search_sync --full --force`."
        )


class FullRunLost(DomainError):
    """The run was ended, or taken over, by somebody else."""

    code = "reindex_lost"
    title = "This run is not under way any more"
    status = HTTPStatus.CONFLICT

    def __init__(self) -> None:
        super().__init__("Somebody else has ended this run, or has taken it over.")


class InvalidQueryId(DomainError):
    code = "invalid_query_id"
    title = "This query id was not handed out, or is too old"


class NoSearchKey(NotFound):
    """The shop's own search answers, or Algolia's search key is not set."""

    code = "no_search_key"
    title = "There is no search that a browser could ask itself"

    def __init__(self) -> None:
        super().__init__("Ask /api/search/ instead: it answers whatever the engine is.")

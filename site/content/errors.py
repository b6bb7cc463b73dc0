"""What may go wrong with content."""

from core.errors import DomainError


class PreviewExpired(DomainError):
    """The link to a draft has run out, was changed, or never was one."""

    code = "preview_expired"
    title = "This preview is not there any more"
    status = 404

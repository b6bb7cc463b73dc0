"""What realtime refuses."""

from core.errors import DomainError


class _SendAgain(DomainError):
    """Nothing of a batch was kept; the client sends it again after `retry_after` seconds."""

    status = 503
    retry_after = 2

    def __init__(self) -> None:
        super().__init__("Send these events again a little later.")
        self.headers["Retry-After"] = str(self.retry_after)


class Busy(_SendAgain):
    """More events wait than may."""

    code = "events_busy"
    title = "Too much is waiting to be stored"


class NotStored(_SendAgain):
    """The database did not take them."""

    code = "events_not_stored"
    title = "The events were not stored"

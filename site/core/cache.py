"""The Redis cache of a shop that goes on selling when Redis does not answer."""

from typing import Any

from django_redis.cache import RedisCache


class ForgetfulRedisCache(RedisCache):  # type: ignore[misc]
    """Forgets what it is told while Redis is away, instead of failing (and logs it).

    Who takes a lock by `add` gets it: rate limits of sign-in (allauth's) then let through.
    The client's own `IGNORE_EXCEPTIONS` alone would answer that somebody else has it.
    """

    def add(self, *args: Any, **kwargs: Any) -> bool:
        """As Django's; True while Redis is away."""
        added = super().add(*args, **kwargs)
        return True if added is None else bool(added)

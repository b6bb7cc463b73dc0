"""What the admin's additions keep."""

from django.contrib.auth.models import Group, Permission
from django.db import models


class GivenPermission(models.Model):
    """The shop has given a group this permission: it does so once, see `content.admin.groups`."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE)
    permission = models.ForeignKey(Permission, on_delete=models.CASCADE)

    class Meta:
        # Nobody is asked who may see these.
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["group", "permission"], name="givenpermission_once")
        ]

    def __str__(self) -> str:
        return f"{self.group}: {self.permission}"

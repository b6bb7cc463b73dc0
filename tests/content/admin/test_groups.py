"""The groups of staff: made once, completed by later releases, otherwise their owner's."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management.sql import emit_post_migrate_signal

from content.admin import groups
from content.admin.models import GivenPermission

pytestmark = pytest.mark.django_db


def names(group: Group) -> set[str]:
    rows = group.permissions.values_list("content_type__app_label", "codename")
    return {f"{label}.{codename}" for label, codename in rows}


def test_each_permission_is_given_once() -> None:
    keepers = Group.objects.get(name=groups.STOCK_KEEPERS)
    everything = {*groups._ADMIN, *groups._STOCK}
    assert names(keepers) == everything
    taken = Permission.objects.get(codename="change_stocklevel")
    keepers.permissions.remove(taken)
    # As if a release brought the right to see products.
    new = Permission.objects.get(codename="view_product", content_type__app_label="catalogue")
    keepers.permissions.remove(new)
    GivenPermission.objects.filter(group=keepers, permission=new).delete()

    groups.ensure_groups()

    assert names(keepers) == everything - {"inventory.change_stocklevel"}


def test_migrating_asks_once_and_not_for_each_app(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[None] = []
    monkeypatch.setattr(groups, "ensure_groups", lambda: asked.append(None))

    emit_post_migrate_signal(verbosity=0, interactive=False, db="default")

    assert len(asked) == 1

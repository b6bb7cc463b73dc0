"""The page of background work: what failed, what waits, and how to have it tried again."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.views.generic import TemplateView
from django_tasks_db.models import DBTaskResult
from wagtail.admin import messages
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.log_actions import log

from content.admin.work import rows
from core import events, periodic, relay, task_runs
from core.models import OutboxDelivery, PeriodicRun

VIEW, CHANGE = "core.view_outboxdelivery", "core.change_outboxdelivery"


class WorkPage(WagtailAdminTemplateMixin, TemplateView):
    """Shows background work; a POST has some of it tried again."""

    template_name = "shop_admin/work/page.html"
    page_title = "Background work"
    header_icon = "cogs"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Let those in who may see it."""
        if not request.user.has_perm(VIEW):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_breadcrumbs_items(self) -> list[dict[str, str]]:
        """Home, this page."""
        return [*self.breadcrumbs_items, {"url": "", "label": self.page_title}]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Do what was asked; what is gone meanwhile is said, not an error."""
        if not request.user.has_perm(CHANGE):
            raise PermissionDenied
        action = ACTIONS.get(request.POST.get("action", ""))
        if action is None:
            return HttpResponseBadRequest("Unknown action.")
        target = request.POST.get("target", "")
        try:
            # All are noted one by one, as far as the page showed them.
            done_to = things(target) if target else things(*(r.target for r in rows.failed().rows))
            count = action(target)
        except (KeyError, ValueError):
            return HttpResponseBadRequest("Unknown target.")
        if count:
            events.wake()
            for thing in done_to:
                log(instance=thing, action="shop.work.run", user=request.user)
            what = "It runs" if count == 1 else f"{count} of them run"
            messages.success(request, f"{what} as soon as a worker is free.")
        else:
            messages.info(request, "It is not there any more, or somebody was faster.")
        return redirect(request.path)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What the template shows, in a constant number of queries."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        jobs, workers = rows.jobs(), rows.workers()
        return context | {
            "failed": rows.failed(),
            "waiting": rows.waiting(),
            "waits_since": rows.waits_since(),
            "jobs": jobs,
            "failed_jobs": sum(bool(job.error) for job in jobs),
            "workers": workers,
            "alive": sum(worker["is_alive"] for worker in workers),
            "engine": rows.engine(),
            "may_change": self.request.user.has_perm(CHANGE),
        }


def _run_again(target: str) -> int:
    kind, _, name = target.partition(":")
    if kind == "task":
        return task_runs.run_again([UUID(name)])
    return relay.revive([_number(kind, name)])


def _run_all_again(target: str) -> int:
    return relay.revive() + task_runs.run_again()


def _try_now(target: str) -> int:
    kind, _, name = target.partition(":")
    if kind == "task":
        return task_runs.hurry([UUID(name)])
    return relay.hurry([_number(kind, name)])


def _run_job(target: str) -> int:
    periodic.run_now(target.removeprefix("job:"))
    return 1


# What the forms of the page can ask for.
ACTIONS: dict[str, Callable[[str], int]] = {
    "again": _run_again,
    "again_all": _run_all_again,
    "now": _try_now,
    "job": _run_job,
}


def things(*targets: str) -> list[Model]:
    """The records that the targets of forms name, as far as they are there. Raises ValueError."""
    found: list[Model] = []
    for target in targets:
        kind, _, name = target.partition(":")
        if kind == "task":
            found += DBTaskResult.objects.filter(pk=UUID(name))
        elif kind == "job":
            found += PeriodicRun.objects.filter(name=name) if name in periodic.registered() else []
        else:
            found += OutboxDelivery.objects.filter(pk=_number(kind, name))
    return found


def _number(kind: str, text: str) -> int:
    """A delivery's id. Raises ValueError."""
    if kind != "delivery" or not re.fullmatch(r"[0-9]{1,18}", text):
        raise ValueError(kind)
    return int(text)

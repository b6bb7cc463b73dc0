"""The button that has the whole index made anew."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.generic import View
from wagtail.admin import messages

from search import engines, full_runs, tasks
from search.errors import FullRunUnderway

MAY = "search.reindex"


class ReindexPage(View):
    """A POST begins a full run; what comes of it stands on the report's page."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Begin, or say that one is under way."""
        if not request.user.has_perm(MAY):
            raise PermissionDenied
        was_there = full_runs.unfinished(engines.current().name) is not None
        try:
            tasks.start_full_run()
        except FullRunUnderway:
            was_there = True
        if was_there:
            messages.info(request, "The index is being made anew already.")
        else:
            messages.success(
                request, "A worker makes the index anew. Shoppers find what it has until then."
            )
        return redirect("shop_search:index")

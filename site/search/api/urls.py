"""The search, under /api/."""

from django.urls import path

from search.api import keys, reindex, reports, uses, views

urlpatterns = [
    path("search/", views.SearchView.as_view(), name="search"),
    path("search/suggest/", views.SuggestView.as_view(), name="suggest"),
    path("search/key/", keys.SearchKeyView.as_view(), name="search_key"),
    path("search/events/", uses.SearchEventsView.as_view(), name="search_events"),
    path("admin/search/reindex/", reindex.ReindexView.as_view(), name="search_reindex"),
    path(
        "admin/search/reindex/<uuid:reindex_id>/",
        reindex.ReindexRunView.as_view(),
        name="search_reindex_run",
    ),
    path("admin/search/queries/", reports.QueriesView.as_view(), name="search_queries"),
]

"""The queue of reviews: what waits, what is shown, what is hidden, what was reported."""

from http import HTTPStatus
from typing import Any, ClassVar, cast
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from wagtail.admin import messages
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.log_actions import log

from commerce.customers.models import User
from commerce.feedback import selectors, services
from commerce.feedback.api.present import picture_url
from commerce.feedback.models import Review, ReviewReport, ReviewState
from content.admin.columns import TONES
from content.admin.records import RecordViewSet
from core.errors import DomainError

MODERATE = "feedback.moderate_review"
# What is asked for by the address, in the order of the tabs.
TABS = {"": "Pending", "reported": "Reported", "approved": "Approved", "hidden": "Hidden"}
MAX_AT_ONCE = 100


class ReviewAction(forms.Form):
    """One thing that is done with a review. `log_as` is its name in Wagtail's log."""

    name: ClassVar[str]
    log_as: ClassVar[str]
    done: ClassVar[str]

    def perform(self, review_id: UUID, actor: User) -> None:
        """Do it. Raises DomainError."""
        raise NotImplementedError


class Approve(ReviewAction):
    name, log_as, done = "approve", "shop.review.approve", "The review is shown."

    def perform(self, review_id: UUID, actor: User) -> None:
        """Show it."""
        services.approve(review_id, actor_id=actor.pk)


class Hide(ReviewAction):
    name, log_as, done = "hide", "shop.review.hide", "The review is hidden."

    reason = forms.CharField(
        max_length=500, required=False, help_text="The author can read it.", label="Why"
    )

    def perform(self, review_id: UUID, actor: User) -> None:
        """Show it no more."""
        services.hide(review_id, reason=self.cleaned_data["reason"], actor_id=actor.pk)


class Reply(ReviewAction):
    name, log_as, done = "reply", "shop.review.reply", "The reply is saved."

    text = forms.CharField(
        max_length=5000,
        required=False,
        label="Reply",
        help_text="Everybody reads it below the review. Empty: no reply.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def perform(self, review_id: UUID, actor: User) -> None:
        """Answer below it."""
        services.reply(review_id, text=self.cleaned_data["text"].replace("\r\n", "\n"))


class Dismiss(ReviewAction):
    name, log_as, done = "dismiss", "shop.review.dismiss", "The reports are settled."

    def perform(self, review_id: UUID, actor: User) -> None:
        """Leave it as it is."""
        services.dismiss_reports(review_id)


ACTIONS: dict[str, type[ReviewAction]] = {
    action.name: action for action in (Approve, Hide, Reply, Dismiss)
}


class ReviewList(generic.IndexView):
    """One tab of the queue, or one review; a POST does one of the ACTIONS with those named."""

    model = Review
    page_title = "Reviews"
    template_name = "shop_admin/feedback/reviews.html"
    results_template_name = "shop_admin/feedback/review_rows.html"
    default_ordering = "-pk"
    is_searchable = True
    columns: ClassVar = [Column("title")]

    @property
    def tab(self) -> str:
        """The tab that is open. Raises Http404."""
        tab: str = self.kwargs.get("tab", "")
        if tab not in TABS:
            raise Http404
        return tab

    def get_index_url(self) -> str:
        """The tab's own address, which the pages of it lead to."""
        return self._url("tab" if self.tab else "index")

    def get_index_results_url(self) -> str:
        """Where the search looks: in the open tab."""
        return self._url("tab_results" if self.tab else "index_results")

    def _url(self, name: str) -> str:
        return reverse(f"shop_reviews:{name}", args=[self.tab] if self.tab else [])

    def get_base_queryset(self) -> QuerySet[Review]:
        """Reviews with all that a box shows, in a constant number of queries."""
        reports = ReviewReport.objects.filter(is_open=True).select_related("customer")
        reviews = Review.objects.select_related("product", "customer", "moderated_by")
        reviews = reviews.prefetch_related(
            "pictures", Prefetch("reports", reports, to_attr="open_reports")
        )
        if "pk" in self.kwargs:
            return reviews.filter(pk=self.kwargs["pk"])
        if self.tab == "reported":
            return reviews.filter(selectors.reported())
        return reviews.filter(state=self.tab or ReviewState.PENDING)

    def search_queryset(self, queryset: QuerySet[Review]) -> QuerySet[Review]:
        """Those in which every word is found: text, product, name or mail address."""
        for word in self.search_query.split()[:8]:
            queryset = queryset.filter(
                Q(title__icontains=word)
                | Q(text__icontains=word)
                | Q(product__name__icontains=word)
                | Q(customer__first_name__icontains=word)
                | Q(customer__last_name__icontains=word)
                | Q(customer__email__icontains=word)
            )
        return queryset

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do what was asked with each review that is named; a refusal leaves it as it is."""
        if not request.user.has_perm(MODERATE):
            raise PermissionDenied
        action = ACTIONS.get(request.POST.get("action", ""))
        if action is None:
            return HttpResponseBadRequest("Unknown action.")
        ids = [pk for text in request.POST.getlist("review") if (pk := _uuid(text)) is not None]
        form = action(request.POST)
        if not ids:
            messages.error(request, "Choose at least one review.")
        elif not form.is_valid():
            messages.error(
                request, " ".join(str(error) for row in form.errors.values() for error in row)
            )
        else:
            self._perform(form, ids[:MAX_AT_ONCE])
        back = redirect(request.get_full_path())
        back.status_code = HTTPStatus.SEE_OTHER
        return back

    def _perform(self, form: ReviewAction, ids: list[UUID]) -> None:
        done = 0
        for pk in ids:
            try:
                form.perform(pk, cast(User, self.request.user))
            except DomainError as error:
                messages.error(self.request, error.detail or error.title)
            else:
                done += 1
                log(
                    instance=Review.objects.get(pk=pk),
                    action=form.log_as,
                    user=self.request.user,
                )
        if done:
            text = form.done if done == 1 else f"{done} reviews: done."
            messages.success(self.request, text)

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """What the template shows."""
        context: dict[str, Any] = super().get_context_data(*args, **kwargs)
        counts = (
            dict(Review.objects.order_by().values_list("state").annotate(n=Count("pk")))
            | selectors.counts()
        )
        tabs = [
            {
                "label": label,
                "count": counts.get(tab or "pending", 0),
                "url": reverse("shop_reviews:tab", args=[tab])
                if tab
                else reverse("shop_reviews:index"),
                "is_open": tab == self.tab and "pk" not in self.kwargs,
            }
            for tab, label in TABS.items()
        ]
        query = self.request.GET.urlencode()
        # The search loads rows from an address of their own, which is no page to come back to.
        here = self.request.path if "pk" in self.kwargs else self.index_url
        boxes = [_box(review) for review in context["object_list"]]
        return context | {
            "tabs": tabs,
            "here": f"{here}?{query}" if query else here,
            "boxes": boxes,
            "can_moderate": self.request.user.has_perm(MODERATE),
            "can_approve_many": any(ReviewState.APPROVED in box["allowed"] for box in boxes),
        }


def _box(review: Review) -> dict[str, Any]:
    return {
        "review": review,
        "stars": "★" * review.rating + "☆" * (5 - review.rating),
        "tone": TONES.get(f"review.{review.state}", ""),
        "allowed": review.allowed,
        "author": review.customer.get_full_name() if review.customer else "",
        "email": review.customer.email if review.customer else "",
        "pictures": [
            {"url": picture_url(picture), "width": picture.width, "height": picture.height}
            for picture in review.pictures.all()
        ],
        "reports": getattr(review, "open_reports", []),
        "hide": Hide(auto_id=f"id_{review.pk}_%s"),
        "reply": Reply(auto_id=f"id_{review.pk}_%s", initial={"text": review.reply}),
    }


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


class ReviewViewSet(RecordViewSet):
    """The queue in the Shop menu. Reviews are written by shoppers, not here."""

    model = Review
    name = "shop_reviews"
    url_prefix = "shop/reviews"
    icon = "shop-star"
    menu_label = "Reviews"
    menu_name = "shop-reviews"
    inspect_view_enabled = False
    index_view_class = ReviewList
    list_per_page = 20
    page_name = "one"

    def get_urlpatterns(self) -> list[URLPattern]:
        """The tabs, their results alone, and one review by itself."""
        return [
            path("", self.index_view, name="index"),
            path("results/", self.index_results_view, name="index_results"),
            path("results/<slug:tab>/", self.index_results_view, name="tab_results"),
            path("<uuid:pk>/", self.index_view, name="one"),
            path("<slug:tab>/", self.index_view, name="tab"),
        ]

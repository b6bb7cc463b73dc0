"""Addresses of reviews and inquiries."""

from django.urls import path

from commerce.feedback.api import inquiries, reviews

REVIEW = "reviews/<uuid:review_id>/"
INQUIRY = "inquiries/<uuid:inquiry_id>/"

urlpatterns = [
    path("reviews/", reviews.ReviewsView.as_view()),
    path("reviews/possible/", reviews.PossibleReviewsView.as_view()),
    path(REVIEW, reviews.ReviewView.as_view()),
    path(f"{REVIEW}pictures/", reviews.PicturesView.as_view()),
    path(f"{REVIEW}pictures/<uuid:picture_id>/", reviews.PictureView.as_view()),
    path(f"{REVIEW}helpful/", reviews.HelpfulView.as_view()),
    path(f"{REVIEW}report/", reviews.ReportView.as_view()),
    path(f"{REVIEW}approve/", reviews.ApproveView.as_view()),
    path(f"{REVIEW}hide/", reviews.HideView.as_view()),
    path(f"{REVIEW}reply/", reviews.ReplyView.as_view()),
    path("inquiries/", inquiries.InquiriesView.as_view()),
    path(INQUIRY, inquiries.InquiryView.as_view()),
    path(f"{INQUIRY}messages/", inquiries.MessagesView.as_view()),
]

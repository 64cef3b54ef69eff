"""The addresses of plans, of the patient's overview and of the review list."""

from django.urls import path

from scheduling.views import patients, plan_page, plans, ranges

urlpatterns = [
    path("patients/<int:pk>/", patients.patient, name="patient"),
    path("plans/new/", plans.plan_new, name="plan_new"),
    path("plans/preview/", plans.plan_preview, name="plan_preview"),
    path("plans/<int:pk>/", plan_page.plan, name="plan"),
    path("plans/<int:pk>/edit/", plans.plan_edit, name="plan_edit"),
    path("plans/<int:pk>/propose/", plan_page.plan_propose, name="plan_propose"),
    path("plans/<int:pk>/approve/", plan_page.plan_approve, name="plan_approve"),
    path("plans/<int:pk>/return/", plan_page.plan_return, name="plan_return"),
    path("plans/<int:pk>/pause/", plan_page.plan_pause, name="plan_pause"),
    path("plans/<int:pk>/resume/", plan_page.plan_resume, name="plan_resume"),
    path("plans/<int:pk>/stop/", plan_page.plan_stop, name="plan_stop"),
    path("plans/<int:pk>/undo-booking/", plan_page.plan_undo_booking, name="plan_undo_booking"),
    path("plans/<int:pk>/range/", ranges.plan_range, name="plan_range"),
    path("sittings/<int:pk>/skip/", plan_page.sitting_skip, name="sitting_skip"),
    path("review/", plan_page.review, name="review"),
]

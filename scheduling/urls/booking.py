"""The addresses of booking."""

from django.urls import path

from scheduling.views.booking import book_cycle, book_cycle_confirm, book_sitting, to_book
from scheduling.views.extra_hours import plan_open_hours
from scheduling.views.reserving import plan_reserve, plan_reserved, plan_reserved_confirm, plan_reserved_return
from scheduling.views.visits import book, book_patient, book_visit

urlpatterns = [
    path("book/", book, name="book"),
    path("patients/<int:pk>/book/", book_patient, name="book_patient"),
    path("patients/<int:pk>/book/visit/", book_visit, name="book_visit"),
    path("to-book/", to_book, name="to_book"),
    path("plans/<int:pk>/book/", book_cycle, name="book_cycle"),
    path("plans/<int:pk>/book/confirm/", book_cycle_confirm, name="book_cycle_confirm"),
    path("plans/<int:pk>/book/open/", plan_open_hours, name="plan_open_hours"),
    path("plans/<int:pk>/reserve/", plan_reserve, name="plan_reserve"),
    path("plans/<int:pk>/reserved/", plan_reserved, name="plan_reserved"),
    path("plans/<int:pk>/reserved/confirm/", plan_reserved_confirm, name="plan_reserved_confirm"),
    path("plans/<int:pk>/reserved/return/", plan_reserved_return, name="plan_reserved_return"),
    path("sittings/<int:pk>/book/", book_sitting, name="book_sitting"),
]

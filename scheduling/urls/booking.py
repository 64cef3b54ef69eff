"""The addresses of booking."""

from django.urls import path

from scheduling.views.booking import book_cycle, book_cycle_confirm, book_sitting, to_book

urlpatterns = [
    path("to-book/", to_book, name="to_book"),
    path("plans/<int:pk>/book/", book_cycle, name="book_cycle"),
    path("plans/<int:pk>/book/confirm/", book_cycle_confirm, name="book_cycle_confirm"),
    path("sittings/<int:pk>/book/", book_sitting, name="book_sitting"),
]

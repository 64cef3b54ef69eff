"""The addresses of what is made for paper."""

from django.urls import path

from scheduling.views.printing import print_calls, print_card, print_day, print_week

urlpatterns = [
    path("print/day/", print_day, name="print_day"),
    path("print/week/", print_week, name="print_week"),
    path("print/calls/", print_calls, name="print_calls"),
    path("plans/<int:pk>/card/", print_card, name="print_card"),
]

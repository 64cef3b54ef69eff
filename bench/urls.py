"""The application with two pages more, which its own are held against: one of sixty bare rows, and an empty one."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from clinic.urls import urlpatterns as application
from scheduling.models import Appointment


def bare(request: HttpRequest) -> HttpResponse:
    """Sixty appointments as table rows in the frame of every page."""
    rows = Appointment.objects.select_related("patient", "practitioner", "room").order_by("starts")[:60]
    return render(request, "bare.html", {"rows": rows})


def empty(request: HttpRequest) -> HttpResponse:
    """The frame of every page and nothing in it."""
    return render(request, "empty.html")


urlpatterns = [*application, path("bare/", bare, name="bare"), path("empty/", empty, name="empty")]

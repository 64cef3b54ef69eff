"""The application with one page more: the barest page of sixty rows, which the board is held against."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from clinic.urls import urlpatterns as application
from scheduling.models import Appointment


def bare(request: HttpRequest) -> HttpResponse:
    """Sixty appointments as table rows in the frame of every page."""
    rows = Appointment.objects.select_related("patient", "practitioner", "room").order_by("starts")[:60]
    return render(request, "bare.html", {"rows": rows})


urlpatterns = [*application, path("bare/", bare, name="bare")]

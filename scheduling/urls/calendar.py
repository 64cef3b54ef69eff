"""The addresses of the calendar, and of putting an appointment somewhere by hand."""

from django.urls import path

from scheduling.views.calendar import calendar, calendar_events
from scheduling.views.free_time import appointment_new
from scheduling.views.placing import appointment_put

urlpatterns = [
    path("calendar/", calendar, name="calendar"),
    path("calendar/events/", calendar_events, name="calendar_events"),
    path("appointments/new/", appointment_new, name="appointment_new"),
    path("appointments/<int:pk>/put/", appointment_put, name="appointment_put"),
]

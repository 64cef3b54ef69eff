"""The addresses of the calendar, and of putting an appointment somewhere by hand."""

from django.urls import path

from scheduling.views.calendar import calendar, calendar_events
from scheduling.views.placing import appointment_move, appointment_new

urlpatterns = [
    path("calendar/", calendar, name="calendar"),
    path("calendar/events/", calendar_events, name="calendar_events"),
    path("appointments/new/", appointment_new, name="appointment_new"),
    path("appointments/<int:pk>/move/", appointment_move, name="appointment_move"),
]

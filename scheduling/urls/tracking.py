"""The addresses of the day as it happens."""

from django.urls import path

from scheduling.views.appointments import appointment, appointment_cancel, appointment_step
from scheduling.views.free_time import walk_in
from scheduling.views.moving import appointment_move, appointment_move_review, appointment_move_undo
from scheduling.views.taking_back import booking_take_back
from scheduling.views.today import today

urlpatterns = [
    path("today/", today, name="today"),
    path("today/walk-in/", walk_in, name="walk_in"),
    path("appointments/<int:pk>/", appointment, name="appointment"),
    path("appointments/<int:pk>/cancel/", appointment_cancel, name="appointment_cancel"),
    path("appointments/<int:pk>/move/", appointment_move, name="appointment_move"),
    path("appointments/<int:pk>/move/review/", appointment_move_review, name="appointment_move_review"),
    path("appointments/<int:pk>/move/undo/", appointment_move_undo, name="appointment_move_undo"),
    path("appointments/<int:pk>/take-back/", booking_take_back, name="booking_take_back"),
    path("appointments/<int:pk>/<slug:verb>/", appointment_step, name="appointment_step"),
]

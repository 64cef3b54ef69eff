"""Every address of scheduling, by subject."""

from scheduling.urls import booking, plans, preferences, protocols, tracking

urlpatterns = [
    *tracking.urlpatterns,
    *plans.urlpatterns,
    *booking.urlpatterns,
    *protocols.urlpatterns,
    *preferences.urlpatterns,
]

"""Every address of scheduling, by subject."""

from scheduling.urls import batches, booking, plans, preferences, protocols, search, tracking

urlpatterns = [
    *search.urlpatterns,
    *tracking.urlpatterns,
    *plans.urlpatterns,
    *booking.urlpatterns,
    *batches.urlpatterns,
    *protocols.urlpatterns,
    *preferences.urlpatterns,
]

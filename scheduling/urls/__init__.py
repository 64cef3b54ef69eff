"""Every address of scheduling, by subject."""

from scheduling.urls import batches, booking, calendar, plans, preferences, printing, protocols, search, tracking

urlpatterns = [
    *search.urlpatterns,
    *calendar.urlpatterns,  # before the steps, whose verb would take its words
    *tracking.urlpatterns,
    *plans.urlpatterns,
    *booking.urlpatterns,
    *batches.urlpatterns,
    *protocols.urlpatterns,
    *preferences.urlpatterns,
    *printing.urlpatterns,
]

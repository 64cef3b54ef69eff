"""Every address of scheduling, by subject."""

from scheduling.urls import booking, plans, protocols, tracking

urlpatterns = [*tracking.urlpatterns, *plans.urlpatterns, *booking.urlpatterns, *protocols.urlpatterns]

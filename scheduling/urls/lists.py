"""The addresses of the recalls and of the waiting list."""

from django.urls import path

from scheduling.views.recalls import contact_again, do_not_contact, plan_repeat, recall, recall_list

urlpatterns = [
    path("recalls/", recall_list, name="recalls"),
    path("recalls/<int:pk>/", recall, name="recall"),
    path("plans/<int:pk>/repeat/", plan_repeat, name="plan_repeat"),
    path("patients/<int:pk>/do-not-contact/", do_not_contact, name="do_not_contact"),
    path("patients/<int:pk>/contact-again/", contact_again, name="contact_again"),
]

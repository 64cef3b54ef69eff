"""The addresses of the recalls and of the waiting list."""

from django.urls import path

from scheduling.views.recalls import contact_again, do_not_contact, plan_repeat, recall, recall_list
from scheduling.views.waiting import offer_answer, slot_leave, slot_offer, waiting_list, waiting_slot, wish, wish_close

urlpatterns = [
    path("recalls/", recall_list, name="recalls"),
    path("recalls/<int:pk>/", recall, name="recall"),
    path("plans/<int:pk>/repeat/", plan_repeat, name="plan_repeat"),
    path("patients/<int:pk>/do-not-contact/", do_not_contact, name="do_not_contact"),
    path("patients/<int:pk>/contact-again/", contact_again, name="contact_again"),
    path("waiting-list/", waiting_list, name="waiting_list"),
    path("waiting-list/offer/", slot_offer, name="slot_offer"),
    path("freed-slots/<int:pk>/", waiting_slot, name="waiting_slot"),
    path("freed-slots/<int:pk>/leave/", slot_leave, name="slot_leave"),
    path("offers/<int:pk>/answer/", offer_answer, name="offer_answer"),
    path("sittings/<int:pk>/wish/", wish, name="wish"),
    path("wishes/<int:pk>/close/", wish_close, name="wish_close"),
]

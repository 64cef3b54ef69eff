"""The administration in a real browser, under the same strict content policy as every other page."""

from django.contrib import admin
from django.urls import reverse
from playwright.sync_api import expect

from clinic.roles import Role
from tests.conftest import make_user


def administrator():
    user = make_user("costa", Role.ADMINISTRATOR)
    user.is_staff = user.is_superuser = True
    user.save()
    return user


def test_an_administrator_opens_every_list_and_every_empty_form(visitors, story):
    story.plan(story.patient())
    page = visitors.visit(administrator())
    page.goto("/")
    expect(page).to_have_url(f"{visitors.address}/admin/")
    for model in admin.site._registry:
        page.goto(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"))
        expect(page.locator("#content h1")).to_be_visible()
        add = page.locator(".object-tools .addlink")
        if add.count():
            add.click()
            expect(page.locator("#content form[method=post]").first).to_be_visible()

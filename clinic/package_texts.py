"""Texts of other packages that our Italian catalogue translates: named here so that `make messages` finds them.

django-simple-history and django-axes have no Italian of their own. Django's lacks a few texts of its administration,
and has day and month names with capitals, which Italian does not write. allauth's addresses people less politely.
"""

from django.utils.translation import gettext_noop as _
from django.utils.translation import ngettext_lazy

DATES = (
    *(_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday")),
    *(_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")),
    *(_("January"), _("February"), _("March"), _("April"), _("May"), _("June")),
    *(_("July"), _("August"), _("September"), _("October"), _("November"), _("December")),
)
ALLAUTH = (_("Change Password"), _("Two-Factor Authentication"))
DJANGO_ADMINISTRATION = (
    _("Delete selected %(verbose_name_plural)s"),
    _("Log out"),
    _("Select %s to view"),
    _("Welcome,"),
    _("Add link"),
    _("After you’ve created a user, you’ll be able to edit more user options."),
    _("Change or view list link"),
    _("Conflicting form data submitted. Please try again."),
    _("Disable password-based authentication"),
    _("Disabled"),
    _("Enable password-based authentication"),
    _("Enabled"),
    _("Error:"),
    _("Model name"),
    _("Password-based authentication"),
    _("Password-based authentication was disabled."),
    _("Reset password"),
    _("Set password"),
    _("Set password: %s"),
    _(
        "Whether the user will be able to authenticate using a password or not. "
        "If disabled, they may still be able to authenticate using other backends, "
        "such as Single Sign-On or LDAP."
    ),
)
DJANGO_PASSWORDS = (
    _("Your password can’t be a commonly used password."),
    _("Your password can’t be entirely numeric."),
    _("Your password can’t be too similar to your other personal information."),
    ngettext_lazy(
        "Your password must contain at least %(min_length)d character.",
        "Your password must contain at least %(min_length)d characters.",
    ),
)
SIMPLE_HISTORY = (
    _("Created"),
    _("Changed"),
    _("Deleted"),
    _("Deleted %(type_name)s"),
    _("Change history: %s"),
    _("View history: %s"),
    _("View %s"),
    _("View %(verbose_name)s"),
    _("Revert %s"),
    _("Revert %(verbose_name)s"),
    _("Choose a date from the list below to revert to a previous version of this object."),
    _("This object doesn't have a change history."),
    _("Change History"),
    _("None"),
)
AXES = (
    _("Account locked: too many login attempts. Please try again later."),
    _("Access lock out"),
    _("access attempt"),
    _("access attempts"),
    _("Access Attempt"),
    _("access attempt expiration"),
    _("access attempt expirations"),
    _("access failure"),
    _("access failures"),
    _("access log"),
    _("access logs"),
    _("Attempt Remaining"),
    _("Attempt Time"),
    _("Clean up expired attempts"),
    _("Expires At"),
    _("Failed Logins"),
    _("Form Data"),
    _("GET Data"),
    _("HTTP Accept"),
    _("IP Address"),
    _("Locked Out"),
    _("Logout Time"),
    _("Meta Data"),
    _("Not set"),
    _("Path"),
    _("POST Data"),
    _("Session key hash (sha256)"),
    _("The time when access attempt expires and is no longer valid."),
    _("User Agent"),
    _("Username"),
)

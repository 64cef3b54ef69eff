"""By how many days a booking lets its plan start later: kept with every press, so that undoing it takes that back."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def keep_with_the_press(apps: Apps, _schema: BaseDatabaseSchemaEditor) -> None:
    """What a reservation said of it so far."""
    for reservation in apps.get_model("scheduling", "Reservation").objects.exclude(later=0).select_related("booking"):
        reservation.booking.later = reservation.later
        reservation.booking.save(update_fields=["later"])


def keep_with_the_reservation(apps: Apps, _schema: BaseDatabaseSchemaEditor) -> None:
    for reservation in apps.get_model("scheduling", "Reservation").objects.exclude(booking__later=0):
        reservation.later = reservation.booking.later
        reservation.save(update_fields=["later"])


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0017_plan_form_key"),
    ]

    operations = [
        migrations.AddField(
            model_name="bookingkey",
            name="later",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="days later"),
        ),
        migrations.RunPython(keep_with_the_press, keep_with_the_reservation, elidable=True),
        migrations.RemoveField(
            model_name="reservation",
            name="later",
        ),
        migrations.AlterField(
            model_name="batchline",
            name="state",
            field=models.CharField(
                choices=[
                    ("waiting", "waiting"),
                    ("booked", "booked"),
                    ("not-placed", "without slots"),
                    ("refused", "refused"),
                    ("taken-back", "undone"),
                ],
                default="waiting",
                max_length=10,
                verbose_name="state",
            ),
        ),
    ]

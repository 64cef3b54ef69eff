"""Reservations of a whole cycle: what was reserved for a plan, and a quick way to those that run out."""

import django.db.models.deletion
from django.contrib.auth.management import create_permissions
from django.db import migrations, models


def let_administrators_look(apps, schema_editor):
    """Permissions are otherwise made only after the last migration."""
    config = apps.get_app_config("scheduling")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    wanted = apps.get_model("auth", "Permission").objects.filter(content_type__model="reservation")
    for group in apps.get_model("auth", "Group").objects.filter(name="administrator"):
        group.permissions.add(*wanted)


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0001_initial"),
        ("scheduling", "0005_booking_weights"),
    ]

    operations = [
        migrations.CreateModel(
            name="Reservation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("plan_version", models.PositiveIntegerField()),
                ("later", models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                "verbose_name": "reservation",
                "verbose_name_plural": "reservations",
                "ordering": ["-pk"],
            },
        ),
        migrations.AlterField(
            model_name="appointment",
            name="cancel_reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("patient", "the patient cannot come"),
                    ("illness", "the patient is ill"),
                    ("practitioner", "the practitioner is away"),
                    ("clinic", "the clinic cannot offer it"),
                    ("mistake", "booked by mistake"),
                    ("expired", "the reservation ran out"),
                    ("given-back", "the reservation was given back"),
                ],
                max_length=16,
                verbose_name="reason for cancelling",
            ),
        ),
        migrations.AlterField(
            model_name="historicalappointment",
            name="cancel_reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("patient", "the patient cannot come"),
                    ("illness", "the patient is ill"),
                    ("practitioner", "the practitioner is away"),
                    ("clinic", "the clinic cannot offer it"),
                    ("mistake", "booked by mistake"),
                    ("expired", "the reservation ran out"),
                    ("given-back", "the reservation was given back"),
                ],
                max_length=16,
                verbose_name="reason for cancelling",
            ),
        ),
        migrations.AddIndex(
            model_name="appointment",
            index=models.Index(
                condition=models.Q(("status", "reserved")), fields=["reserved_until"], name="appointment_reserved"
            ),
        ),
        migrations.AddField(
            model_name="reservation",
            name="booking",
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to="scheduling.bookingkey"),
        ),
        migrations.AddField(
            model_name="reservation",
            name="plan",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="reservations", to="scheduling.treatmentplan"
            ),
        ),
        migrations.RunPython(let_administrators_look, migrations.RunPython.noop),
    ]

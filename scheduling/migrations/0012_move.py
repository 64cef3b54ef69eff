"""Moves: appointments moved together by one press, so that it can be undone."""

import django.db.models.deletion
from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.db import migrations, models


def let_administrators_look(apps, schema_editor):
    """Permissions are otherwise made only after the last migration."""
    config = apps.get_app_config("scheduling")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    wanted = apps.get_model("auth", "Permission").objects.filter(content_type__model__in=["move", "moveline"])
    for group in apps.get_model("auth", "Group").objects.filter(name="administrator"):
        group.permissions.add(*wanted)


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0011_extra_hours"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Move",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "follows",
                    models.CharField(
                        choices=[
                            ("alone", "this only"),
                            ("rest", "this and the rest re-spaced"),
                            ("phase", "until the next phase"),
                        ],
                        max_length=8,
                        verbose_name="what follows",
                    ),
                ),
                ("undone_at", models.DateTimeField(blank=True, null=True, verbose_name="undone at")),
                (
                    "booking",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, to="scheduling.bookingkey", verbose_name="press"
                    ),
                ),
                (
                    "undone_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="undone by",
                    ),
                ),
            ],
            options={
                "verbose_name": "move",
                "verbose_name_plural": "moves",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="MoveLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(verbose_name="version")),
                ("from_starts", models.DateTimeField(verbose_name="start before")),
                ("from_ends", models.DateTimeField(verbose_name="end before")),
                ("to_starts", models.DateTimeField(verbose_name="starts")),
                (
                    "appointment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="moves",
                        to="scheduling.appointment",
                        verbose_name="appointment",
                    ),
                ),
                (
                    "from_equipment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="scheduling.equipment",
                        verbose_name="equipment before",
                    ),
                ),
                (
                    "from_practitioner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="scheduling.practitioner",
                        verbose_name="practitioner before",
                    ),
                ),
                (
                    "from_room",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="scheduling.room",
                        verbose_name="room before",
                    ),
                ),
                (
                    "move",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="scheduling.move",
                        verbose_name="move",
                    ),
                ),
                (
                    "to_equipment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="scheduling.equipment",
                        verbose_name="equipment",
                    ),
                ),
                (
                    "to_practitioner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="scheduling.practitioner",
                        verbose_name="practitioner",
                    ),
                ),
                (
                    "to_room",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="scheduling.room",
                        verbose_name="room",
                    ),
                ),
            ],
            options={
                "verbose_name": "moved appointment",
                "verbose_name_plural": "moved appointments",
                "ordering": ["pk"],
                "constraints": [models.UniqueConstraint(fields=("move", "appointment"), name="moved_once_by_a_press")],
            },
        ),
        migrations.RunPython(let_administrators_look, migrations.RunPython.noop),
    ]

"""What proposals weigh at each site, and the popular hours; administrators may edit both."""

import django.core.validators
import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.db import migrations, models

NEW = ("bookingweights", "historicalbookingweights", "popularhours", "historicalpopularhours")


def let_administrators(apps, schema_editor):
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    # Permissions are otherwise made only after the last migration.
    config = apps.get_app_config("scheduling")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    granted = Permission.objects.filter(content_type__app_label="scheduling", content_type__model__in=NEW)
    for group in Group.objects.filter(name="administrator"):
        group.permissions.add(*granted)


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0004_keep_apart"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BookingWeights",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "early",
                    models.PositiveSmallIntegerField(
                        default=3,
                        help_text="Each day earlier than the ideal gap after the sitting before.",
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="early",
                    ),
                ),
                (
                    "late",
                    models.PositiveSmallIntegerField(
                        default=2,
                        help_text="Each day later than the ideal gap after the sitting before.",
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="late",
                    ),
                ),
                (
                    "drift",
                    models.PositiveSmallIntegerField(
                        default=2,
                        help_text="Each day between a sitting and its ideal date.",
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="drift",
                    ),
                ),
                (
                    "off_days",
                    models.PositiveSmallIntegerField(
                        default=12,
                        help_text="A sitting not on the patient's days.",
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="off the days",
                    ),
                ),
                (
                    "off_hours",
                    models.PositiveSmallIntegerField(
                        default=8,
                        help_text="A sitting not within the patient's hours.",
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="off the hours",
                    ),
                ),
                (
                    "other_practitioner",
                    models.PositiveSmallIntegerField(
                        default=6,
                        help_text="A sitting with another practitioner than the patient's, else the plan's.",
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="another practitioner",
                    ),
                ),
                (
                    "change_of_practitioner",
                    models.PositiveSmallIntegerField(
                        default=6,
                        help_text="A sitting with another practitioner than the sitting before.",
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="change of practitioner",
                    ),
                ),
                (
                    "off_usual_weekday",
                    models.PositiveSmallIntegerField(
                        default=12,
                        help_text="A sitting not on the usual weekday of the cycle.",
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="off the usual weekday",
                    ),
                ),
                (
                    "off_usual_time",
                    models.PositiveSmallIntegerField(
                        default=6,
                        help_text="A sitting that starts outside the usual half hour.",
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="off the usual time",
                    ),
                ),
                (
                    "leftover",
                    models.PositiveSmallIntegerField(
                        default=2,
                        help_text="Each side of a sitting on which the practitioner is left a gap too short to use.",
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="unusable gap",
                    ),
                ),
                (
                    "popular_hour",
                    models.PositiveSmallIntegerField(
                        default=3,
                        help_text="A sitting of a long course (8 sittings or more) that starts in a popular hour.",
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="popular hour",
                    ),
                ),
                (
                    "useful_minutes",
                    models.PositiveSmallIntegerField(
                        default=15,
                        help_text="A free gap shorter than this is too short to use.",
                        validators=[
                            django.core.validators.MinValueValidator(5),
                            django.core.validators.MaxValueValidator(120),
                        ],
                        verbose_name="shortest useful gap, minutes",
                    ),
                ),
                (
                    "site",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="weights",
                        to="scheduling.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "booking weights",
                "verbose_name_plural": "booking weights",
            },
        ),
        migrations.CreateModel(
            name="HistoricalBookingWeights",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                (
                    "early",
                    models.PositiveSmallIntegerField(
                        default=3,
                        help_text="Each day earlier than the ideal gap after the sitting before.",
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="early",
                    ),
                ),
                (
                    "late",
                    models.PositiveSmallIntegerField(
                        default=2,
                        help_text="Each day later than the ideal gap after the sitting before.",
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="late",
                    ),
                ),
                (
                    "drift",
                    models.PositiveSmallIntegerField(
                        default=2,
                        help_text="Each day between a sitting and its ideal date.",
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="drift",
                    ),
                ),
                (
                    "off_days",
                    models.PositiveSmallIntegerField(
                        default=12,
                        help_text="A sitting not on the patient's days.",
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="off the days",
                    ),
                ),
                (
                    "off_hours",
                    models.PositiveSmallIntegerField(
                        default=8,
                        help_text="A sitting not within the patient's hours.",
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="off the hours",
                    ),
                ),
                (
                    "other_practitioner",
                    models.PositiveSmallIntegerField(
                        default=6,
                        help_text="A sitting with another practitioner than the patient's, else the plan's.",
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="another practitioner",
                    ),
                ),
                (
                    "change_of_practitioner",
                    models.PositiveSmallIntegerField(
                        default=6,
                        help_text="A sitting with another practitioner than the sitting before.",
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="change of practitioner",
                    ),
                ),
                (
                    "off_usual_weekday",
                    models.PositiveSmallIntegerField(
                        default=12,
                        help_text="A sitting not on the usual weekday of the cycle.",
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="off the usual weekday",
                    ),
                ),
                (
                    "off_usual_time",
                    models.PositiveSmallIntegerField(
                        default=6,
                        help_text="A sitting that starts outside the usual half hour.",
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="off the usual time",
                    ),
                ),
                (
                    "leftover",
                    models.PositiveSmallIntegerField(
                        default=2,
                        help_text="Each side of a sitting on which the practitioner is left a gap too short to use.",
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="unusable gap",
                    ),
                ),
                (
                    "popular_hour",
                    models.PositiveSmallIntegerField(
                        default=3,
                        help_text="A sitting of a long course (8 sittings or more) that starts in a popular hour.",
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="popular hour",
                    ),
                ),
                (
                    "useful_minutes",
                    models.PositiveSmallIntegerField(
                        default=15,
                        help_text="A free gap shorter than this is too short to use.",
                        validators=[
                            django.core.validators.MinValueValidator(5),
                            django.core.validators.MaxValueValidator(120),
                        ],
                        verbose_name="shortest useful gap, minutes",
                    ),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="scheduling.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical booking weights",
                "verbose_name_plural": "historical booking weights",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalPopularHours",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                (
                    "weekday",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        choices=[
                            (0, "Monday"),
                            (1, "Tuesday"),
                            (2, "Wednesday"),
                            (3, "Thursday"),
                            (4, "Friday"),
                            (5, "Saturday"),
                            (6, "Sunday"),
                        ],
                        help_text="Empty: every day.",
                        null=True,
                        verbose_name="weekday",
                    ),
                ),
                ("starts", models.TimeField(verbose_name="from")),
                ("ends", models.TimeField(verbose_name="until")),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="scheduling.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical popular hours",
                "verbose_name_plural": "historical popular hours",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="PopularHours",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "weekday",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        choices=[
                            (0, "Monday"),
                            (1, "Tuesday"),
                            (2, "Wednesday"),
                            (3, "Thursday"),
                            (4, "Friday"),
                            (5, "Saturday"),
                            (6, "Sunday"),
                        ],
                        help_text="Empty: every day.",
                        null=True,
                        verbose_name="weekday",
                    ),
                ),
                ("starts", models.TimeField(verbose_name="from")),
                ("ends", models.TimeField(verbose_name="until")),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="popular_hours",
                        to="scheduling.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "popular hours",
                "verbose_name_plural": "popular hours",
                "ordering": ["weekday", "starts"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends__gt", models.F("starts"))),
                        name="popular_hours_end_after_start",
                        violation_error_message="The end must be after the start.",
                    )
                ],
            },
        ),
        migrations.RunPython(let_administrators, migrations.RunPython.noop),
    ]

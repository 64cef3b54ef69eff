"""The five documented protocols, the techniques and deliveries a practitioner may know, body areas, and the roles."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

from scheduling.services.protocol_files import SHIPPED, read_folder

# The techniques of source 003; guns (003) and multi-injectors of up to 18 needles (000).
SKILLS = (
    ("point-by-point", "point by point", "punto per punto"),
    ("nappage", "nappage", "nappage"),
    ("epidermal", "epidermal", "epidermica"),
    ("intradermal-wheal", "intradermal wheal", "pomfo intradermico"),
    ("gun", "gun", "pistola"),
    ("multi-injector", "multi-injector", "multi-iniettore"),
)
# Code, names, and the minutes an area adds beyond the first two. That areas add minutes is source 004's; how many is
# the product's own, and editable.
AREAS = (
    ("face", "face", "viso", 5),
    ("chin", "chin", "mento", 5),
    ("scalp", "scalp", "cuoio capelluto", 5),
    ("neck", "neck", "collo", 5),
    ("nape", "nape", "nuca", 5),
    ("shoulders", "shoulders", "spalle", 5),
    ("upper-arms", "upper arms", "braccia", 5),
    ("forearms", "forearms", "avambracci", 5),
    ("hands", "hands", "mani", 5),
    ("upper-back", "upper back", "parte alta della schiena", 10),
    ("lower-back", "lower back", "zona lombare", 5),
    ("breasts", "breasts", "seno", 5),
    ("abdomen", "abdomen", "addome", 5),
    ("flanks", "flanks", "fianchi", 5),
    ("hips", "hips", "anche", 5),
    ("buttocks", "buttocks", "glutei", 5),
    ("thighs", "thighs", "cosce", 10),
    ("inner-thighs", "inner thighs", "interno cosce", 5),
    ("back-of-thighs", "back of thighs", "retro cosce", 10),
    ("knees", "knees", "ginocchia", 5),
    ("lower-legs", "lower legs", "gambe", 10),
    ("calves", "calves", "polpacci", 5),
)
NEVER = {
    "breasts": (
        'Never injected: "Mesotherapy (face and body)", our source 003, allows every part of the body but the breasts. '
        "The same page lists sagging breasts among its indications; the prohibition prevails.",
        'Mai da iniettare: "Mesotherapy (face and body)", la nostra fonte 003, ammette ogni parte del corpo tranne il '
        "seno. La stessa pagina cita il seno cadente fra le indicazioni; prevale il divieto.",
    ),
}
ROLES = ("reception", "doctor", "administrator")
ADMINISTERED = ("clinic", "patients", "scheduling")


def load(apps, schema_editor):
    _load_protocols(apps)
    Skill, Area = apps.get_model("scheduling", "Skill"), apps.get_model("scheduling", "Area")
    for code, english, italian in SKILLS:
        Skill.objects.get_or_create(code=code, defaults={"name_en": english, "name_it": italian})
    for code, english, italian, minutes in AREAS:
        why_en, why_it = NEVER.get(code, ("", ""))
        values = {"name_en": english, "name_it": italian, "extra_minutes": minutes, "injectable": code not in NEVER}
        Area.objects.get_or_create(code=code, defaults={**values, "note_en": why_en, "note_it": why_it})
    _make_roles(apps)


def _load_protocols(apps):
    Protocol, Phase, Line = (apps.get_model("scheduling", name) for name in ("Protocol", "Phase", "AftercareLine"))
    for text in read_folder(SHIPPED):
        if Protocol.objects.filter(key=text.key).exists():
            continue
        protocol = Protocol.objects.create(digest=text.digest, **_known(Protocol, text.values))
        for phase in text.phases:
            Phase.objects.create(protocol=protocol, **_known(Phase, phase))
        for line in text.aftercare:
            Line.objects.create(protocol=protocol, **_known(Line, line))


def _known(model, values):
    """The values this point of the schema's history has columns for; later migrations add theirs."""
    columns = {field.name for field in model._meta.fields}
    return {name: value for name, value in values.items() if name in columns}


def _make_roles(apps):
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    groups = {name: Group.objects.get_or_create(name=name)[0] for name in ROLES}
    # Permissions are otherwise made only after the last migration.
    for label in ADMINISTERED:
        config = apps.get_app_config(label)
        config.models_module = True
        create_permissions(config, apps=apps, verbosity=0)
        config.models_module = None
    groups["administrator"].permissions.add(*Permission.objects.filter(content_type__app_label__in=ADMINISTERED))


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0001_initial"),
        ("patients", "0001_initial"),
        ("clinic", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(load, migrations.RunPython.noop)]

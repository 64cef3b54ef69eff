"""What mesotherapy is used for, by field of medicine, as the sources list it (000, 002, 003, 004)."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Choices = list[tuple[str, Promise | str]]

FIELDS: dict[str, tuple[Promise | str, Choices]] = {
    "aesthetic": (
        _("Aesthetic medicine"),
        [
            ("localised-adiposity", _("localised adiposity")),
            ("pefs", _("PEFS (cellulite)")),
            ("wrinkles", _("wrinkles")),
            ("facial-rejuvenation", _("facial rejuvenation or biorevitalisation")),
            ("sagging-skin", _("sagging skin")),
            ("stretch-marks", _("stretch marks")),
            ("spider-veins", _("spider veins")),
            ("skin-ageing", _("skin ageing")),
        ],
    ),
    "phlebology": (
        _("Phlebology"),
        [
            ("venous-lymphatic-insufficiency", _("venous or lymphatic insufficiency of the lower limbs")),
            ("post-thrombotic", _("post-thrombotic syndrome")),
            ("phlebolymphoedema", _("phlebolymphoedema")),
            ("phlebostatic-ulcer", _("phlebostatic ulcer")),
            ("varicose-eczema", _("varicose eczema")),
            ("hypodermitis", _("hypodermitis")),
            ("superficial-phlebitis", _("superficial phlebitis")),
        ],
    ),
    "pain": (
        _("Pain therapy"),
        [
            ("hip-pain", _("hip pain")),
            ("knee-pain", _("knee pain")),
            ("back-pain", _("back pain")),
            ("rhizarthrosis", _("rhizarthrosis")),
            ("hand-arthrosis", _("arthrosis of the hands")),
            ("tension-headache", _("muscle-tension headache")),
            ("neck-pain", _("neck pain")),
            ("scapulohumeral-periarthritis", _("scapulohumeral periarthritis")),
            ("sciatica", _("sciatica")),
            ("neuralgia", _("neuralgia")),
        ],
    ),
    "sports": (
        _("Sports medicine"),
        [
            ("contusion", _("contusion")),
            ("sprain", _("sprain")),
            ("strain", _("strain injury")),
            ("tendinopathy", _("tendinopathy")),
        ],
    ),
    "dermatology": (
        _("Dermatology"),
        [
            ("keloid", _("keloid")),
            ("hypertrophic-scar", _("hypertrophic scar")),
            ("alopecia", _("alopecia")),
        ],
    ),
}

INDICATIONS: list[tuple[Promise | str, Choices]] = [(label, choices) for label, choices in FIELDS.values()]
NAMES: dict[str, Promise | str] = {code: name for _label, choices in FIELDS.values() for code, name in choices}

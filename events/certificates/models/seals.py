"""With what a centre seals its certificates."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from network.models import Centre, Person


class Seal(models.Model):
    """A key of a centre (or, without one, of the network) and how it is reached. The key itself is never in the database.

    ``reference`` says where it is: the name of a file below the keys' folder, a PKCS#11 URI (RFC 7512), or the address of a
    remote signing service. What must stay secret, such as a PIN, comes from the environment.
    """

    class Kind(models.TextChoices):
        KEY_FILE = "key-file", _("Key file")
        PKCS11 = "pkcs11", _("PKCS#11 device")
        REMOTE = "remote", _("Remote signing service")

    class Level(models.TextChoices):
        """ETSI EN 319 142-1."""

        B_B = "B-B", "PAdES B-B"
        B_T = "B-T", "PAdES B-T"
        B_LT = "B-LT", "PAdES B-LT"
        B_LTA = "B-LTA", "PAdES B-LTA"

    centre = models.ForeignKey(Centre, on_delete=models.PROTECT, null=True, blank=True, related_name="seals")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    reference = models.CharField(_("where the key is"), max_length=500)
    chain = models.TextField(_("certificate and its chain"))  # PEM, the seal's own first
    level = models.CharField(_("level"), max_length=6, choices=Level.choices, default=Level.B_B)
    timestamp_url = models.URLField(_("time-stamping authority"), max_length=300, blank=True)  # RFC 3161
    made_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)

    class Meta:
        ordering = ("-made_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                Coalesce("centre", 0), condition=Q(retired_at__isnull=True), name="one_seal_in_use_per_centre"
            ),
            models.CheckConstraint(condition=Q(level="B-B") | ~Q(timestamp_url=""), name="a_time_stamp_needs_an_authority"),
        ]

    def __str__(self) -> str:
        return f"{self.centre or 'network'}: {self.get_kind_display()} {self.reference}"

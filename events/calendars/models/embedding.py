"""The sites on which a centre shows the network's calendar."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from network.models import Centre


class EmbeddingSite(models.Model):
    """An origin that may show a centre's list in a frame, beside the origin of the centre's own website."""

    centre = models.ForeignKey(Centre, on_delete=models.CASCADE, related_name="embedding_sites")
    origin = models.CharField(_("site"), max_length=200)  # https://www.example.eu, without a path

    class Meta:
        ordering = ("origin",)
        constraints = [models.UniqueConstraint(fields=["centre", "origin"], name="one_row_for_a_site_of_a_centre")]

    def __str__(self) -> str:
        return self.origin

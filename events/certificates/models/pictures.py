"""Which pictures of templates are in the store, and when each was last wanted."""

from django.db import models


class KeptPicture(models.Model):
    """A logo or signature in the store. Its row is written before the file and deleted after it, both under the row's lock.

    A picture that nothing refers to a day after it was last wanted is removed: somebody tried it in a form and left.
    """

    path = models.CharField(max_length=160, unique=True)
    # When it was last uploaded, stored with a template, or taken out of one: until a day later, what is under way may need it.
    wanted_at = models.DateTimeField(db_index=True)
    is_frozen = models.BooleanField(default=False)  # found on a certificate: it stays for ever

    def __str__(self) -> str:
        return self.path

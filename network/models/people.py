"""People, the roles they hold, and the tokens their programs use."""

from functools import cached_property
from typing import Any, ClassVar

import rules
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from network.models.centres import Centre, Organisation
from network.vocabulary import LANGUAGES, validate_time_zone


class PersonManager(BaseUserManager["Person"]):
    """Finds and makes people by e-mail address, upper and lower case alike."""

    def get_by_natural_key(self, email: str | None) -> "Person":
        """The person with this address."""
        return self.get(email__iexact=email)

    def create_user(self, email: str, **fields: Any) -> "Person":
        """Make a person. There are no passwords: one signs in with a code sent to the address."""
        person = self.model(email=self.normalize_email(email).lower(), **fields)
        person.set_unusable_password()
        person.save(using=self._db)
        return person


class Person(AbstractBaseUser):
    """Somebody who signs in. The e-mail address is the name; there is no user name and no password."""

    email = models.EmailField(_("e-mail address"), max_length=254, unique=True)
    name = models.CharField(_("full name"), max_length=160, blank=True)  # as it shall stand on a certificate
    position = models.CharField(_("function"), max_length=120, blank=True)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="people", verbose_name=_("organisation")
    )
    language = models.CharField(_("language"), max_length=8, choices=LANGUAGES, default="en")
    timezone = models.CharField(_("time zone"), max_length=40, default="Europe/Brussels", validators=[validate_time_zone])
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[PersonManager] = PersonManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ("name", "email")
        constraints = [models.UniqueConstraint(Lower("email"), name="one_person_per_email_address")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        """The name, or the address while no name is known."""
        return str(self)

    def has_perm(self, permission: str, subject: Any = None) -> bool:
        """Whether the rules give this permission: for Django and for templates, which ask people."""
        return self.is_active and bool(rules.has_perm(permission, self, subject))

    @cached_property
    def held_roles(self) -> list["Role"]:
        """The person's roles, read once for each request; predicates look here and never query by themselves."""
        return list(self.roles.all())

    def has_role(self, *kinds: str, centre_id: int | None = None) -> bool:
        """Whether the person holds one of these kinds of role, at that centre if one is given."""
        return any(role.kind in kinds and (centre_id is None or role.centre_id == centre_id) for role in self.held_roles)


class Role(models.Model):
    """What somebody may do, at one centre or (secretariat) in the whole network."""

    class Kind(models.TextChoices):
        MEMBER = "member", _("Member")  # belongs to the centre, sees what is open to the network
        ORGANISER = "organiser", _("Organiser")  # runs the centre's events
        COORDINATOR = "coordinator", _("Coordinator")  # an organiser who also appoints people of the centre
        SECRETARIAT = "secretariat", _("Secretariat")  # keeps the network in order; not bound to a centre

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="roles")
    centre = models.ForeignKey(Centre, on_delete=models.PROTECT, null=True, blank=True, related_name="roles")
    kind = models.CharField(_("role"), max_length=12, choices=Kind.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("centre", "kind")
        constraints = [
            models.UniqueConstraint(fields=["person", "centre", "kind"], name="one_role_of_a_kind_at_a_centre"),
            models.UniqueConstraint(fields=["person"], condition=Q(kind="secretariat"), name="one_secretariat_role_a_person"),
            models.CheckConstraint(
                condition=Q(kind="secretariat", centre__isnull=True) | (~Q(kind="secretariat") & Q(centre__isnull=False)),
                name="secretariat_has_no_centre_and_others_have_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_kind_display()}" + (f", {self.centre}" if self.centre else "")


class AccessToken(models.Model):
    """A personal token for the API. Only its SHA-256 is kept; the text is shown once."""

    class Scope(models.TextChoices):
        READ = "read", _("Read")
        WRITE = "write", _("Read and write")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(_("name"), max_length=80)
    hint = models.CharField(max_length=8)  # the last characters, so that its owner tells tokens apart
    digest = models.CharField(max_length=64, unique=True)
    scope = models.CharField(_("scope"), max_length=8, choices=Scope.choices, default=Scope.READ)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"))
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)  # to the hour: not a write for every request

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.name} …{self.hint}"

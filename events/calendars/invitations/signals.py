"""What invitations say to the mail wing above."""

from django.dispatch import Signal

invitation_due = Signal()  # sends invitation: Invitation, which is to be told once more, as it is when the mail leaves

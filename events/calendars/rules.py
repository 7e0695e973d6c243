"""Who may have personal calendar addresses. A feed itself is open to whoever has its address."""

from network.rules import is_own, is_signed_in, permission

permission("events.add_calendar_address", is_signed_in)
permission("events.revoke_calendar_address", is_own)

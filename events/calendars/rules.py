"""Who may have which secret addresses. A feed itself is open to whoever has its address."""

from network.rules import is_own, is_secretariat, is_signed_in, organises_for, permission

permission("events.add_calendar_address", is_signed_in)
permission("events.add_centre_calendar_address", is_signed_in & (organises_for | is_secretariat))  # for a centre
permission("events.read_centre_calendar", organises_for | is_secretariat)  # asked anew each time its address is read
permission("events.change_calendar_address", is_signed_in & is_own)
permission("events.revoke_calendar_address", is_own)
permission("events.wish_of_calendars", is_signed_in)
permission("events.manage_calendar_sources", organises_for | is_secretariat)  # for a centre

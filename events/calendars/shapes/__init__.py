"""What is in the calendars in the shapes that websites and programs read: JSON-LD, jCal, Atom, a list for a frame."""

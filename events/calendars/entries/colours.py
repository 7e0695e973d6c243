"""The colour of each kind of event: a CSS name (RFC 7986 §5.9), and what Apple reads. The hues of the pages."""

from events.programme.models import Event

COLOURS = {
    "": ("teal", "#006B52"),
    Event.Kind.TRAINING: ("seagreen", "#006B52"),
    Event.Kind.VISIT: ("steelblue", "#1F5F99"),
    Event.Kind.CEREMONY: ("goldenrod", "#8A6100"),
}

"""Which device somebody reads on, as far as their browser says, so that their program stands first. Nothing depends on it."""

import re
from enum import Enum

from django.http import HttpRequest

#: The headers that it is read from: an answer that depends on it varies by them (RFC 9110 §12.5.5).
HEADERS = ("Sec-CH-UA-Platform", "User-Agent")
LONGEST = 400  # characters of a header that are looked at


class Device(Enum):
    """What the device is; the value is the kind of system, by which programs are ordered."""

    PHONE_OF_APPLE = "apple"
    MAC = "mac"
    WINDOWS = "windows"
    ANDROID = "android"
    CHROME = "chrome"
    LINUX = "linux"
    UNKNOWN = ""

    @property
    def is_phone(self) -> bool:
        """Held in the hand: it need not scan its own screen."""
        return self in {Device.PHONE_OF_APPLE, Device.ANDROID}


# As browsers name it in Sec-CH-UA-Platform (UA Client Hints §3.6).
_PLATFORMS = {
    "ios": Device.PHONE_OF_APPLE,
    "macos": Device.MAC,
    "windows": Device.WINDOWS,
    "android": Device.ANDROID,
    "chrome os": Device.CHROME,
    "chromium os": Device.CHROME,
    "linux": Device.LINUX,
}
# In User-Agent. In this order: Android calls itself a Linux too, and an iPhone “like Mac OS X”. An iPad says it is a Mac.
_AGENTS = (
    (re.compile(r"\b(?:iPhone|iPad|iPod)\b"), Device.PHONE_OF_APPLE),
    (re.compile(r"\bAndroid\b"), Device.ANDROID),
    (re.compile(r"\bWindows\b"), Device.WINDOWS),
    (re.compile(r"\bCrOS\b"), Device.CHROME),
    (re.compile(r"\b(?:Macintosh|Mac OS X)\b"), Device.MAC),
    (re.compile(r"\b(?:Linux|X11)\b"), Device.LINUX),
)


def device_of(request: HttpRequest | None) -> Device:
    """The device of a request. Notes on the request that the answer varies by it; see ``network.middleware``."""
    if request is None:
        return Device.UNKNOWN
    request.varies_on = {*getattr(request, "varies_on", ()), *HEADERS}  # type: ignore[attr-defined]
    platform = request.headers.get("Sec-CH-UA-Platform", "")[:LONGEST].strip().strip('"').lower()
    if platform in _PLATFORMS:
        return _PLATFORMS[platform]
    agent = request.headers.get("User-Agent", "")[:LONGEST]
    return next((device for pattern, device in _AGENTS if pattern.search(agent)), Device.UNKNOWN)

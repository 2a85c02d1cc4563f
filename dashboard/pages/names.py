"""Ids of the frame, which every page may use."""

from typing import Final

WHERE: Final = "where"
PAGE: Final = "page"
NAV: Final = "nav"
NOTIFICATIONS: Final = "notifications"
#: The operator's name, in the top bar.
OPERATOR: Final = "operator"
#: "dark" or "light".
THEME: Final = "theme"
#: What the browser asks for: {verb, rows, ...}.
ALARM_REQUEST: Final = "alarm-request"
#: The parameter the drawer is about: {spacecraft, subsystem, parameter, now, at}.
CHOSEN: Final = "chosen"

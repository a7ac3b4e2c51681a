"""The colours and measures of the window, by name, for light and dark.

Contrast: every text token on its background is at least 4.5 : 1 (WCAG 2.2, 1.4.3), what shows the state of a
control (`outline`, `accent`) 3 : 1 (1.4.11); a test computes it.
"""

from __future__ import annotations

import msgspec

TEXT_PX = 13
SMALL_PX = 12
SECTION_PX = 15
TITLE_PX = 20
FIELD_HEIGHT = 32
ACTION_ROW = 34
TALL_ACTION_ROW = 50
NAVIGATION_WIDTH = 168
GAP = 12
CARD_PADDING = 16
LEAST_CONTRAST = 4.5  # of words on their ground (WCAG 2.2, 1.4.3)


class Tokens(msgspec.Struct, frozen=True):
    """One theme. `*_soft` is the quiet background that goes with the text colour of the same name."""

    dark: bool
    page: str
    card: str
    navigation: str
    field: str
    field_disabled: str
    line: str
    line_strong: str
    outline: str
    text: str
    muted: str
    accent: str
    accent_hover: str
    accent_pressed: str
    on_accent: str
    progress: str
    link: str
    selected: str
    hover: str
    stripe: str
    good: str
    good_soft: str
    warn: str
    warn_soft: str
    bad: str
    bad_soft: str
    quiet_soft: str


LIGHT = Tokens(
    dark=False,
    page="#F4F6F9",
    card="#FFFFFF",
    navigation="#FFFFFF",
    field="#FFFFFF",
    field_disabled="#F5F7FA",
    line="#D9DEE6",
    line_strong="#B9C1CD",
    outline="#868F9C",
    text="#1B2430",
    muted="#596474",
    accent="#1F6FEB",
    accent_hover="#1A62D3",
    accent_pressed="#1655B8",
    on_accent="#FFFFFF",
    progress="#A9CBFA",
    link="#1660D2",
    selected="#E2EDFD",
    hover="#EEF2F7",
    stripe="#F8FAFC",
    good="#1B7340",
    good_soft="#E1F4E8",
    warn="#8A5700",
    warn_soft="#FFF2D6",
    bad="#B42323",
    bad_soft="#FDE9E8",
    quiet_soft="#EBEEF3",
)

DARK = Tokens(
    dark=True,
    page="#15191F",
    card="#1D232B",
    navigation="#191E25",
    field="#161B22",
    field_disabled="#1A2028",
    line="#343D49",
    line_strong="#4B5767",
    outline="#748194",
    text="#E6EAF0",
    muted="#A3AEBD",
    accent="#2A6CD6",
    accent_hover="#3577E0",
    accent_pressed="#2768D0",
    on_accent="#FFFFFF",
    progress="#2B559A",
    link="#7DB0FF",
    selected="#213A5E",
    hover="#262E38",
    stripe="#20262F",
    good="#6FD39A",
    good_soft="#17392A",
    warn="#F0C069",
    warn_soft="#40321A",
    bad="#FF9A94",
    bad_soft="#46211F",
    quiet_soft="#2B333E",
)

THEMES = {"light": LIGHT, "dark": DARK}


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two `#RRGGBB` colours (WCAG 2.2, definition of contrast ratio)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def legible(colour: str, tokens: Tokens) -> str:
    """That `#RRGGBB` colour, moved towards the colour of text until it stands out from a card (4.5 : 1)."""
    for part in range(11):
        mixed = _mixed(colour, tokens.text, part / 10)
        if contrast(mixed, tokens.card) >= LEAST_CONTRAST:
            return mixed
    return tokens.text


def _mixed(one: str, other: str, share: float) -> str:
    pairs = ((int(one[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue

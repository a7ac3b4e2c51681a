"""What a widget needs to draw itself: the colours and the icons of the present theme."""

from __future__ import annotations

import msgspec

from app.ui.icons import Icons
from app.ui.tokens import Tokens


class Look(msgspec.Struct, frozen=True):
    """Colours and icons of one theme. The window is built anew when the theme changes."""

    tokens: Tokens
    icons: Icons

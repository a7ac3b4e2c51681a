"""Three people at work in a real window: key strokes in, pictures out (docs/pictures).

`python -m tools.sessions [designer|applicant|coordinator]`; needs Debian's
xvfb, xdotool, x11-xserver-utils and openbox.
"""

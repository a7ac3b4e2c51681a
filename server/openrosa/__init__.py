"""OpenRosa: phones with ODK Collect or KoboCollect fetch forms here and send what they filled in."""

"""SVP/1, the survey sync protocol: messages, their bytes, and the interface that both ends implement."""

"""`cunjiang-server` as it is handed over."""

from server.__main__ import main

if __name__ == "__main__":
    main()

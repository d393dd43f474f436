"""`python -m hindcast` is the command `hindcast`."""

from hindcast.kit.cli import main

if __name__ == "__main__":
    main()

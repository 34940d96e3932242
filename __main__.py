"""The command line as ``python -m groupsparse``, the same as the command ``groupsparse``."""

from .apps.cli import main

if __name__ == "__main__":
    main()

"""`python -m genner` is the `genner` command."""

import sys

from genner.cli import main

if __name__ == "__main__":
    sys.exit(main())

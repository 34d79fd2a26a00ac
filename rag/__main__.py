"""`python -m rag`, the same as the `rag` command."""

import sys


def main() -> None:
    """Run the command line and exit with its status."""
    from rag.cli import main as run

    sys.exit(run())


if __name__ == "__main__":
    main()

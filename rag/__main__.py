"""`python -m rag`, the same as the `rag` command."""

import sys


def main() -> None:
    """Run the command line and exit with its status."""
    try:
        from rag.cli import main as run

        status = run()
    except KeyboardInterrupt:  # while the modules are read, where nothing is begun yet
        status = 130
    sys.exit(status)


if __name__ == "__main__":
    main()

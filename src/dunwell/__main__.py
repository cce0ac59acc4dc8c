"""`python -m dunwell` and the `dunwell` command."""

from dunwell.cli import main

if __name__ == "__main__":
    main()

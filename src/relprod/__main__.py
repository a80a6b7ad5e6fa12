"""`python -m relprod` is `relprod`."""

from relprod.cli.main import main

if __name__ == "__main__":
    main()

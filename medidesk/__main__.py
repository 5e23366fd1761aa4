"""`python -m medidesk` is `medidesk`."""

from medidesk.cli import main

if __name__ == "__main__":
    main()

"""``python -m cpsl_cli``."""

from cpsl_cli.main import main

if __name__ == "__main__":
    main()

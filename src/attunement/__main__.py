"""Run the command line with ``python -m attunement``."""

from attunement.cli.main import run

if __name__ == "__main__":
    run()

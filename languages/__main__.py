"""`python -m languages update` brings the catalogues up to the code; `compile` makes what is read of them."""

import sys

from languages.compiling import compile_all
from languages.extraction import update


def main(arguments: list[str]) -> int:
    """Run the command and return the exit code for the shell."""
    match arguments:
        case ["update"]:
            for line in update():
                print(line)
        case ["compile"]:
            compile_all()
        case _:
            print(__doc__)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`python -m reporter`: the same as the command `reporter`."""

from reporter.commands import main

main(prog_name="reporter")

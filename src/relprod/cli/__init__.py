"""The command line: parse, call, print, exit code. Nothing here computes, and heavy libraries are imported by the commands."""

"""What can be said on the command line: one file per command, each option declared once, as a field."""

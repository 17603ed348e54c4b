"""What the terminal and the pipe share: an app with its store, who talks to it, and how a turn is ended."""

"""What the terminal and the pipe share: who sits where, what they can say."""

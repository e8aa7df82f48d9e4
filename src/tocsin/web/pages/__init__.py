"""Server-drawn pages: one file a noun. They hold no rule; each button is a command."""

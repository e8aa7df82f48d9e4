"""The command line: one file a noun. Heavy imports happen inside functions, so that help is quick."""

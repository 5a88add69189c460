"""Kit for terminals that knows no question: output, options, and the word on first compilations."""

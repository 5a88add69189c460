"""One folder a question: its answer, its terminal, its map and its report."""

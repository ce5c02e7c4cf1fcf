"""From bytes to tokens: vocabularies, and guides that name the tokens that may come next."""

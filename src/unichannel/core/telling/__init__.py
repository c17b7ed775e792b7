"""How decisions are told to people: clauses of a code and its values, and the words of each language for them."""

"""The simulated customer world: a brand's customers from a seed, as vendor rows and as the truth."""

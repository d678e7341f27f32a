"""Forms of towns."""

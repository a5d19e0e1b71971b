"""Network, disk and SQL, and nothing else; adapters know the schema and the settings only."""

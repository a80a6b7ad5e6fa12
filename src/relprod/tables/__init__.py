"""What comes in: table schemas, reading, checking, and findings about all of it."""

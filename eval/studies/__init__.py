"""The studies: each is a folder that measures what decides its claims."""

"""What a store holds, into files and back again; and ranges of it named to be kept.

They stand above the programs, and work on any store while ingest runs.
"""

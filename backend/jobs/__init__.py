"""The ledger of work: what waits, runs, failed, and the workers that do it."""

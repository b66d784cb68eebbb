"""Speech: engines that hear and engines that speak, behind one protocol each, and what audio they are given."""

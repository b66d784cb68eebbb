"""What was done, by whom, on what and from where: recorded so that nobody can change it unseen."""

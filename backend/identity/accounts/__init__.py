"""Local accounts: for installations whose users do not come from Nextcloud."""

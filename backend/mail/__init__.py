"""A user's mail over IMAP and SMTP, or by Nextcloud Mail."""

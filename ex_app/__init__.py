"""The door to Nextcloud: AppAPI's lifecycle, authentication, registrations and callbacks. No business logic."""

"""What VoiceAssist knows of Nextcloud: files over WebDAV, and the sample server that stands in for one."""

"""Sound in a file's format, made into samples in a child process: files are made by strangers, and FFmpeg is C."""

"""VoiceAssist for Nextcloud: the house behind the door (`ex_app`) and the face (`js`)."""

import os

__version__ = "0.1.0"

# Read by numpy when it is first imported. Our products of matrices are small: a second thread for them gains nothing,
# and waits for the embedding engine's threads, which costs half as much again as embedding itself (`make bench-index`).
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

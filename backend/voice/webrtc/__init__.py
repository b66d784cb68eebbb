"""Sessions over WebRTC, by aiortc (extra `webrtc`). Nothing in here is imported where the extra is not installed."""

"""A spoken conversation around turns: transport, voice activity, turn taking, barge-in, speech."""

"""Good speech on this machine, with sherpa-onnx (extra `speech`) and models that an administrator fetches."""

"""Streams: stages, pipeline, Faust app, sink, dead letters, gateway and the command line."""

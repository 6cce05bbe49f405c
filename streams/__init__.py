"""The flow: stages, pipeline, Faust app, sink, dead letters and the command line."""

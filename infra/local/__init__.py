"""The local stack: real servers that need neither Docker nor a JVM, supervised on loopback."""

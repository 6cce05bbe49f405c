"""Whether the data is sound: declared checks on windows of it. Where one fails people are told, and nothing is retrained."""

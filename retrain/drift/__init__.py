"""Whether the reviews of a window, or how well they are judged, differ from what the champion began with."""

"""Pure parts of labelling: usefulness, similarity, selection, the labelling session."""

"""Networks: ids in, logits out, one file each (Keras 3)."""

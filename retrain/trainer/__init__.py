"""The trainer: requests for a better model in, registered challengers or reasoned rejections out."""

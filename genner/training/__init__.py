"""Training data, fine-tuning and generation: thin, over transformers and peft (extra `training`)."""

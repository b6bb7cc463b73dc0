"""The flat read model: lists, filters, search and product answers read it and nothing else."""

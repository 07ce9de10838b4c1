"""What `splitboard train`, `baselines` and the like print and do: one command or table a file."""

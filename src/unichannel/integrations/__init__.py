"""Ways to have ``run_due`` called: each module imports its library when it is used, and no sooner."""

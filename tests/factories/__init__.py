"""What tests are made of; each room's things in a module of its name."""

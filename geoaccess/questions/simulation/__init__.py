"""What the system does when somebody is on the road already: calls and crews of many years."""

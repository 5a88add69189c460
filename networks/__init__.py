"""Roads, ferries, boats and air as one network, and minutes between points on it."""

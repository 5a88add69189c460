"""What the journeys cost that people make often: kilometres, hours, ferries, money, by place."""

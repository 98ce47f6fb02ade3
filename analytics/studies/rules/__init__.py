"""Rule lab: what trading a level by a rule would have earned, beside chance and buy-and-hold."""

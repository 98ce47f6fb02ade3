"""What markets elsewhere do while New York is closed, and the open that futures imply."""

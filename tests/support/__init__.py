"""What tests share: builders, small inputs, a loopback Yahoo, servers, waiting."""

"""The newsletter: what goes out, who reads it, and what a mail server says of an address."""

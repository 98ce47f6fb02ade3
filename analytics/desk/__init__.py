"""Facade of the analytics layer: a Question in, an Answer out."""

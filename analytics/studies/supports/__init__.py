"""Supports: does the support hold, and which is the next below?"""

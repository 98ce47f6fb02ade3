"""How often did a moving average hold, beside what chance gives?"""

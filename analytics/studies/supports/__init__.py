"""Does support hold, and what is the next support below?"""

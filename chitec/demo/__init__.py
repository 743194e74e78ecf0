"""The demo show: the 22nd CHITEC from the organisers' own figures, filled with people and firms that do not exist.

`making.make` does it all in one transaction. The same seed gives the same rows, whatever the machine and the hour:
each part draws from a random source of its own, and every moment is of the show's own calendar.
"""

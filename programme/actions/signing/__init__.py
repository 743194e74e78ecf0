"""What visitors and staff do with places in sessions; the only code that changes these rows.

One lock order for all of it: tickets by primary key, then the places of sessions by primary key, then sign-ups. The
places are the queue that everybody of a session passes: nobody is overtaken, and two who swap do not wait in a circle.
An act on the programme takes the show's pen first.
"""

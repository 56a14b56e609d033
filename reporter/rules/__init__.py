"""What is known: symptoms, rules and check-ins with their sources, and the decision they lead to.

Pure: no database, no web, no clock.
"""

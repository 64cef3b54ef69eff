"""What runs in the peers' own environment: django-appointment's search, and a general solver.

Nothing here imports the application; questions and answers are JSON.
"""

"""The standing referee: awkward placement problems, solved by ``optimise`` and by plain enumeration.

``python -m tests.referee --hours 4`` goes on for four hours with new seeds; ``--seed N`` repeats one problem. The
enumeration shares no code with ``optimise``: it is written from the formulations in the models' docstrings.
"""

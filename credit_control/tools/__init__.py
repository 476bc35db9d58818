"""The arithmetic and the rules of credit control, in plain Python.

Nothing here imports odoo: frozen dataclasses go in, dataclasses come out, and every
function can be tried in a Python prompt. The services in ``models/`` collect the
facts, call these functions and record the outcome.
"""

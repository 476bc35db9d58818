"""Confirm one order of a typical customer, gate on"""

import sides
from targets import extra_queries, times

TARGETS = [times(1.25, "plain"), extra_queries(4)]


def plain(env):
    return sides.quotations(env, sides.typical(env)).action_confirm


ours = oca = plain

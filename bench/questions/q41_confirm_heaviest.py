"""Confirm one order of the heaviest customer, gate on"""

import sides
from targets import times

TARGETS = [times(1.4, "plain")]


def plain(env):
    return sides.quotations(env, sides.heaviest(env)).action_confirm


ours = oca = plain

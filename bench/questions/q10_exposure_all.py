"""Exposure of all customers, all parts"""

import floor as plain_sql
import sides
from targets import faster, linear, times

TARGETS = [times(1.5, "floor"), faster(20, "plain"), faster(20, "oca"), linear(1.3)]


def ours(env):
    return sides.measure_exposure(env, sides.everybody(env))


def floor(env):
    return plain_sql.fetch(env)


def plain(env):
    return sides.native_exposure(env, sides.everybody(env))


def oca(env):
    return sides.oca_exposure(env, sides.everybody(env))

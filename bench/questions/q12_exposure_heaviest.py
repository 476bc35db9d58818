"""Exposure of the heaviest customer"""

import floor as plain_sql
import sides
from targets import growth, within

TARGETS = [within(10), growth(1.3)]


def ours(env):
    return sides.measure_exposure(env, sides.heaviest(env))


def floor(env):
    return plain_sql.fetch(env, sides.heaviest(env).ids)


def plain(env):
    return sides.native_exposure(env, sides.heaviest(env))


def oca(env):
    return sides.oca_exposure(env, sides.heaviest(env))

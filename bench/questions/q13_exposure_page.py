"""Exposure of a list page of 80"""

import floor as plain_sql
import sides
from targets import growth, within

TARGETS = [within(40), growth(1.3)]


def ours(env):
    return sides.measure_exposure(env, sides.page(env))


def floor(env):
    return plain_sql.fetch(env, sides.page(env).ids)


def plain(env):
    return sides.native_exposure(env, sides.page(env))


def oca(env):
    return sides.oca_exposure(env, sides.page(env))

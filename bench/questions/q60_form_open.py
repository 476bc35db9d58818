"""Open the form of a quotation, as the web client reads it"""

import sides
from targets import times

TARGETS = [times(1.1, "plain")]


def plain(env):
    order = sides.quotations(env, sides.typical(env))
    specification = sides.form_specification(order)
    return lambda: order.web_read(specification)


ours = oca = plain

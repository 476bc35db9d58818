"""100 orders in one action_confirm"""

from questions.q45_confirm_100_list import plain
from targets import extra_queries, times

TARGETS = [times(1.1, "plain"), extra_queries(12)]
ours = oca = plain

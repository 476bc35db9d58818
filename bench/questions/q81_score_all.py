"""First scores of all customers, in the batches of the job, behaviour included"""

import assessment
from targets import each

TARGETS = [each(2.4)]  # two minutes for 50,000


def ours(env):
    files = assessment.everybody(env)
    assessment.forget_scores(env)
    return lambda: assessment.score(files)

from . import test_delivery
from . import test_delivery_decision
from . import test_delivery_dunning
from . import test_delivery_paths
from . import test_delivery_people
from . import test_delivery_rpc
from . import test_evidence

from . import credit_collection_evidence
from . import credit_gate
from . import credit_gate_refusal
from . import credit_hold
from . import sale_order
from . import stock_picking
from . import stock_picking_notice
from . import stock_picking_surplus

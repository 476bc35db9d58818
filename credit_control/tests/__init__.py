from . import (
    test_exposure,
    test_exposure_orders,
    test_gate,
    test_gate_growth,
    test_gate_paths,
    test_gate_race,
)

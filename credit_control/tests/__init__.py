from . import (
    test_authority,
    test_exposure,
    test_exposure_line,
    test_exposure_orders,
    test_exposure_property,
    test_exposure_viewers,
    test_hold,
    test_hold_decision,
)

from . import (
    test_exposure,
    test_exposure_line,
    test_exposure_orders,
    test_exposure_viewers,
    test_hold,
)

from . import (
    test_exposure,
    test_exposure_orders,
)

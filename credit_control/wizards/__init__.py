from . import (
    base_partner_merge,
    credit_confirm_summary,
    credit_force_hold,
    credit_hold_decision,
    credit_release_request,
)

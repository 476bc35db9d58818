from . import (
    base_partner_merge,
    credit_confirm_summary,
    credit_dunning_pause,
    credit_force_hold,
    credit_hold_decision,
    credit_limit_wizard,
    credit_promise_wizard,
    credit_release_request,
    credit_settings,
    credit_statement_wizard,
    res_config_settings,
)

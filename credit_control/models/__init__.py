from . import (
    credit_authority,
    credit_file,
    credit_grade,
    credit_group,
    credit_hold,
    credit_insurance_cover,
    credit_insurance_policy,
    credit_limit_line,
    res_company,
    res_config_settings,
    res_partner,
)

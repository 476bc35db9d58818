{
    "name": "Credit Control",
    "summary": "Credit limits, holds and releases for everything you sell on credit",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "license": "LGPL-3",
    "author": "credit_control contributors",
    "application": True,
    "depends": ["account", "contacts", "sale_management"],
    "data": [
        "security/credit_groups.xml",
        "security/ir.model.access.csv",
        "security/credit_hold_rules.xml",
        "data/credit_hold_data.xml",
        "security/credit_gate_rules.xml",
        "data/credit_rule_data.xml",
        "views/credit_rule_views.xml",
    ],
}

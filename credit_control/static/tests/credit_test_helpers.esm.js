import {fields, models} from "@web/../tests/web_test_helpers";
import {mailModels} from "@mail/../tests/mail_test_helpers";

/** A quotation over 3,234.00 against a limit of 10,000.00 of which 8,000.00 is used. */
export function orderPanel(values = {}) {
    return {
        checked: true,
        outcome: "hold",
        headline: "Would be held at confirmation",
        currency_id: 1,
        limit: 10000,
        limit_label: "own limit",
        used: 8000,
        order: 3234,
        available: 2000,
        after: -1234,
        used_pct: 80,
        after_pct: 112.34,
        reasons: [
            {
                code: "limit_used",
                severity: "hold",
                text: "The limit would be used to 112 %.",
                next_step: "Ask for a release.",
            },
        ],
        ways: [{code: "payment", amount: 1234, text: "Pay at least 1,234.00"}],
        hold: null,
        file_id: 7,
        can_open_file: true,
        as_of: "2026-06-15 08:05",
        ...values,
    };
}

/** The same order over 1,000.00: it may go. */
export function passPanel(values = {}) {
    return orderPanel({
        outcome: "pass",
        headline: "May go",
        order: 1000,
        after: 1000,
        after_pct: 90,
        reasons: [],
        ways: [],
        ...values,
    });
}

/** A customer who uses 7,800.00 of 10,000.00, with a part that is not counted. */
export function filePanel(values = {}) {
    return {
        currency_id: 1,
        limit: 10000,
        limit_mode: "amount",
        limit_label: "$ 10,000.00 · own limit",
        used: 7800,
        available: 2200,
        used_pct: 78,
        level: "ok",
        parts: [
            {code: "not_due", label: "Not due", amount: 6820, counted: true, sign: 1},
            {code: "overdue", label: "Overdue", amount: 1980, counted: true, sign: 1},
            {code: "drafts", label: "Drafts", amount: 400, counted: false, sign: 1},
            {code: "notes", label: "Notes", amount: 0, counted: true, sign: 1},
            {code: "credits", label: "Credits", amount: 1000, counted: true, sign: -1},
        ],
        group: null,
        overdue_days: 34,
        as_of: "2026-06-15 08:05",
        ...values,
    };
}

/** An order whose panel the (mock) server recomputes when the quantity changes. */
export class Quotation extends models.Model {
    _name = "credit.quotation";

    name = fields.Char();
    qty = fields.Integer({onChange() {}});
    credit_panel = fields.Json({readonly: true});
}

export class CreditFile extends models.Model {
    _name = "credit.file";

    name = fields.Char();
    live_panel = fields.Json({readonly: true});
    utilisation_pct = fields.Float();
}

export class Customer extends models.Model {
    _name = "credit.customer";

    name = fields.Char();
    credit_panel = fields.Json({readonly: true});
}

export const creditModels = {...mailModels, Quotation, CreditFile, Customer};

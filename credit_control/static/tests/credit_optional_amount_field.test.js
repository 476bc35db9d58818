import {
    contains,
    defineModels,
    fields,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {expect, test} from "@odoo/hoot";
import {mailModels} from "@mail/../tests/mail_test_helpers";

class Sheet extends models.Model {
    _name = "credit.test.sheet";

    currency_id = fields.Many2one({relation: "res.currency", default: 1});
    amount = fields.Monetary({currency_field: "currency_id"});

    _records = [
        {id: 1, currency_id: 1, amount: 0},
        {id: 2, currency_id: 1, amount: 12.5},
    ];
}
defineModels({...mailModels, Sheet});

async function mountForm(resId) {
    const saved = [];
    onRpc("credit.test.sheet", "web_save", ({args}) => {
        saved.push(args[1]);
    });
    await mountView({
        type: "form",
        resModel: "credit.test.sheet",
        resId,
        arch: `<form><field name="currency_id" invisible="1"/>
                     <field name="amount" widget="credit_optional_amount"/></form>`,
    });
    return saved;
}

test("zero is shown as zero", async () => {
    await mountForm(1);
    expect(".o_field_widget[name=amount] input").toHaveValue("0.00");
});

test("emptied, the amount is unset and not zero", async () => {
    const saved = await mountForm(2);
    await contains(".o_field_widget[name=amount] input").edit("");
    await contains(".o_form_button_save").click();
    expect(saved).toEqual([{amount: false}]);
});

test("a typed zero is kept as zero", async () => {
    const saved = await mountForm(2);
    await contains(".o_field_widget[name=amount] input").edit("0");
    await contains(".o_form_button_save").click();
    expect(saved).toEqual([{amount: 0}]);
});

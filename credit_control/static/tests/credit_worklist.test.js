import {animationFrame, expect, queryAllTexts, test} from "@odoo/hoot";
import {
    MockServer,
    defineModels,
    fields,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {creditModels} from "./credit_test_helpers.esm";

class CreditDunningWork extends models.Model {
    _name = "credit.dunning.work";
    amount = fields.Integer();
    _records = [{id: 1, amount: 100}];
}

defineModels({...creditModels, CreditDunningWork});

for (const [type, jsClass, arch] of [
    ["list", "credit_worklist", `<field name="amount"/>`],
    [
        "kanban",
        "credit_worklist_kanban",
        `<templates><t t-name="card"><field name="amount"/></t></templates>`,
    ],
]) {
    for (const measured of [true, false]) {
        test(`${type}: shown at once, read again when measured: ${measured}`, async () => {
            onRpc("credit.dunning.work", "measure_if_old", () => {
                expect.step("measure");
                MockServer.env["credit.dunning.work"].write([1], {amount: 70});
                return measured;
            });
            onRpc("credit.dunning.work", "web_search_read", () => {
                expect.step("search");
            });
            await mountView({
                type,
                resModel: "credit.dunning.work",
                arch: `<${type} js_class="${jsClass}">${arch}</${type}>`,
            });
            await animationFrame();
            expect.verifySteps(
                measured ? ["search", "measure", "search"] : ["search", "measure"]
            );
            const [shown] = queryAllTexts(
                "td[name=amount], .o_kanban_record:not(.o_kanban_ghost)"
            );
            expect(shown).toBe(measured ? "70" : "100");
        });
    }
}

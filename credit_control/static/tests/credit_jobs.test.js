import {advanceTime, animationFrame, expect, queryAllTexts, test} from "@odoo/hoot";
import {
    defineModels,
    fields,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {FOLLOW_MS} from "@credit_control/credit_follow/credit_follow";
import {creditModels} from "./credit_test_helpers.esm";

class CreditDunningRun extends models.Model {
    _name = "credit.dunning.run";
    sent_count = fields.Integer();
    is_busy = fields.Boolean();
    _records = [{id: 1, sent_count: 10, is_busy: true}];
}

class CreditDunningWork extends models.Model {
    _name = "credit.dunning.work";
    amount = fields.Integer();
    _records = [{id: 1, amount: 100}];
}

defineModels({...creditModels, CreditDunningRun, CreditDunningWork});

test("a run is read again while a job works on it, and no longer", async () => {
    onRpc("credit.dunning.run", "web_read", () => {
        expect.step("read");
    });
    await mountView({
        type: "form",
        resModel: "credit.dunning.run",
        resId: 1,
        arch: `<form edit="0"><widget name="credit_follow" busy="is_busy"/>
                   <field name="is_busy" invisible="1"/>
                   <field name="sent_count"/></form>`,
    });
    expect.verifySteps(["read"]);
    CreditDunningRun._records[0].sent_count = 60;
    await advanceTime(FOLLOW_MS);
    await animationFrame();
    expect.verifySteps(["read"]);
    expect(queryAllTexts(".o_field_widget[name=sent_count]")).toEqual(["60"]);
    CreditDunningRun._records[0].is_busy = false;
    await advanceTime(FOLLOW_MS);
    await animationFrame();
    expect.verifySteps(["read"]);
    await advanceTime(3 * FOLLOW_MS);
    expect.verifySteps([]);
});

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
                CreditDunningWork._records[0].amount = 70;
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
            const [shown] = queryAllTexts(".o_field_widget[name=amount], td[name=amount]");
            expect(shown).toBe(measured ? "70" : "100");
        });
    }
}

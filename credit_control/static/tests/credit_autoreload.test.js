import {advanceTime, expect, test} from "@odoo/hoot";
import {
    MockServer,
    defineModels,
    fields,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {mailModels} from "@mail/../tests/mail_test_helpers";
import {EVERY} from "@credit_control/credit_autoreload/credit_autoreload.esm";

class Run extends models.Model {
    _name = "run";
    name = fields.Char();
    busy = fields.Boolean();
    _records = [{id: 1, name: "A", busy: true}];
}
defineModels({...mailModels, Run});

const arch = `<form><field name="busy" invisible="1"/><field name="name"/>
    <widget name="credit_autoreload" invisible="not busy"/></form>`;

test("reads anew until the job is done", async () => {
    let reads = 0;
    onRpc("run", "web_read", () => {
        reads++;
        if (reads === 2) {
            MockServer.env.run.write([1], {busy: false});
        }
    });
    await mountView({type: "form", resModel: "run", resId: 1, arch});
    expect(reads).toBe(1);
    expect(".o_credit_autoreload").toHaveCount(1);
    await advanceTime(EVERY);
    expect(reads).toBe(2);
    expect(".o_credit_autoreload").toHaveCount(0);
    await advanceTime(5 * EVERY);
    expect(reads).toBe(2);
});

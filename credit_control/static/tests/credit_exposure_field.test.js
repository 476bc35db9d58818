import {CreditFile, Customer, creditModels, filePanel} from "./credit_test_helpers.esm";
import {
    contains,
    defineModels,
    mockService,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {expect, queryAllTexts, queryOne, test} from "@odoo/hoot";

defineModels(creditModels);

async function mountFile(panel) {
    CreditFile._records = [{id: 7, name: "Bright Tools", live_panel: panel}];
    return await mountView({
        type: "form",
        resModel: "credit.file",
        resId: 7,
        arch: `<form><field name="live_panel" widget="credit_exposure"/></form>`,
    });
}

async function mountCustomer(panel) {
    Customer._records = [{id: 3, name: "Bright Tools", credit_panel: panel}];
    return await mountView({
        type: "form",
        resModel: "credit.customer",
        resId: 3,
        arch: `<form><field name="credit_panel" widget="credit_exposure"/></form>`,
    });
}

/** How much of the half circle is drawn, in percent. */
function gaugeShare() {
    const dash = queryOne(".o_credit_dial_value").getAttribute("stroke-dasharray");
    const [length, whole] = dash.split(" ").map(Number);
    return Math.round((length / whole) * 100);
}

/** Note what is asked of the server and what is then opened. */
function trackDrillDown(action) {
    onRpc("credit.file", "action_open_exposure", ({args}) => {
        expect.step(args);
        return action;
    });
    mockService("action", {
        doAction({res_model: model, views}) {
            expect.step(`${model} ${views.map((view) => view[1])}`);
        },
    });
}

for (const value of [false, null]) {
    test(`shows nothing for the value ${value}`, async () => {
        await mountFile(value);
        expect(".o_field_credit_exposure").toHaveCount(1);
        expect(".o_credit_exposure").toHaveCount(0);
    });
}

for (const [level, word] of [
    ["ok", "Within the limit"],
    ["watch", "Near the limit"],
    ["stop", "Over the limit"],
    ["none", "No limit"],
]) {
    test(`level ${level} is said in colour, icon and word`, async () => {
        await mountFile(filePanel({level}));
        expect(`.o_credit_exposure.o_credit_level_${level}`).toHaveCount(1);
        expect(".o_credit_light .fa").toHaveCount(1);
        expect(".o_credit_light").toHaveText(word);
    });
}

test("a state set by a person or by dunning is said as such", async () => {
    await mountFile(filePanel({level: "stop", word: "Stopped"}));
    expect(".o_credit_exposure.o_credit_level_stop").toHaveCount(1);
    expect(".o_credit_light").toHaveText("Stopped");
});

test("gauge, limit, used and available", async () => {
    await mountFile(filePanel());
    expect(".o_credit_dial_text").toHaveText("78 %");
    expect(gaugeShare()).toBe(78);
    expect(queryAllTexts(".o_credit_sums dd")).toEqual([
        "$ 10,000.00",
        "$ 7,800.00",
        "$ 2,200.00",
    ]);
    expect(".o_credit_limit_label").toHaveText("$ 10,000.00 · own limit");
});

test("the gauge is full and no fuller beyond the limit", async () => {
    await mountFile(
        filePanel({level: "stop", used: 12345, used_pct: 123.45, available: -2345})
    );
    expect(".o_credit_dial_text").toHaveText("124 %");
    expect(gaugeShare()).toBe(100);
    expect(".o_credit_sums .o_credit_negative").toHaveText("$ -2,345.00");
});

test("unlimited credit", async () => {
    const open = {limit: null, available: null, used_pct: null, level: "none"};
    await mountFile(filePanel({...open, limit_mode: "unlimited"}));
    expect(".o_credit_dial_text").toHaveText("∞");
    expect(".o_credit_light").toHaveText("Unlimited");
    expect(queryAllTexts(".o_credit_sums dt")).toEqual(["Used"]);
});

test("no limit set", async () => {
    const open = {limit: null, available: null, used_pct: null, level: "none"};
    await mountFile(filePanel({...open, limit_mode: "unset"}));
    expect(".o_credit_dial_text").toHaveText("–");
    expect(".o_credit_light").toHaveText("No limit");
});

test("no credit granted: full as soon as something is owed", async () => {
    const none = {limit: 0, limit_mode: "none", used_pct: null, level: "stop"};
    await mountFile(filePanel(none));
    expect(".o_credit_dial_text").toHaveText("No credit");
    expect(gaugeShare()).toBe(100);
});

test("no credit granted and nothing owed", async () => {
    const none = {limit: 0, limit_mode: "none", used_pct: 0, level: "ok"};
    await mountFile(filePanel({...none, used: 0, available: 0}));
    expect(".o_credit_dial_text").toHaveText("No credit");
    expect(gaugeShare()).toBe(0);
});

test("the parts add up with their signs; what is not counted says so", async () => {
    await mountFile(filePanel());
    expect(queryAllTexts(".o_credit_parts tbody td")).toEqual([
        "$ 6,820.00",
        "$ 1,980.00",
        "$ 400.00",
        "$ 0.00",
        "$ -1,000.00",
    ]);
    expect("[data-part=drafts]").toHaveClass("o_credit_muted");
    expect("[data-part=drafts] th").toHaveText(/not counted/);
    expect("[data-part=not_due]").not.toHaveClass("o_credit_muted");
    expect("[data-part=not_due] th").toHaveText("Not due");
    expect("[data-part=overdue] th").toHaveText(/oldest 34 days past due/);
    expect(".o_credit_parts tfoot td").toHaveText("$ 7,800.00");
});

test("a part opens its documents", async () => {
    trackDrillDown({res_model: "credit.exposure.line", view_mode: "list,form"});
    await mountFile(filePanel());
    await contains("[data-part=overdue] button").click();
    expect.verifySteps([[[7], "overdue"], "credit.exposure.line list,form"]);
    expect("[data-part=notes] button").toHaveCount(0, {message: "nothing to open"});
});

test("the total opens all documents", async () => {
    trackDrillDown({res_model: "credit.exposure.line", views: [[false, "list"]]});
    await mountFile(filePanel());
    await contains(".o_credit_parts tfoot button").click();
    expect.verifySteps([[[7]], "credit.exposure.line list"]);
});

test("on a customer the documents are those of his file", async () => {
    trackDrillDown({res_model: "credit.exposure.line", view_mode: "list"});
    await mountCustomer(filePanel({file_id: 7}));
    await contains("[data-part=not_due] button").click();
    expect.verifySteps([[[7], "not_due"], "credit.exposure.line list"]);
});

test("a customer without a file has figures and no links", async () => {
    await mountCustomer(filePanel({file_id: null}));
    expect("[data-part]").toHaveCount(5);
    expect(".o_credit_exposure button").toHaveCount(0);
});

test("the shared limit of a group", async () => {
    const group = {name: "Bright Group", limit: 15000, used: 18000, available: -3000};
    await mountFile(filePanel({group}));
    expect(".o_credit_group_name").toHaveText("Bright Group");
    expect(".o_credit_group .o_credit_note:last").toHaveText(
        "Used $ 18,000.00 of $ 15,000.00, available $ -3,000.00"
    );
    expect(".o_credit_group .o_credit_segment_used_over").toHaveCount(1);
});

test("a panel without parts and group stays whole", async () => {
    await mountFile(filePanel({parts: undefined, group: undefined, as_of: undefined}));
    expect(".o_credit_parts tbody tr").toHaveCount(0);
    expect(".o_credit_group").toHaveCount(0);
    expect(".o_credit_dial_text").toHaveText("78 %");
});

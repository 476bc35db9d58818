import {
    contains,
    defineModels,
    fieldInput,
    mockService,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {
    Quotation,
    creditModels,
    orderPanel,
    passPanel,
} from "./credit_test_helpers.esm";
import {expect, queryAllTexts, queryOne, test} from "@odoo/hoot";
import {animationFrame} from "@odoo/hoot-mock";

defineModels(creditModels);

const ARCH = /* xml */ `
    <form>
        <field name="credit_panel" widget="credit_panel"/>
        <sheet><field name="name"/><field name="qty"/></sheet>
    </form>`;

async function mountPanel(panel, params = {}) {
    Quotation._records = [{id: 1, name: "S1", qty: 1, credit_panel: panel}];
    return await mountView({
        type: "form",
        resModel: "credit.quotation",
        resId: 1,
        arch: ARCH,
        ...params,
    });
}

/** The server answers a change of quantity with the panel of that quantity. */
function serverRecomputes(panelOf) {
    Quotation._onChanges = {
        qty(record) {
            record.credit_panel = panelOf(record.qty);
        },
    };
}

for (const [name, panel] of Object.entries({
    "no value": false,
    "an empty value": {},
    "a customer who is not checked": orderPanel({checked: false}),
    "an outcome unchecked": orderPanel({outcome: "unchecked"}),
})) {
    test(`shows nothing for ${name}`, async () => {
        await mountPanel(panel);
        expect(".o_field_credit_panel").toHaveCount(1);
        expect(".o_credit_panel").toHaveCount(0);
        expect(".o_field_credit_panel").toHaveText("");
    });
}

for (const [outcome, level, word, isOpen] of [
    ["free", "none", "Not needed", false],
    ["pass", "ok", "OK", false],
    ["released", "ok", "Released", false],
    ["warn", "watch", "Warning", true],
    ["hold", "stop", "Hold", true],
]) {
    test(`outcome ${outcome} has its light in colour, icon and word`, async () => {
        await mountPanel(orderPanel({outcome}));
        expect(`.o_credit_panel.o_credit_level_${level}`).toHaveCount(1);
        expect(".o_credit_light .fa").toHaveCount(1);
        expect(".o_credit_light").toHaveText(word);
        expect(".o_credit_headline").toHaveText("Would be held at confirmation");
        expect(".o_credit_body").toHaveCount(isOpen ? 1 : 0);
        expect(".o_credit_summary").toHaveCount(isOpen ? 0 : 1);
    });
}

test("a held order shows figures, reasons with next step, and ways out", async () => {
    await mountPanel(orderPanel());
    expect(queryAllTexts(".o_credit_figure dt")).toEqual([
        "Limit",
        "Used",
        "Available",
        "This order",
        "Left after this order",
    ]);
    expect(queryAllTexts(".o_credit_figure dd")).toEqual([
        "$ 10,000.00",
        "$ 8,000.00",
        "$ 2,000.00",
        "$ 3,234.00",
        "$ -1,234.00",
    ]);
    expect(".o_credit_figure.o_credit_negative").toHaveAttribute(
        "data-figure",
        "after"
    );
    expect(queryAllTexts(".o_credit_reasons li")).toEqual([
        "The limit would be used to 112 %.\nAsk for a release.",
    ]);
    expect(queryAllTexts(".o_credit_ways li")).toEqual(["Pay at least 1,234.00"]);
    expect(".o_credit_segment_order_over").toHaveCount(1);
    expect(".o_credit_bar_mark").toHaveCount(1);
    expect(".o_credit_limit_label").toHaveText("Limit: own limit");
});

test("a customer without a limit has no mark and no available amount", async () => {
    const none = {limit: null, available: null, after: null, after_pct: null};
    await mountPanel(orderPanel({outcome: "warn", ...none}));
    expect(queryAllTexts(".o_credit_figure dd")).toEqual([
        "No limit",
        "$ 8,000.00",
        "$ 3,234.00",
        "$ 11,234.00",
    ]);
    expect(".o_credit_segment_open").toHaveCount(1);
    expect(".o_credit_bar_mark").toHaveCount(0);
});

test("no credit at all: the whole order is past the limit", async () => {
    await mountPanel(orderPanel({limit: 0, used: 0, available: 0, after: -3234}));
    expect(".o_credit_segment_order_over").toHaveCount(1);
    expect(".o_credit_segment_order").toHaveCount(0);
    expect(queryAllTexts(".o_credit_figure dd")[0]).toBe("$ 0.00");
});

test("a panel without reasons, ways, hold and file stays whole", async () => {
    await mountPanel(
        orderPanel({
            reasons: undefined,
            ways: undefined,
            hold: undefined,
            file_id: null,
        })
    );
    expect(".o_credit_columns").toHaveCount(0);
    expect(".o_credit_open_file").toHaveCount(0);
    expect(".o_credit_figure").toHaveCount(5);
});

test("the folded line opens and closes", async () => {
    await mountPanel(passPanel());
    expect(".o_credit_summary").toHaveText(/Left after this order\s+\$ 1,000.00/);
    expect(".o_credit_toggle").toHaveAttribute("aria-expanded", "false");
    await contains(".o_credit_toggle").click();
    expect(".o_credit_body").toHaveCount(1);
    expect(".o_credit_toggle").toHaveAttribute("aria-expanded", "true");
    await contains(".o_credit_toggle").click();
    expect(".o_credit_body").toHaveCount(0);
});

test("the panel follows a change before it is saved, in place", async () => {
    serverRecomputes((qty) =>
        qty > 2 ? orderPanel() : passPanel({headline: `${qty}`})
    );
    await mountPanel(passPanel());
    const root = queryOne(".o_credit_panel");
    expect(root).toHaveAttribute("data-outcome", "pass");

    await fieldInput("qty").edit("3");
    expect(root).toHaveAttribute("data-outcome", "hold");
    expect(".o_credit_body").toHaveCount(1);

    await fieldInput("qty").edit("2");
    expect(root).toHaveAttribute("data-outcome", "pass");
    expect(".o_credit_headline").toHaveText("2");
    expect(".o_credit_body").toHaveCount(0);
    expect(queryOne(".o_credit_panel")).toBe(root);
});

test("the panel disappears and comes back with the customer's check", async () => {
    serverRecomputes((qty) => (qty > 2 ? orderPanel() : false));
    await mountPanel(false);
    await fieldInput("qty").edit("3");
    expect(".o_credit_panel").toHaveCount(1);
    await fieldInput("qty").edit("1");
    expect(".o_credit_panel").toHaveCount(0);
});

test("folding is the reader's choice until the light changes", async () => {
    serverRecomputes((qty) =>
        qty > 2 ? orderPanel({headline: `${qty}`}) : passPanel()
    );
    await mountPanel(orderPanel());
    await contains(".o_credit_toggle").click();
    await fieldInput("qty").edit("4");
    expect(".o_credit_headline").toHaveText("4");
    expect(".o_credit_body").toHaveCount(0, {message: "still folded: still red"});
    await fieldInput("qty").edit("1");
    await fieldInput("qty").edit("5");
    await animationFrame();
    expect(".o_credit_body").toHaveCount(1, {message: "red again: opened again"});
});

test("the panel neither makes the order dirty nor is it written", async () => {
    serverRecomputes((qty) => orderPanel({headline: `${qty}`}));
    onRpc("credit.quotation", "web_save", ({args}) => {
        expect.step(args[1]);
    });
    await mountPanel(passPanel());
    await contains(".o_credit_toggle").click();
    expect(".o_form_status_indicator_buttons").toHaveClass("invisible");

    await fieldInput("qty").edit("3");
    expect(".o_credit_headline").toHaveText("3");
    await contains(".o_form_button_save").click();
    expect.verifySteps([{qty: 3}]);
});

test("discarding the change brings the first verdict back", async () => {
    serverRecomputes(() => orderPanel());
    await mountPanel(passPanel());
    await fieldInput("qty").edit("3");
    expect(".o_credit_panel").toHaveAttribute("data-outcome", "hold");
    await contains(".o_form_button_cancel").click();
    expect(".o_credit_panel").toHaveAttribute("data-outcome", "pass");
});

for (const [state, ready, text] of [
    ["waiting", false, "waiting for a decision"],
    ["waiting", true, "ready to release"],
    ["released", true, "released"],
    ["rejected", false, "rejected"],
]) {
    test(`the hold is named: ${text}`, async () => {
        const hold = {id: 42, name: "CH/2026/00042", state, ready};
        await mountPanel(passPanel({hold}));
        expect(".o_credit_hold").toHaveText(`CH/2026/00042 ${text}`);
    });
}

test("hold and credit file open from the panel", async () => {
    mockService("action", {
        doAction({res_model: model, res_id: id, views}) {
            expect.step(`${model} ${id} ${views[0][1]}`);
        },
    });
    const hold = {id: 42, name: "CH/2026/00042", state: "waiting", ready: false};
    await mountPanel(orderPanel({hold}));
    await contains(".o_credit_hold").click();
    await contains(".o_credit_open_file").click();
    expect.verifySteps(["credit.hold 42 form", "credit.file 7 form"]);
});

test("who may not read the file gets no link to it", async () => {
    await mountPanel(orderPanel({can_open_file: false}));
    expect(".o_credit_open_file").toHaveCount(0);
});

test("texts of the server are shown as text", async () => {
    await mountPanel(orderPanel({headline: "<b>A & B</b>"}));
    expect(".o_credit_headline").toHaveText("<b>A & B</b>");
    expect(".o_credit_headline b").toHaveCount(0);
});
